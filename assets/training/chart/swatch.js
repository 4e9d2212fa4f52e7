/** How a curve looks, small: its colour, its dash and its shape. */
import { shapePath } from './marks.js';

const SVG = 'http://www.w3.org/2000/svg';

function node(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @param {{color: string, dashed?: boolean, shape?: number|null, width?: number}} look @returns {SVGElement} */
export function drawSwatch({ color, dashed = false, shape = null, width = 20 }) {
  const svg = node('svg', { class: 'chart-swatch', viewBox: `0 0 ${width} 10`, width, height: 10, 'aria-hidden': 'true' });
  svg.append(node('line', { x1: 1, y1: 5, x2: width - 1, y2: 5, stroke: color, 'stroke-width': 2, 'stroke-dasharray': dashed ? '4 3' : 'none' }));
  if (shape !== null) svg.append(node('path', { d: shapePath(shape, 3.6, width / 2, 5), fill: color }));
  return svg;
}

/** @param {{line: import('./chart.js').Line, color: string, run: object}} row @param {import('./board.js').Board} board */
export function swatch({ line, color, run }, board) {
  return drawSwatch({ color, dashed: line.split === 'validation', shape: board.entries.length > 1 ? board.shapeOf(run) : null });
}
