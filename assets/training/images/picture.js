/** One logged image at a size of the page's: whole pixels where it is enlarged, smooth where it is made smaller. */
import { url } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { training } from '../state.js';

// Enlarged so much, single pixels are seen.
const LARGE = 3;

/** @param {string} run @param {string} id @returns {string} the address of a logged image */
export const imageAddress = (run, id) => url(`api/training/image/${encodeURIComponent(id)}`, { ...training.address, run });

/** @param {{width: number, height: number}} image @param {number} side pixels of the square it has @returns {[number, number]} shown as large */
export function fit({ width, height }, side) {
  const scale = side / Math.max(width, height, 1);
  // A large pixel is a whole number of the screen's, or it would be seen that some columns are wider than others.
  const steps = devicePixelRatio || 1;
  const crisp = scale >= LARGE ? Math.floor(scale * steps) / steps : scale;
  return [width * crisp, height * crisp];
}

export class Picture {
  #image = make('img', { alt: '', draggable: false, decoding: 'async' });
  #wanted = null;
  #pending = Promise.resolve();
  #shown = null;

  constructor() {
    this.element = make('span', { class: 'picture' }, [this.#image]);
    this.#image.hidden = true;
  }

  /** @returns {string|null} the address that is shown or on its way */
  get address() {
    return this.#wanted;
  }

  get image() {
    return this.#image;
  }

  /**
   * @param {{run: string, id: string, width: number, height: number}|null} image null for none @param {number} side
   * @param {string} alt what it shows, for those who do not see it
   * @returns {Promise<void>} resolves when it can be seen; the image before stays until then
   */
  show(image, side, alt) {
    if (!image) {
      this.#wanted = null;
      this.#image.hidden = true;
      this.element.classList.remove('picture-late');
      return Promise.resolve();
    }
    const address = imageAddress(image.run, image.id);
    if (address !== this.#wanted) {
      this.#wanted = address;
      // What is said of the image is of the next one already.
      this.element.classList.add('picture-late');
      this.#pending = this.#load(address, image, alt);
    }
    this.side = side;
    if (!this.#image.hidden) this.#size();
    return this.#pending;
  }

  /** Another size. */
  resize(side) {
    this.side = side;
    if (!this.#image.hidden) this.#size();
  }

  async #load(address, image, alt) {
    const next = new Image();
    next.src = address;
    const there = await next.decode().then(() => true, () => false);
    if (this.#wanted !== address) return;
    this.element.classList.remove('picture-late');
    this.element.classList.toggle('picture-broken', !there);
    // The server may have been away: whoever draws it next has it tried again.
    if (!there) this.#wanted = null;
    this.#image.hidden = !there;
    if (!there) return;
    this.#image.src = address;
    this.#image.alt = alt;
    // What the store says of its size may be of another format than the browser's.
    this.#shown = { width: next.naturalWidth || image.width, height: next.naturalHeight || image.height };
    this.#size();
  }

  #size() {
    const [width, height] = fit(this.#shown, this.side);
    Object.assign(this.#image.style, { width: `${width}px`, height: `${height}px` });
    this.#image.classList.toggle('crisp', width >= this.#shown.width);
  }
}

/** Has an image at hand before it is asked for. */
export function preload(run, id) {
  new Image().src = imageAddress(run, id);
}
