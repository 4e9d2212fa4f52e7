/** A run's images under a tag: the one at the step of the slider, or the last one before it, with its true step. */
import { make } from '../../shared/dom.js';
import { whole } from '../media/numbers.js';
import { nearestBefore } from '../media/steps.js';
import { training } from '../state.js';
import { Picture, imageAddress, preload } from './picture.js';

export class Cell {
  /** @type {(cell: Cell) => void} */
  onOpen = () => {};
  inView = false;
  #picture = new Picture();
  #caption = make('figcaption');
  #frame;
  #images = null;
  #steps = [];
  #at = -1;
  #turn = 0;

  constructor(run, tag) {
    this.run = run;
    this.tag = tag;
    this.#frame = make('button', { type: 'button', class: 'image-frame', on: { click: () => this.onOpen(this) } }, [this.#picture.element]);
    this.#frame.disabled = true;
    this.element = make('figure', { class: 'image-cell', 'data-run': run, 'data-tag': tag }, [this.#frame, this.#caption]);
  }

  /** @returns {number[]} steps at which something was logged, rising, some perhaps twice */
  get steps() {
    return this.#steps;
  }

  /** @returns {object|null} the image that is shown, with `run` and `tag` */
  get image() {
    const image = this.#images?.[this.#at];
    return image ? { ...image, run: this.run, tag: this.tag } : null;
  }

  /** @returns {[number, number]} which of how many at this very step */
  get among() {
    const step = this.#steps[this.#at];
    const [first, last] = [this.#steps.indexOf(step), this.#steps.lastIndexOf(step)];
    return [this.#at - first + 1, last - first + 1];
  }

  /** @param {{value: {images: object[]}|undefined, failure: string|null}} entry @param {number|null} step @param {number} side */
  show(entry, step, side) {
    if (entry.value && this.#images !== entry.value.images) {
      this.#images = entry.value.images;
      this.#steps = this.#images.map((image) => image.step);
    }
    this.entry = entry;
    this.side = side;
    if (step !== this.step) this.#turn = 0;
    this.step = step;
    this.element.hidden = false;
    return this.#draw();
  }

  /** Shows another one of those at this step. */
  turn() {
    this.#turn++;
    this.#draw();
  }

  #draw() {
    this.#at = this.#find();
    const { image } = this;
    this.#frame.disabled = !image;
    this.#tell(image);
    if (!this.inView) return Promise.resolve();
    this.#preload();
    return this.#picture.show(image, this.side, image ? this.words : '');
  }

  get words() {
    const run = training.run(this.run);
    return `${this.tag} of ${run ? training.name(run) : this.run} at step ${whole(this.image.step)}`;
  }

  #find() {
    if (!this.#steps.length || this.step === null) return -1;
    const last = nearestBefore(this.#steps, this.step);
    if (last < 0) return -1;
    const first = this.#steps.indexOf(this.#steps[last]);
    return last - (this.#turn % (last - first + 1));
  }

  #tell(image) {
    const { value, failure } = this.entry;
    this.#frame.title = image ? `${this.words}, ${image.width} × ${image.height} pixels` : '';
    if (image) {
      const [nth, count] = this.among;
      const isOlder = image.step !== this.step;
      const parts = [make('span', { class: isOlder ? 'image-older' : '', text: `step ${whole(image.step)}`, ...(isOlder && { title: 'Nothing was logged here at the step of the slider; this is the last one before it' }) })];
      if (count > 1) parts.push(make('button', { type: 'button', class: 'quiet', text: `${nth} of ${count}`, title: 'Several were logged at this step: show another one', on: { click: () => this.turn() } }));
      this.#caption.replaceChildren(...parts);
      return;
    }
    const why = failure ?? (!value ? 'reading …' : value.images.length ? 'not yet' : 'none logged');
    const title = value?.images.length ? `The first one was logged at step ${whole(this.#steps[0])}` : '';
    this.#caption.replaceChildren(make('span', { class: 'waiting', text: why, title }));
  }

  /** The steps beside this one come next. */
  #preload() {
    for (const by of [1, -1]) {
      const image = this.#images?.[this.#at + by];
      if (image && this.#at >= 0) preload(this.run, image.id);
    }
  }

  /** Resolves once the image of a step is there. */
  async ready(step) {
    if (!this.inView) return;
    const at = nearestBefore(this.#steps, step);
    const image = this.#images?.[at];
    if (!image) return;
    const next = new Image();
    next.src = imageAddress(this.run, image.id);
    await next.decode().catch(() => {});
  }
}
