/** The pointer over a chart, or the keyboard in it: which curve is meant, what all have there, and picking a run. */
import { training } from '../state.js';
import { betterOf } from './format.js';
import { nearestCurve, nearestPoint } from './nearest.js';
import { Readout } from './readout.js';
import { MARGIN } from './axes.js';

const REACH = 26;
const STEADY = 4;
// A second click within this time means something else.
const DOUBLE_MS = 260;
const MOST_DOTS = 24;

export class ChartPointer {
  /** @type {{x: number, points: object[]}|null} where a line and dots are drawn */
  place = null;
  #chart;
  #readout;
  #at = null;
  #frame = 0;
  #pressed = null;
  #clicking = null;
  #cursor = null;
  #up = (event) => this.#release(event);

  /** @param {import('./chart.js').Chart} chart */
  constructor(chart) {
    this.#chart = chart;
    this.#readout = new Readout(chart);
    const { element } = chart;
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerleave', () => this.#leave());
    element.addEventListener('pointerdown', (event) => (this.#pressed = { x: event.clientX, y: event.clientY, run: this.hit?.run }), true);
    // Plotly takes the pointer to itself while it is held down.
    addEventListener('pointerup', this.#up, true);
    element.addEventListener('wheel', (event) => this.#turn(event), { capture: true, passive: true });
    element.addEventListener('keydown', (event) => this.#press(event));
    element.addEventListener('blur', () => this.#leave());
  }

  /** The chart is gone, perhaps from under the pointer. */
  destroy() {
    removeEventListener('pointerup', this.#up, true);
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#clicking);
    this.#clear();
  }

  #inPlot(event) {
    const box = this.#chart.element.getBoundingClientRect();
    const at = { x: event.clientX - box.left - MARGIN.l, y: event.clientY - box.top - MARGIN.t };
    const { scale } = this.#chart;
    return scale && at.x >= -2 && at.y >= -2 && at.x <= scale.width + 2 && at.y <= scale.height + 2 ? at : null;
  }

  #move(event) {
    this.#cursor = null;
    this.#at = event.buttons ? null : this.#inPlot(event);
    this.#soon();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#look();
    });
  }

  #leave() {
    if (!this.#at && !this.place) return;
    this.#at = null;
    this.#cursor = null;
    this.#soon();
  }

  /** Without Ctrl the wheel scrolls the page, unless the chart has it for itself. */
  #turn(event) {
    if (!this.#chart.options.wheel && !event.ctrlKey) event.stopPropagation();
  }

  /** After new points came, or the axes moved. */
  refresh() {
    if (this.#at) this.#soon();
  }

  // ---- what is at the pointer

  #look() {
    const chart = this.#chart;
    if (!this.#at || !chart.scale) return this.#clear();
    const own = chart.drawn.filter(({ line }) => !line.behind);
    const curves = own.map(({ curve }) => ({ x: curve.x, y: curve.smoothed ?? curve.y }));
    const hit = this.#cursor ?? nearestCurve(curves, chart.scale, this.#at.x, this.#at.y, REACH);
    const rows = own.map((one, k) => this.#row(one, k === hit?.curve)).filter(Boolean);
    if (!rows.length) return this.#clear();
    const strong = rows.find((row) => row.strong) ?? null;
    sortRows(rows, own);
    this.place = { x: strong ? strong.x : chart.scale.xAt(this.#at.x), points: rows.length <= MOST_DOTS ? rows : strong ? [strong] : [] };
    this.hit = strong;
    chart.board.place = { x: this.place.x, points: [] };
    this.#readout.show({ rows, strong, at: this.#at, x: this.place.x });
    chart.element.classList.toggle('on-curve', strong !== null);
    chart.element.classList.add('is-pointed');
    chart.board.highlight({ run: strong?.run.id ?? null }, true);
    return undefined;
  }

  #row({ line, curve, color }, strong) {
    const { scale } = this.#chart;
    const k = nearestPoint(curve.x, scale, this.#at.x);
    const from = scale.px(curve.first);
    const to = scale.px(curve.last);
    // A curve that has ended before, or begins later, says nothing about this place.
    if (k < 0 || this.#at.x < from - REACH || this.#at.x > to + REACH) return null;
    const smoothed = curve.smoothed ? curve.smoothed[k] : null;
    return { run: line.run, line, color, strong, x: curve.x[k], value: curve.y[k], smoothed, y: smoothed ?? curve.y[k] };
  }

  #clear() {
    if (!this.place) return;
    this.place = null;
    this.hit = null;
    this.#chart.board.place = null;
    this.#readout.hide();
    this.#chart.element.classList.remove('on-curve', 'is-pointed');
    this.#chart.board.highlight({}, true);
  }

  // ---- picking

  #release(event) {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || event.button !== 0 || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STEADY) return;
    // As it was when the button went down: Plotly lays something over the chart then.
    const { run } = pressed;
    clearTimeout(this.#clicking);
    if (!run || event.detail > 1) return;
    const added = event.ctrlKey || event.metaKey || event.shiftKey;
    this.#clicking = setTimeout(() => pickRun(run.id, added), DOUBLE_MS);
    this.#chart.element.addEventListener('dblclick', () => clearTimeout(this.#clicking), { once: true });
  }

  // ---- the keyboard

  #press(event) {
    if (event.altKey || event.metaKey || event.target !== this.#chart.element) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (steps) this.#walk(...steps, event.ctrlKey || event.shiftKey);
    else if (event.key === '+' || event.key === '=') this.#chart.zoom(0.6, this.place?.x);
    else if (event.key === '-') this.#chart.zoom(1 / 0.6, this.place?.x);
    else if (event.key === '0') this.#chart.reset();
    else if (event.key === 'Escape' && this.place) this.#leave();
    else if (event.key === 'Enter' && this.hit) pickRun(this.hit.run.id, event.ctrlKey || event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #walk(along, across, far) {
    const { drawn, scale } = this.#chart;
    const own = drawn.filter(({ line }) => !line.behind);
    if (!own.length || !scale) return;
    const before = Math.min(this.#cursor?.curve ?? 0, own.length - 1);
    const curve = (before + across + own.length) % own.length;
    const { x, y, smoothed } = own[curve].curve;
    const from = this.#at?.x ?? scale.width / 2;
    let k = nearestPoint(x, scale, from);
    k = Math.max(0, Math.min(x.length - 1, k + along * (far ? Math.ceil(x.length / 20) : 1)));
    this.#cursor = { curve };
    const height = scale.py((smoothed ?? y)[k]);
    this.#at = { x: Math.max(0, Math.min(scale.width, scale.px(x[k]))), y: Number.isFinite(height) ? Math.max(0, Math.min(scale.height, height)) : scale.height / 2 };
    this.#look();
  }
}

/** Best first, by what the curves are; the others by their size. */
function sortRows(rows, own) {
  const first = own[0];
  const better = betterOf(first.line.tag, first.curve.role?.quantity) || 1;
  const rank = ({ y }) => (Number.isNaN(y) ? -Infinity : better * y);
  rows.sort((a, b) => rank(b) - rank(a));
}

/** @param {string} id @param {boolean} added to those that are picked already, or taken from them */
export function pickRun(id, added) {
  const picked = new Set(training.picked);
  if (!added) training.pick(picked.size === 1 && picked.has(id) ? [] : [id]);
  else {
    if (!picked.delete(id)) picked.add(id);
    training.pick(picked);
  }
}
