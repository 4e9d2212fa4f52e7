/** Before any image is asked about: the ways to ask, and a few images to start from. */
import { make } from '../../shared/dom.js';
import { study } from '../../shared/study.js';
import { sampleImage } from './cards.js';

const WAYS = [
  ['type', 'an index or an id on the left'],
  ['click', '“find similar” beside any image, on any page'],
  ['drop', 'an image of your own anywhere on the page, or paste it'],
];
const STARTS = 8;

export class Empty {
  #starts = make('div', { class: 'similar-starts' });
  #heading = make('h3');
  #filled = false;
  element;

  constructor() {
    const rows = WAYS.flatMap(([how, what]) => [make('dt', { text: how }), make('dd', { text: what })]);
    const ways = make('div', { class: 'empty' }, [make('p', { class: 'lead', text: 'Which image are others to be like?' }), make('dl', {}, rows)]);
    this.element = make('div', { class: 'similar-empty', hidden: true }, [ways, this.#heading, this.#starts]);
  }

  async show() {
    this.element.hidden = false;
    this.#heading.hidden = !this.#filled;
    if (this.#filled) return;
    // Without labels there is no loss, but still doubt.
    const losses = await study.column(study.labelled ? 'loss' : 'entropy');
    if (!losses || this.#filled) return;
    this.#heading.textContent = study.labelled ? 'Or start with one that the network finds hard' : 'Or start with one that the network is unsure about';
    this.#filled = true;
    this.#heading.hidden = false;
    this.#starts.replaceChildren(...largest(losses, STARTS).map((index) => {
      const words = `Find images similar to image ${index}`;
      return make('button', { type: 'button', 'data-similar': index, title: words, 'aria-label': words }, [sampleImage(index)]);
    }));
  }

  hide() {
    this.element.hidden = true;
  }
}

/** @param {Float32Array} values (N,) @returns {number[]} indices of the largest, the largest first */
function largest(values, count) {
  const found = [];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    if (found.length === count && !(values[i] > values[found[count - 1]])) continue;
    const at = found.findIndex((other) => values[i] > values[other]);
    found.splice(at < 0 ? found.length : at, 0, i);
    found.length = Math.min(found.length, count);
  }
  return found;
}
