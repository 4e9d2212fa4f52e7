/**
 * The histograms of a run, one behind the other: the newest in front, each as far down as its step is late, all on one
 * axis of values and on one scale, so that their shapes can be compared.
 */
import { css } from '../../shared/colors.js';
import { short, whole } from '../media/numbers.js';
import { binAt, commonPeak, densities, ticks } from './bins.js';
import { Sheet, blend, mix } from './canvas.js';

const LEFT = 10;
const RIGHT = 54;
const BOTTOM = 20;
const TOP = 6;
// Share of the height that the tallest ridge takes.
const RIDGE = 0.3;
// Pixels that a drag has to be wide to zoom.
const DRAG = 5;
const LABEL = 13;

export class Ridges {
  /** @type {(at: {index: number, bin: number}|null) => void} a histogram and its bin, pointed at */
  onPoint = () => {};
  /** @type {(index: number) => void} */
  onPick = () => {};
  /** @type {(range: [number, number]|null) => void} the part of the values to be shown; null for all */
  onZoom = () => {};
  /** How many ridges are taller than the common height, and cut there. */
  cut = 0;
  #sheet = new Sheet('ridges');
  #shown = null;
  #shapes = [];
  #peak = 1;
  #scale = 1;
  #pointed = null;
  #drag = null;

