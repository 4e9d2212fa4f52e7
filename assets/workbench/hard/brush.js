/** Dragging over the bins of a histogram, and pointing at them. */
import { make } from '../../shared/dom.js';

// A hand that trembles by less than this clicks.
const STEADY = 4;

export class Brush {
  #host;
  #band = make('div', { class: 'brush-band', hidden: true });
  #options;
  #start = null;

  /**
   * @param {HTMLElement} host lies over the plot, edge to edge
   * @param {object} options
   * @param {() => number} options.count number of bins
   * @param {(first: number, last: number) => void} options.brushed the bins dragged over, both included
   * @param {(bin: number, height: number) => void} options.clicked height 0 (bottom) to 1
   * @param {(bin: number|null) => void} options.pointed null when the pointer left
   */
  constructor(host, options) {
    this.#host = host;
    this.#options = options;
    host.append(this.#band);
    host.addEventListener('pointerdown', (event) => this.#press(event));
    host.addEventListener('pointermove', (event) => this.#move(event));
    host.addEventListener('pointerup', (event) => this.#release(event));
    host.addEventListener('pointercancel', () => this.#drop());
    host.addEventListener('pointerleave', () => this.#options.pointed(null));
  }

  /** @param {number|null} from 0..1 along the axis; null takes the band away @param {number} to */
  show(from, to) {
    this.#resting = () => {
      this.#band.hidden = from === null;
      if (from !== null) this.#span(from, to);
    };
    if (!this.#start) this.#resting();
  }

  #resting = () => {};

  #span(from, to) {
    this.#band.style.left = `${100 * from}%`;
    this.#band.style.width = `${100 * (to - from)}%`;
  }

  #binAt(x) {
    const { left, width } = this.#host.getBoundingClientRect();
    const bins = this.#options.count();
    return Math.max(0, Math.min(bins - 1, Math.floor(((x - left) / width) * bins)));
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#host.setPointerCapture(event.pointerId);
    this.#start = { x: event.clientX, dragged: false };
  }

  #move(event) {
    this.#options.pointed(this.#binAt(event.clientX));
    if (!this.#start) return;
    this.#start.dragged ||= Math.abs(event.clientX - this.#start.x) >= STEADY;
    if (!this.#start.dragged) return;
    const [first, last] = this.#bins(event);
    const bins = this.#options.count();
    this.#band.hidden = false;
    // Whole bins, as they will be selected.
    this.#span(first / bins, (last + 1) / bins);
  }

  #bins(event) {
    return [this.#binAt(this.#start.x), this.#binAt(event.clientX)].sort((a, b) => a - b);
  }

  #release(event) {
    if (!this.#start) return;
    const { dragged } = this.#start;
    const bins = this.#bins(event);
    this.#start = null;
    if (dragged) {
      this.#options.brushed(...bins);
      return;
    }
    const { top, height } = this.#host.getBoundingClientRect();
    this.#options.clicked(bins[1], 1 - (event.clientY - top) / height);
  }

  #drop() {
    this.#start = null;
    this.#resting();
  }
}
