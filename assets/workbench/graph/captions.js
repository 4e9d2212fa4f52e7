/** What stands in a node, and how much room that takes. */

const FAMILY = 'Inter, system-ui, -apple-system, "Segoe UI", sans-serif';
const FONT = `12px ${FAMILY}`;
const LABEL_FONT = `10px ${FAMILY}`;
const WIDEST = 28;
const SIZE = { least: 104, padding: 22, height: 40 };
const HEADING_PADDING = 34;

const context = document.createElement('canvas').getContext('2d');

/** @returns {string} 11,689,512 as "11.7 M" */
export function shortCount(number) {
  const units = [[1e9, 'G'], [1e6, 'M'], [1e4, 'k']];
  const [size, unit] = units.find(([from]) => number >= from) ?? [1, ''];
  if (!unit) return number.toLocaleString('en');
  const scaled = number / (unit === 'k' ? 1e3 : size);
  return `${scaled.toFixed(scaled < 100 ? 1 : 0)} ${unit}`;
}

export const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** @param {import('./network.js').GraphNode} node @returns {string} what sort of node it is */
export function kindText({ kind, layers }) {
  if (kind === 'input') return 'input';
  if (kind !== 'block' && kind !== 'model') return kind;
  return `${kind === 'model' ? 'model of ' : ''}${counted(layers, 'layer')}`;
}

/** @returns {string} a long text without its middle */
export function shorten(text, most = WIDEST) {
  if (text.length <= most) return text;
  const kept = most - 1;
  return `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
}

/** @param {string[]} lines @returns {{width: number, height: number}} of a node with this text */
export function sizeOf(lines) {
  context.font = FONT;
  const widest = Math.max(...lines.map((line) => context.measureText(line).width));
  return { width: Math.ceil(Math.max(SIZE.least, widest + SIZE.padding) / 2) * 2, height: SIZE.height };
}

/** @returns {number} of the text beside a connection */
export function labelWidth(lines) {
  context.font = LABEL_FONT;
  return Math.ceil(Math.max(...lines.map((line) => context.measureText(line).width)));
}

export function headingWidth(text) {
  context.font = `600 ${FONT}`;
  return Math.ceil(context.measureText(text).width) + HEADING_PADDING;
}
