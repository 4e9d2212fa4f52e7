/** The canvases over a chart's axes: one with all curves, and one with what stands out of them. */
import { make } from '../../shared/dom.js';
import { MARGIN } from './axes.js';
import { drawHoles, drawLine, fillBetween, inSight } from './lines.js';
import { drawShape } from './marks.js';
import { Scale } from './scale.js';

const RAW_ALPHA = 0.28;
const DASH = [6, 4];
// More points than this are drawn as the thinnest lines there are, which are many times as quick.
const HAIRLINE_POINTS = 60_000;
const MOST_DOTTED = 60;
const SHAPE_EVERY = 130;
const SHAPE_SIZE = 4.2;

export class Picture {
  element = make('div', { class: 'chart-picture' });
  /** Milliseconds that the last picture took. */
  cost = 0;
  /** @type {{nan: number, infinite: number}|null} values of the picture that are no numbers */
  holes = null;
  #curves = make('canvas');
  #marks = make('canvas', { class: 'chart-marks' });
  #scale = null;

  constructor() {
    Object.assign(this.element.style, { left: `${MARGIN.l}px`, right: `${MARGIN.r}px`, top: `${MARGIN.t}px`, bottom: `${MARGIN.b}px` });
    this.element.append(this.#curves, this.#marks);
  }

  /**
   * @param {import('./chart.js').Drawn[]} drawn @param {Scale} scale in CSS pixels
   * @param {{board: import('./board.js').Board, fill: boolean, theme: {card: string, ink: string}}} how
   */
  paint(drawn, scale, { board, fill, theme }) {
    const begin = performance.now();
    const { context, scale: fine, ratio } = prepare(this.#curves, scale);
    this.#curves.style.transform = '';
    this.#scale = scale;
    this.theme = theme;
    const style = styleOf(drawn, fine, ratio);
    const { raw } = board.settings;
    if (fill) fillGaps(context, drawn, fine);
    for (const one of drawn) if (one.line.behind) drawLine(context, { x: one.curve.x, y: one.curve.smoothed ?? one.curve.y, color: one.color, width: 1, alpha: 0.4, dots: false }, fine);
    if (raw) for (const { line, curve, color } of drawn) if (!line.behind && curve.smoothed) drawLine(context, { x: curve.x, y: curve.y, color, width: 1, alpha: RAW_ALPHA, dots: false }, fine);
    for (const one of drawn) if (!one.line.behind) drawLine(context, strokeOf(one, style), fine);
    this.#drawDetails(context, drawn, fine, ratio, board);
    this.cost = performance.now() - begin;
  }

  #drawDetails(context, drawn, fine, ratio, board) {
    this.holes = null;
    for (const { line, curve, color } of drawn) {
      if (line.behind) continue;
      const count = drawHoles(context, { x: curve.x, y: curve.y, color }, fine, 8 * ratio);
      if (count) this.holes = countHoles(curve, fine, this.holes);
      const shape = board.shapeOf(line.run);
      if (shape !== null && board.entries.length > 1) drawShapes(context, { curve, color, shape, ground: this.theme.card }, fine, ratio);
    }
  }

  /** Moves the last picture to where it lies in another scale. */
  shift(scale) {
    if (this.#scale) this.#curves.style.transform = this.#scale.transformTo(scale);
  }

  /** What stands out: the curves of highlighted runs, and the place of the pointer. */
  mark(drawn, scale, board, place) {
    const standing = drawn.filter(({ line }) => board.stands(line.run));
    const busy = standing.length > 0 && drawn.length > standing.length;
    this.#curves.style.opacity = busy ? '0.3' : '';
    if (!standing.length && !place && !this.#marked) return;
    this.#marked = standing.length > 0 || Boolean(place);
    const { context, scale: fine, ratio } = prepare(this.#marks, scale);
    for (const one of standing) {
      if (one.line.behind) continue;
      drawLine(context, strokeOf(one, { width: 2.5 * ratio, ratio }), fine);
    }
    if (place) drawPlace(context, place, fine, ratio, this.theme);
  }

  #marked = false;
}

/** A canvas of its size in the device's pixels, empty. */
function prepare(canvas, scale) {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(scale.width * ratio), Math.round(scale.height * ratio)];
  const context = canvas.getContext('2d');
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  else context.clearRect(0, 0, width, height);
  Object.assign(canvas.style, { width: `${scale.width}px`, height: `${scale.height}px` });
  return { context, ratio, scale: new Scale(scale.x, scale.y, { ...scale, width, height }) };
}

function styleOf(drawn, scale, ratio) {
  let points = 0;
  for (const { curve } of drawn) {
    const [from, to] = inSight(curve.x, scale);
    points += to - from;
  }
  const width = points > HAIRLINE_POINTS ? 1 : drawn.length > 40 ? ratio : drawn.length > 12 ? 1.4 * ratio : 1.9 * ratio;
  const { length } = drawn;
  // Of many lines over each other the last ones must not hide the others.
  return { width, ratio, alpha: length > 150 ? 0.55 : length > 40 ? 0.8 : 1, dots: length <= MOST_DOTTED };
}

function strokeOf({ line, curve, color }, { width, ratio, alpha = 1, dots = true }) {
  return { x: curve.x, y: curve.smoothed ?? curve.y, color, width, alpha, dots, dash: line.split === 'validation' ? DASH.map((length) => length * ratio) : [] };
}

function fillGaps(context, drawn, scale) {
  const runs = new Map();
  for (const one of drawn) {
    if (one.line.behind || !one.line.split) continue;
    if (!runs.has(one.line.run.id)) runs.set(one.line.run.id, {});
    runs.get(one.line.run.id)[one.line.split] ??= one;
  }
  if (runs.size > 3) return;
  const values = ({ curve }) => ({ x: curve.x, y: curve.smoothed ?? curve.y });
  for (const { training: own, validation } of runs.values()) if (own && validation) fillBetween(context, values(own), values(validation), own.color, scale);
}

function countHoles({ x, y }, scale, before) {
  const [from, to] = inSight(x, scale);
  const holes = before ?? { nan: 0, infinite: 0 };
  for (let k = from; k < to; k += 1) {
    if (Number.isNaN(y[k])) holes.nan += 1;
    else if (!Number.isFinite(y[k])) holes.infinite += 1;
  }
  return holes;
}

/** A shape now and then along a curve, not where the other curves have theirs. */
function drawShapes(context, { curve, color, shape, ground }, scale, ratio) {
  const [from, to] = inSight(curve.x, scale);
  const every = SHAPE_EVERY * ratio;
  let next = ((shape * 37) % SHAPE_EVERY) * ratio;
  const values = curve.smoothed ?? curve.y;
  for (let k = from; k < to; k += 1) {
    const px = scale.px(curve.x[k]);
    if (px < next) continue;
    const py = scale.py(values[k]);
    if (!(py - py === 0)) continue;
    drawShape(context, shape, px, py, SHAPE_SIZE * ratio, color, ground);
    next = px + every - ((px - next) % every);
  }
}

/** @param {{x: number, points: {x: number, y: number, color: string, strong: boolean}[]}} place */
function drawPlace(context, { x, points }, scale, ratio, { card, ink }) {
  context.globalAlpha = 0.35;
  context.strokeStyle = ink;
  context.lineWidth = ratio;
  context.beginPath();
  const px = Math.round(scale.px(x)) + 0.5;
  context.moveTo(px, 0);
  context.lineTo(px, scale.height);
  context.stroke();
  context.globalAlpha = 1;
  for (const point of points) {
    const [at, height] = [scale.px(point.x), scale.py(point.y)];
    if (!(height - height === 0)) continue;
    context.beginPath();
    context.arc(at, height, (point.strong ? 5 : 3) * ratio, 0, 7);
    context.fillStyle = point.color;
    context.strokeStyle = card;
    context.lineWidth = 1.5 * ratio;
    context.fill();
    context.stroke();
  }
}
