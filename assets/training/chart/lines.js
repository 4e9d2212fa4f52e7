/**
 * Draws curves into a canvas. Plotly keeps the axes, but 500 of its lines take a second a frame; these take a few
 * hundredths (docs/performance.md).
 */
import { lowerBound } from './scale.js';

// A line of one pixel of the device has a quick way of its own in browsers; thicker ones are quick only in short pieces.
const PIECE = 20;
const FAR = 30_000;
// So few points in sight are dotted, as a line alone would not tell where they are.
const DOTTED = 40;

/**
 * @typedef {object} Stroke
 * @property {Float64Array} x @property {Float64Array} y
 * @property {string} color @property {number} width in pixels of the device @property {number} [alpha] @property {number[]} [dash] @property {boolean} [dots]
 */

/** @param {CanvasRenderingContext2D} context @param {Stroke} stroke @param {import('./scale.js').Scale} scale of the canvas's own pixels */
export function drawLine(context, stroke, scale) {
  const { x, y, color, width, alpha = 1, dash = [], dots = true } = stroke;
  const [from, to] = inSight(x, scale);
  if (to <= from) return;
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.setLineDash(dash);
  // A dash begins anew in every piece.
  follow(context, x, y, from, to, scale, width > 1 && !dash.length ? PIECE : Infinity);
  if (dots && to - from <= DOTTED) drawDots(context, stroke, from, to, scale);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** @returns {[number, number]} the points in sight and one more on either side, the last not included */
export function inSight(x, { x: [left, right] }) {
  return [Math.max(0, lowerBound(x, left) - 1), Math.min(x.length, lowerBound(x, right) + 2)];
}

function follow(context, x, y, from, to, scale, most) {
  const { logX, logY, left, perX, low, perY, height } = scale;
  let drawing = false;
  let length = 0;
  context.beginPath();
  for (let k = from; k < to; k += 1) {
    const px = ((logX ? Math.log10(x[k]) : x[k]) - left) * perX;
    const py = height - ((logY ? Math.log10(y[k]) : y[k]) - low) * perY;
    // NaN, infinite, or not on a logarithmic axis.
    if (!(px - px === 0 && py - py === 0)) {
      drawing = false;
      continue;
    }
    const at = py > FAR ? FAR : py < -FAR ? -FAR : py;
    if (drawing) context.lineTo(px, at);
    else context.moveTo(px, at);
    drawing = true;
    length += 1;
    if (length < most) continue;
    context.stroke();
    context.beginPath();
    context.moveTo(px, at);
    length = 0;
  }
  context.stroke();
}

function drawDots(context, { x, y, color, width }, from, to, scale) {
  const radius = 1 + width * 0.8;
  context.fillStyle = color;
  context.beginPath();
  for (let k = from; k < to; k += 1) {
    const [px, py] = [scale.px(x[k]), scale.py(y[k])];
    if (!(px - px === 0 && py - py === 0) || Math.abs(py) > FAR) continue;
    context.moveTo(px + radius, py);
    context.arc(px, py, radius, 0, 7);
  }
  context.fill();
}

/** Marks where a curve has no number that can be drawn: a cross for NaN, an arrow towards an infinity. @returns {number} how many */
export function drawHoles(context, { x, y, color }, scale, size) {
  const [from, to] = inSight(x, scale);
  let count = 0;
  let last = -Infinity;
  context.strokeStyle = color;
  context.lineWidth = size / 5;
  for (let k = from; k < to; k += 1) {
    const value = y[k];
    if (value > -Infinity && value < Infinity) continue;
    count += 1;
    const px = scale.px(x[k]);
    if (!(px - last >= size)) continue;
    last = px;
    drawHole(context, px, value, scale.height, size);
  }
  return count;
}

function drawHole(context, px, value, height, size) {
  const half = size / 2;
  const py = value === Infinity ? half + 1 : height - half - 1;
  context.beginPath();
  if (Number.isNaN(value)) {
    context.moveTo(px - half, py - half);
    context.lineTo(px + half, py + half);
    context.moveTo(px - half, py + half);
    context.lineTo(px + half, py - half);
  } else {
    const tip = value === Infinity ? py - half : py + half;
    const foot = value === Infinity ? py + half : py - half;
    context.moveTo(px - half, foot);
    context.lineTo(px, tip);
    context.lineTo(px + half, foot);
  }
  context.stroke();
}

/** The ground between two curves of a run: what it has learned by heart. */
export function fillBetween(context, upper, lower, color, scale) {
  const ahead = points(upper, scale);
  const back = points(lower, scale).reverse();
  if (ahead.length < 2 || back.length < 2) return;
  context.globalAlpha = 0.09;
  context.fillStyle = color;
  context.beginPath();
  for (const [px, py] of [...ahead, ...back]) context.lineTo(px, py);
  context.fill();
  context.globalAlpha = 1;
}

function points({ x, y }, scale) {
  const [from, to] = inSight(x, scale);
  const found = [];
  for (let k = from; k < to; k += 1) {
    const at = [scale.px(x[k]), scale.py(y[k])];
    if (at.every((value) => value - value === 0)) found.push(at);
  }
  return found;
}
