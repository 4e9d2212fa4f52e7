/** The nearest images in a layer; those of another label carry a mark and a red frame. */
import { make } from '../../shared/dom.js';
import { showPicture } from '../../shared/pictures.js';

// Pixels a side that are asked of the server, where images are larger.
const SIDE = 160;

export class Nearest {
  #small;
  #heading = document.createTextNode('');
  #list = make('div', { class: 'neighbours' });
  #neighbours = [];
  #note = make('small');
  element = make('div', {}, [make('h3', {}, [this.#heading, this.#note]), this.#list]);

  /** @param {boolean} small whether the images are enlarged in crisp squares */
  constructor(small) {
    this.#small = small;
  }

  /** @param {import('./ask.js').Answer} answer with neighbours */
  show({ layer, nearest, label }) {
    this.#heading.data = `Nearest in ${layer.name} `;
    this.#note.textContent = label < 0 ? '' : '≠ another label';
    while (this.#neighbours.length < nearest.length) this.#neighbours.push(new Neighbour(this.#small));
    const shown = this.#neighbours.slice(0, nearest.length);
    shown.forEach((neighbour, k) => neighbour.show(nearest[k], label >= 0 && nearest[k].label >= 0 && nearest[k].label !== label));
    if (this.#list.childElementCount !== shown.length) this.#list.replaceChildren(...shown.map((one) => one.element));
  }
}

/** A button that puts an image into focus. */
class Neighbour {
  #small;
  #image;
  #label = make('span');
  element;

  constructor(small) {
    this.#small = small;
    // The image in focus must not queue behind these.
    this.#image = make('img', { alt: '', class: small ? 'crisp' : '', fetchPriority: 'low' });
    this.element = make('button', { type: 'button' }, [this.#image, this.#label]);
  }

  show({ index, label_name: label }, differs) {
    showPicture(this.#image, `api/image/${index}.png${this.#small ? '' : `?side=${SIDE}`}`);
    this.#image.dataset.index = index;
    this.#label.textContent = differs ? `≠ ${label}` : label ?? '';
    const words = label === null ? `Image ${index}` : `Image ${index}, label ${label}${differs ? ', another label' : ''}`;
    this.element.className = differs ? 'neighbour other' : 'neighbour';
    this.element.title = words;
    this.element.setAttribute('aria-label', words);
    this.element.dataset.focus = index;
  }
}
