/** One feature map in large, below the picture of all of them. It stays that channel's when the image changes. */
import { make } from '../../shared/dom.js';

const SIDE = 288;
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export class Enlarged {
  /** @type {number|null} channel */
  #channel = null;
  #canvas = make('canvas', { class: 'crisp', role: 'img', title: 'Click to close' });
  #caption = make('figcaption');
  element = make('figure', { class: 'graph-enlarged', hidden: true }, [this.#canvas, this.#caption]);

  constructor() {
    this.#canvas.addEventListener('click', () => this.close());
  }

  close() {
    this.#channel = null;
    this.element.hidden = true;
  }

  /**
   * Has a click on the picture of all maps enlarge one, and keys that it takes.
   * @param {HTMLImageElement} picture @param {object} maps what the server tells of them
   * @param {(event: PointerEvent) => number} placeOf the place of a map within the picture, from 0
   */
  follow(picture, maps, placeOf) {
    const { order, shown } = maps;
    const choose = (place) => {
      const channel = order[(place + shown) % shown];
      if (channel === this.#channel) return this.close();
      this.#channel = channel;
      return this.#draw(picture, maps);
    };
    picture.tabIndex = 0;
    picture.addEventListener('click', (event) => { if (placeOf(event) < shown) choose(placeOf(event)); });
    picture.addEventListener('keydown', (event) => {
      const at = order.indexOf(this.#channel);
      if (event.key in STEPS) choose(at < 0 ? 0 : at + STEPS[event.key]);
      else if (event.key === 'Enter') choose(Math.max(at, 0));
      else if (event.key === 'Escape' && at >= 0) this.close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    // Not drawn before: the one of the image before is there until then.
    picture.addEventListener('load', () => { if (picture.isConnected) this.#draw(picture, maps); });
  }

  #draw(picture, { width, height, columns, gap, order, of }) {
    const place = order.indexOf(this.#channel);
    // Another image's strongest channels, or another layer's, may not have it among them.
    this.element.hidden = place < 0 || !picture.naturalWidth;
    if (this.element.hidden) return;
    const [x, y] = [(place % columns) * (width + gap), Math.floor(place / columns) * (height + gap)];
    Object.assign(this.#canvas, { width, height });
    this.#canvas.style.width = `${Math.round((SIDE * width) / Math.max(width, height))}px`;
    this.#canvas.getContext('2d').drawImage(picture, x, y, width, height, 0, 0, width, height);
    const text = `Channel ${this.#channel}, ${of.height} × ${of.width}`;
    this.#canvas.setAttribute('aria-label', text);
    this.#caption.textContent = text;
  }
}
