/** The hovered sample in words: image, index, label, prediction, loss. */
import { imageUrl } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { showPicture } from '../shared/pictures.js';
import { shortNumber } from './scales.js';
import { study } from '../shared/study.js';

const GAP = 14;

export class Tooltip {
  #host;
  #image = make('img', { alt: '' });
  #title = make('b');
  #lines = make('div', { class: 'map-tip-lines' });
  #element;
  #index = null;

  /** @param {HTMLElement} host positioned, as large as the canvas */
  constructor(host) {
    this.#host = host;
    this.#element = make('div', { class: 'map-tip', role: 'status', hidden: true }, [
      this.#image,
      make('div', {}, [this.#title, this.#lines]),
    ]);
    // Small images keep their pixels; a photograph shrunk to this size looks better smooth.
    this.#image.addEventListener('load', () => {
      this.#image.classList.toggle('map-smooth', this.#image.naturalWidth > 96);
    });
    host.append(this.#element);
  }

  /** @param {number} index @param {[number, number]} at CSS pixels */
  show(index, [x, y]) {
    if (index !== this.#index) {
      this.#index = index;
      showPicture(this.#image, imageUrl(index));
      this.#title.textContent = `#${index}`;
      this.#lines.replaceChildren(...describe(index));
    }
    this.#element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.#element;
    const left = x + GAP + width < this.#host.clientWidth ? x + GAP : Math.max(2, x - GAP - width);
    const top = y + GAP + height < this.#host.clientHeight ? y + GAP : Math.max(2, y - GAP - height);
    this.#element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.#index = null;
    this.#element.hidden = true;
  }
}

/** @returns {HTMLElement[]} a line each; what is not known yet is left out */
export function describe(index) {
  const value = (name) => study.columns.get(name)?.[index];
  const lines = [];
  const [label, predicted, loss] = ['label', 'predicted', 'loss'].map(value);
  if (label !== undefined) lines.push(make('div', { text: label < 0 ? study.className(label) : `label ${study.className(label)}` }));
  if (predicted !== undefined) {
    const wrong = study.isRight(index) === false;
    const name = make('span', { class: wrong ? 'map-wrong' : '', text: `${wrong ? '≠ ' : ''}${study.className(predicted)}` });
    lines.push(make('div', {}, [document.createTextNode('predicted '), name]));
  }
  if (loss !== undefined && !Number.isNaN(loss)) lines.push(make('div', { text: `loss ${shortNumber(loss)} nats` }));
  return lines;
}
