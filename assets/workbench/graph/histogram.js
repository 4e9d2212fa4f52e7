/** A histogram as a small drawing, with what is under the pointer in words. */
import { make } from '../../shared/dom.js';
import { percent } from './weights.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 56;
// A bin with anything in it can be seen.
const LEAST = 1.2;

/** @param {number} value @returns {string} three digits that count */
export function numberText(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 100_000) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−');
}

export class Histogram {
  #edges;
  #counts;
  #what;
  #total;
  #readout = make('span', { class: 'graph-readout' });
  #facts;
  #bars;
  #pointed = null;
  element;

  /** @param {{edges: number[], counts: number[], mean: number, std: number, zeros: number}} found `zeros`: a share @param {string} what is counted */
  constructor({ edges, counts, mean, std, zeros }, what) {
    this.#edges = edges;
    this.#counts = counts;
    this.#what = what;
    this.#total = counts.reduce((sum, count) => sum + count, 0);
    this.#facts = [`mean ${numberText(mean)}`, `deviation ${numberText(std)}`, ...(zeros ? [`${percent(zeros)} zeros`] : [])].join(', ');
    this.#readout.textContent = this.#facts;
    this.element = make('figure', { class: 'graph-histogram', title: 'The height of a bar follows the root of its number' });
    if (!this.#total) {
      this.element.append(make('p', { class: 'waiting', text: 'There are no numbers to count.' }));
      return;
    }
    const [low, high] = [edges[0], edges.at(-1)].map(numberText);
    this.element.append(
      this.#draw(),
      make('figcaption', {}, [make('span', { text: low }), this.#readout, make('span', { text: high })]),
    );
    this.element.setAttribute('aria-label', `Histogram from ${low} to ${high}: ${this.#facts}`);
    this.element.setAttribute('role', 'img');
  }

  #draw() {
    const drawing = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' });
    const most = Math.sqrt(Math.max(...this.#counts));
    const step = WIDTH / this.#counts.length;
    const bars = this.#counts.map((count, k) => {
      if (!count) return '';
      // The root lets the few large values be seen beside the many small ones.
      const height = Math.max(LEAST, (Math.sqrt(count) / most) * (HEIGHT - 2));
      return `M${(k * step).toFixed(2)} ${HEIGHT}v${-height.toFixed(2)}h${step.toFixed(2)}v${height.toFixed(2)}z`;
    });
    this.#bars = shape('path', { class: 'graph-bars', d: bars.join('') });
    this.#pointed = shape('rect', { class: 'graph-pointed', y: 0, height: HEIGHT, width: step, visibility: 'hidden' });
    drawing.append(this.#pointed, this.#bars, ...this.#zero());
    drawing.addEventListener('pointermove', (event) => this.#point(event, drawing, step));
    drawing.addEventListener('pointerleave', () => this.#leave());
    return drawing;
  }

  /** A line at zero, where that lies inside. */
  #zero() {
    const [low, high] = [this.#edges[0], this.#edges.at(-1)];
    if (!(low < 0 && high > 0)) return [];
    const x = (WIDTH * -low) / (high - low);
    return [shape('path', { class: 'graph-zero', d: `M${x.toFixed(2)} 0V${HEIGHT}`, 'vector-effect': 'non-scaling-stroke' })];
  }

  #point(event, drawing, step) {
    const box = drawing.getBoundingClientRect();
    const k = Math.floor(((event.clientX - box.left) / box.width) * this.#counts.length);
    if (!(k in this.#counts)) return;
    this.#pointed.setAttribute('x', k * step);
    this.#pointed.setAttribute('visibility', 'visible');
    const count = this.#counts[k];
    const range = `${numberText(this.#edges[k])} to ${numberText(this.#edges[k + 1])}`;
    this.#readout.textContent = `${range}: ${count.toLocaleString('en')} ${this.#what}${count === 1 ? '' : 's'} (${percent(count / this.#total)})`;
  }

  #leave() {
    this.#pointed.setAttribute('visibility', 'hidden');
    this.#readout.textContent = this.#facts;
  }
}

export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
