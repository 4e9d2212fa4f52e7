/** Building elements. Text only ever goes in as text: names of classes and files come from strangers. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `class`, `text`, `on` ({event: listener}), properties, else attributes
 * @param {Node[]} [children]
 */
export function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') element.className = value;
    else if (name === 'text') element.textContent = value;
    else if (name === 'on') listen(element, value);
    else if (name in element && name !== 'role') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function listen(element, listeners) {
  for (const [event, listener] of Object.entries(listeners)) element.addEventListener(event, listener);
}

/** A line drawing of 16 x 16 from one path. */
export function icon(path) {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** @returns {SVGPathElement} the path of an overlay that covers its host */
export function overlayPath(className) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  svg.append(path);
  return path;
}

/** Replaces the options of a select, keeping what is chosen where it is still offered. @param {{value: string, label: string, group?: string}[]} options */
export function setOptions(select, options, value) {
  const wanted = JSON.stringify(options);
  if (select.dataset.options !== wanted) {
    select.dataset.options = wanted;
    const groups = new Map();
    const nodes = [];
    for (const option of options) {
      const node = make('option', { value: option.value, text: option.label });
      if (!option.group) {
        nodes.push(node);
        continue;
      }
      if (!groups.has(option.group)) {
        groups.set(option.group, make('optgroup', { label: option.group }));
        nodes.push(groups.get(option.group));
      }
      groups.get(option.group).append(node);
    }
    select.replaceChildren(...nodes);
  }
  if (select.value !== value) select.value = value;
}
