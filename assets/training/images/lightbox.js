/** One image as large as the window lets it be, with its pixels' values; the slider's keys go on working. */
import { icon, make } from '../../shared/dom.js';
import { epochs } from '../media/epochs.js';
import { at } from '../media/numbers.js';
import { formatMoment } from '../runs/format.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { Picture, imageAddress } from './picture.js';

const MARGIN = 150;
const SAVE = 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10';

export class Lightbox {
  #cell = null;
  #steps;
  #adjust;
  #picture = new Picture();
  #title = make('span', { class: 'lightbox-title' });
  #facts = make('span', { class: 'lightbox-facts' });
  #pixel = make('output', { class: 'lightbox-pixel' });
  #place = make('div', { class: 'lightbox-place' });
  #stage = make('div', { class: 'lightbox-stage' });
  #save = make('a', { class: 'lightbox-save', title: 'Save the image as it was logged' }, [icon(SAVE), document.createTextNode('Save')]);
  #pixels = null;
  #home = null;

  /** @param {import('../media/steps.js').Steps} steps @param {import('./adjust.js').Adjust} adjust lent while it is open */
  constructor(steps, adjust) {
    this.#steps = steps;
    this.#adjust = adjust;
    const close = make('button', { type: 'button', class: 'map-tool', text: '✕', title: 'Close (Esc)', 'aria-label': 'Close', on: { click: () => this.element.close() } });
    this.#stage.append(this.#picture.element);
    this.element = make('dialog', { class: 'lightbox', 'aria-label': 'Image, enlarged' }, [
      make('div', { class: 'lightbox-head' }, [this.#title, this.#facts, this.#save, close]),
      this.#stage,
      make('div', { class: 'lightbox-foot' }, [this.#place, this.#pixel]),
    ]);
    this.element.addEventListener('keydown', (event) => this.#press(event));
    this.element.addEventListener('click', (event) => event.target === this.element && this.element.close());
    this.element.addEventListener('close', () => this.#closed());
    this.#picture.image.addEventListener('pointermove', (event) => this.#point(event));
    this.#picture.image.addEventListener('pointerleave', () => (this.#pixel.textContent = ''));
    addEventListener('resize', () => this.isOpen && this.draw());
  }

  get isOpen() {
    return this.element.open;
  }

  /** @param {import('./cell.js').Cell} cell followed from step to step */
  open(cell) {
    this.#cell = cell;
    this.#home = { steps: this.#steps.element.parentElement, adjust: this.#adjust.element.parentElement, after: this.#steps.element.nextSibling };
    // The one slider and the one set of knobs, wherever they are needed: all say the same.
    this.#place.append(this.#steps.element, this.#adjust.element);
    this.element.showModal();
    this.#steps.focus();
    this.draw();
  }

  #closed() {
    this.#home.steps.insertBefore(this.#steps.element, this.#home.after);
    this.#home.adjust.append(this.#adjust.element);
    this.#picture.show(null);
    this.#pixels = null;
    this.#cell.element.querySelector('button')?.focus();
  }

  async draw() {
    if (!this.isOpen) return;
    const { image } = this.#cell;
    const run = training.run(this.#cell.run);
    if (!run) return this.element.close();
    const mark = runMark(run);
    paintMark(mark, run);
    this.#title.replaceChildren(mark, make('b', { text: training.name(run) }), make('span', { text: this.#cell.tag }));
    this.#adjust.apply(this.#stage);
    this.#facts.textContent = image ? `${at(image.step, epochs.at(run, image.step))}, ${image.width} × ${image.height} pixels, ${formatMoment(image.time)}` : 'nothing logged yet at this step';
    this.#save.hidden = !image;
    if (image) Object.assign(this.#save, { href: imageAddress(image.run, image.id), download: fileName(run, image) });
    await this.#picture.show(image, this.#side(image), image ? this.#cell.words : '');
    this.#pixels = null;
  }

  /** The side of the square that holds it, from the room there is, turned or not. */
  #side(image) {
    const [width, height] = [innerWidth - 80, innerHeight - MARGIN - 80];
    if (!image) return Math.min(width, height);
    const turned = this.#stage.classList.contains('images-turned');
    const [w, h] = turned ? [image.height, image.width] : [image.width, image.height];
    return Math.max(w, h) * Math.min(width / w, height / h);
  }

  #press(event) {
    this.#steps.press(event);
    // The keys of the page below mean nothing here; Escape closes the dialog in any case.
    event.stopPropagation();
  }

  /** Which pixel the pointer is on, and its value as it was logged; the place is the image's own, however it is turned. */
  #point(event) {
    const image = this.#picture.image;
    const { naturalWidth: width, naturalHeight: height } = image;
    if (!width) return;
    const x = Math.max(0, Math.min(width - 1, Math.floor((event.offsetX / image.clientWidth) * width)));
    const y = Math.max(0, Math.min(height - 1, Math.floor((event.offsetY / image.clientHeight) * height)));
    this.#pixels ??= read(image);
    const [red, green, blue, alpha] = this.#pixels.getImageData(x, y, 1, 1).data;
    const value = red === green && green === blue ? String(red) : `${red}, ${green}, ${blue}`;
    this.#pixel.textContent = `row ${y}, column ${x}: ${value}${alpha < 255 ? `, opacity ${Math.round(alpha / 2.55)} %` : ''}`;
  }
}

function read(image) {
  const canvas = make('canvas', { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context;
}

const fileName = (run, { tag, step }) => `${run.name || run.id}-${tag}-${step}.png`.replace(/[^\w.-]+/g, '-');