  constructor() {
    this.element = this.#sheet.element;
    this.#sheet.onChange = () => this.#draw();
    const listen = (event, listener) => this.element.addEventListener(event, listener);
    listen('pointermove', (event) => this.#move(event));
    listen('pointerleave', () => !this.#drag && this.#point(null));
    listen('pointerdown', (event) => this.#press(event));
    listen('pointerup', (event) => this.#release(event));
    listen('dblclick', () => this.onZoom(null));
  }

  /**
   * @param {{histograms: import('./bins.js').Histogram[], selected: number, range: [number, number], steps: [number, number], color: number[], root: boolean}} what
   *   range of the values and of the steps: those of all runs shown; `root` makes what is low more visible
   */
  show(what) {
    if (this.#shown?.histograms !== what.histograms || this.#shown.root !== what.root) {
      const height = what.root ? Math.sqrt : (density) => density;
      this.#shapes = what.histograms.map((histogram) => densities(histogram).map(height));
      const peaks = this.#shapes.map((shape) => Math.max(...shape));
      this.#peak = commonPeak(peaks);
      this.cut = peaks.filter((peak) => peak > this.#peak).length;
      this.#pointed = null;
    }
    const before = this.#shown;
    this.#shown = what;
    // The slider moves what is drawn above the ridges, not the ridges.
    const drawn = ({ histograms, range, steps, color, root }) => [histograms, root, ...range, ...steps, ...color];
    const old = before ? drawn(before) : [];
    if (drawn(what).every((value, k) => value === old[k])) this.#drawOver();
    else this.#draw();
  }

  get #plot() {
    const { width, height } = this.#sheet;
    return { left: LEFT, right: width - RIGHT, top: TOP + RIDGE * height, bottom: height - BOTTOM, tall: RIDGE * height };
  }

  #x(value) {
    const { left, right } = this.#plot;
    const [low, high] = this.#shown.range;
    return left + ((value - low) / (high - low)) * (right - left);
  }

  #value(x) {
    const { left, right } = this.#plot;
    const [low, high] = this.#shown.range;
    return low + ((x - left) / (right - left)) * (high - low);
  }

  /** @returns {number} where the line of a step lies */
  #y(step) {
    const { top, bottom } = this.#plot;
    const [first, last] = this.#shown.steps;
    return last === first ? bottom : top + ((step - first) / (last - first)) * (bottom - top);
  }

  #draw() {
    if (!this.#shown || !this.#sheet.width) return;
    const { histograms, color } = this.#shown;
    const context = this.#sheet.wipe(this.#sheet.base);
    const get = this.#sheet.colors;
    this.#scale = this.#plot.tall / this.#peak;
    this.#drawAxes(context, get);
    context.save();
    this.#clip(context);
    const ground = get('--card');
    const near = histograms.length > 60 ? 0.7 : 1;
    const deep = blend(color, get('--ink'), 0.18);
    histograms.forEach((histogram, k) => {
      const age = histograms.length > 1 ? k / (histograms.length - 1) : 1;
      context.fillStyle = mix(ground, color, 0.1 + 0.45 * age);
      this.#trace(context, k);
      context.fill();
      context.strokeStyle = mix(ground, deep, 0.4 + 0.6 * age);
      context.lineWidth = near;
      context.stroke();
    });
    context.restore();
    this.#drawOver();
  }

  #clip(context) {
    const { left, right } = this.#plot;
    context.beginPath();
    context.rect(left, 0, right - left, this.#sheet.height);
    context.clip();
  }

  /** The path of a histogram: through the middles of its bins, down to its line where the values end. */
  #trace(context, k) {
    const { edges, step } = this.#shown.histograms[k];
    const shape = this.#shapes[k];
    const base = this.#y(step);
    const first = Math.max(0, shape.findIndex((density) => density > 0));
    const last = Math.max(first, shape.findLastIndex((density) => density > 0));
    context.beginPath();
    context.moveTo(this.#x(edges[first]), base);
    for (let bin = first; bin <= last; bin++) context.lineTo(this.#x((edges[bin] + edges[bin + 1]) / 2), base - this.#height(shape[bin]));
    context.lineTo(this.#x(edges[last + 1]), base);
  }

  #height(density) {
    return Math.min(density * this.#scale, this.#plot.tall);
  }

  #drawAxes(context, get) {
    const { left, right, bottom } = this.#plot;
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (const value of ticks(this.#shown.range, (right - left) / 80)) {
      const x = Math.round(this.#x(value)) + 0.5;
      context.strokeStyle = css(get('--line'));
      context.beginPath();
      context.moveTo(x, TOP);
      context.lineTo(x, bottom + 3);
      context.stroke();
      context.fillStyle = css(get('--mute'));
      context.fillText(short(value), x, bottom + 6);
    }
    this.#drawSteps(context);
  }

  /** As many of the steps as can be read. */
  #drawSteps(context) {
    const { right } = this.#plot;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    let last = Infinity;
    for (const { step } of [...this.#shown.histograms].reverse()) {
      const y = this.#y(step);
      if (last - y < LABEL) continue;
      last = y;
      context.fillText(whole(step), right + 7, y);
    }
  }

  /** What is chosen by the slider, and what is pointed at. */
  #drawOver() {
    if (!this.#sheet.width) return;
    const context = this.#sheet.wipe(this.#sheet.over);
    const { selected } = this.#shown;
    if (selected >= 0) this.#drawOne(context, selected, '--accent', 2);
    if (this.#pointed) this.#drawPointed(context);
    if (this.#drag?.moved) this.#drawDrag(context);
  }

  #drawOne(context, k, name, width) {
    const get = this.#sheet.colors;
    context.save();
    this.#clip(context);
    this.#trace(context, k);
    context.fillStyle = mix(get('--card'), get(name), 0.28);
    context.globalAlpha = 0.82;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = css(get(name));
    context.lineWidth = width;
    context.stroke();
    context.restore();
    this.#label(context, k, css(get(name)));
  }

  #drawPointed(context) {
    const { index, bin } = this.#pointed;
    const get = this.#sheet.colors;
    if (index !== this.#shown.selected) this.#drawOne(context, index, '--ink', 1.5);
    if (bin < 0) return;
    const { edges, step } = this.#shown.histograms[index];
    const base = this.#y(step);
    const [from, to] = [this.#x(edges[bin]), this.#x(edges[bin + 1])];
    context.fillStyle = css(get('--ink'));
    context.globalAlpha = 0.55;
    const tall = this.#height(this.#shapes[index][bin]);
    context.fillRect(from, base - tall, Math.max(1, to - from), tall);
    context.globalAlpha = 1;
  }

  #drawDrag(context) {
    const { from, to } = this.#drag;
    context.fillStyle = css(this.#sheet.colors('--accent'));
    context.globalAlpha = 0.14;
    context.fillRect(Math.min(from, to), 0, Math.abs(to - from), this.#plot.bottom);
    context.globalAlpha = 1;
  }

  #label(context, k, color) {
    const { step } = this.#shown.histograms[k];
    const { right } = this.#plot;
    const y = this.#y(step);
    context.fillStyle = css(this.#sheet.colors('--card'));
    context.fillRect(right + 2, y - 7, RIGHT, 14);
    context.fillStyle = color;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.save();
    context.font = `600 ${context.font}`;
    context.fillText(whole(step), right + 7, y);
    context.restore();
  }

  /** @returns {{index: number, bin: number}|null} the foremost ridge below the pointer, else the nearest line */
  #pick([x, y]) {
    const { histograms } = this.#shown;
    const { left, right } = this.#plot;
    if (!histograms.length || x < left || x > right) return null;
    const value = this.#value(x);
    let nearest = -1;
    for (let k = histograms.length - 1; k >= 0; k--) {
      const base = this.#y(histograms[k].step);
      const bin = binAt(histograms[k], value);
      if (bin >= 0 && y <= base && y >= base - this.#height(this.#shapes[k][bin])) return { index: k, bin };
      if (nearest < 0 || Math.abs(base - y) < Math.abs(this.#y(histograms[nearest].step) - y)) nearest = k;
    }
    return { index: nearest, bin: binAt(histograms[nearest], value) };
  }

  #point(at) {
    this.#pointed = at;
    this.#drawOver();
    this.onPoint(at);
  }

  #press(event) {
    if (event.button !== 0 || !this.#shown) return;
    const [x] = this.#sheet.place(event);
    this.#drag = { from: x, to: x, moved: false };
    this.element.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (!this.#shown) return;
    const place = this.#sheet.place(event);
    if (this.#drag) {
      this.#drag.to = place[0];
      this.#drag.moved ||= Math.abs(this.#drag.to - this.#drag.from) > DRAG;
    }
    this.#point(this.#drag?.moved ? null : this.#pick(place));
  }

  #release(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    if (!drag.moved) {
      const at = this.#pick(this.#sheet.place(event));
      if (at) this.onPick(at.index);
      return;
    }
    const [low, high] = [this.#value(Math.min(drag.from, drag.to)), this.#value(Math.max(drag.from, drag.to))];
    this.onZoom([low, high]);
  }
}
