/** Building SVG elements; text goes in as text, by `textContent`. */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Object<string, any>} [attributes] @param {Node[]} [children] */
export function svg(tag, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
