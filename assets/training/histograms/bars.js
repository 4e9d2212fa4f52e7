/** The histogram of one step as it was logged: each bin as wide as it is, its height how many values it counts. */
import { css } from '../../shared/colors.js';
import { short, whole } from '../media/numbers.js';
import { binAt, ticks } from './bins.js';
import { Sheet, mix } from './canvas.js';

const LEFT = 10;
const RIGHT = 54;
const BOTTOM = 18;
const TOP = 8;

export class Bars {
  /** @type {(bin: number|null) => void} */
  onPoint = () => {};
  #sheet = new Sheet('bars-sheet');
  #shown = null;
  #bin = -1;

  constructor() {
    this.element = this.#sheet.element;
    this.#sheet.onChange = () => this.#draw();
    this.element.addEventListener('pointermove', (event) => this.#move(event));
    this.element.addEventListener('pointerleave', () => this.#point(-1));
  }

  /** @param {{histogram: import('./bins.js').Histogram|null, range: [number, number], most: number, color: number[], root: boolean}} what `most` is the tallest bin's count at any step */
  show(what) {
    this.#shown = what;
    this.#bin = -1;
    this.#draw();
  }

  get #plot() {
    const { width, height } = this.#sheet;
    return { left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
  }

  /** @returns {number} where a value lies, in pixels from the left edge */
  place(value) {
    return this.#x(value);
  }

  #x(value) {
    const { left, right } = this.#plot;
    const [low, high] = this.#shown.range;
    return left + ((value - low) / (high - low)) * (right - left);
  }

  #draw() {
    if (!this.#shown || !this.#sheet.width) return;
    const context = this.#sheet.wipe(this.#sheet.base);
    const get = this.#sheet.colors;
    this.#drawAxes(context, get);
    const { histogram, color } = this.#shown;
    if (!histogram) return;
    context.save();
    const { left, right } = this.#plot;
    context.beginPath();
    context.rect(left, 0, right - left, this.#sheet.height);
    context.clip();
    histogram.counts.forEach((count, bin) => {
      if (!count) return;
      context.fillStyle = bin === this.#bin ? css(get('--ink')) : mix(color, get('--ink'), 0.12);
      context.fillRect(...this.#box(bin));
    });
    context.restore();
  }

  #share(part) {
    return this.#shown.root ? Math.sqrt(part) : part;
  }

  #box(bin) {
    const { histogram, most } = this.#shown;
    const { top, bottom } = this.#plot;
    const [from, to] = [this.#x(histogram.edges[bin]), this.#x(histogram.edges[bin + 1])];
    const gap = to - from > 4 ? 1 : 0;
    const tall = Math.max(1, this.#share(histogram.counts[bin] / most) * (bottom - top));
    return [from, bottom - Math.min(tall, bottom), Math.max(0.7, to - from - gap), Math.min(tall, bottom)];
  }

  #drawAxes(context, get) {
    const { left, right, top, bottom } = this.#plot;
    const { range, most } = this.#shown;
    context.fillStyle = css(get('--mute'));
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.strokeStyle = css(get('--line'));
    for (const count of ticks([0, most], 2)) {
      const y = Math.round(bottom - this.#share(count / most) * (bottom - top)) + 0.5;
      line(context, left, y, right, y);
      context.fillText(count >= 1e5 ? short(count) : whole(count), right + 7, y);
    }
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const value of ticks(range, (right - left) / 80)) context.fillText(short(value), this.#x(value), bottom + 5);
  }

  #move(event) {
    if (!this.#shown?.histogram) return;
    const { left, right } = this.#plot;
    const [low, high] = this.#shown.range;
    const [x] = this.#sheet.place(event);
    this.#point(binAt(this.#shown.histogram, low + ((x - left) / (right - left)) * (high - low)));
  }

  #point(bin) {
    if (bin === this.#bin) return;
    this.#bin = bin;
    this.#draw();
    this.onPoint(bin < 0 ? null : bin);
  }
}

function line(context, x, y, toX, toY) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
