/** The small images of the rows in sight: fetched together once a frame, drawn into each row's own canvas. */
import { fetchThumbnails } from '../../shared/api.js';
import { study } from '../../shared/study.js';

const KEPT = 2000;
const RETRY_MS = 1500;

class RowImages {
  /** @type {Map<number, Uint8Array>} (height * width * channels) by sample, last used last */
  #held = new Map();
  /** @type {Map<HTMLCanvasElement, number>} canvases that wait for their image */
  #waiting = new Map();
  #scheduled = false;
  #scratch = document.createElement('canvas');

  /** Draws a sample's image, now or as soon as it has come. @param {HTMLCanvasElement} canvas @param {number|null} index */
  show(canvas, index) {
    canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
    this.#waiting.delete(canvas);
    if (index === null) return;
    if (this.#held.has(index)) return this.#paint(canvas, index);
    this.#waiting.set(canvas, index);
    this.#schedule(0);
  }

  forget(canvas) {
    this.#waiting.delete(canvas);
  }

  #schedule(delay) {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => requestAnimationFrame(() => this.#fetch()), delay);
  }

  async #fetch() {
    const indices = Int32Array.from(new Set(this.#waiting.values()));
    const pixels = indices.length ? await fetchThumbnails(indices).catch(() => null) : null;
    this.#scheduled = false;
    if (pixels) this.#keep(indices, pixels);
    for (const [canvas, index] of [...this.#waiting]) {
      if (!this.#held.has(index)) continue;
      this.#waiting.delete(canvas);
      this.#paint(canvas, index);
    }
    // Rows that came into sight meanwhile, or images that have not been read yet.
    if (this.#waiting.size) this.#schedule(pixels ? 0 : RETRY_MS);
  }

  #keep(indices, pixels) {
    const each = pixels.length / indices.length;
    indices.forEach((index, k) => this.#held.set(index, pixels.slice(k * each, (k + 1) * each)));
    for (const index of this.#held.keys()) {
      if (this.#held.size <= KEPT) break;
      this.#held.delete(index);
    }
  }

  #paint(canvas, index) {
    const pixels = this.#held.get(index);
    this.#held.delete(index);
    this.#held.set(index, pixels);
    const { width, height, channels } = study.info.thumb;
    this.#scratch.width = width;
    this.#scratch.height = height;
    this.#scratch.getContext('2d').putImageData(toImageData(pixels, width, height, channels), 0, 0);
    const scale = Math.min(canvas.width / width, canvas.height / height);
    const context = canvas.getContext('2d');
    // Enlarged pixels stay squares; a reduced image is smooth.
    context.imageSmoothingEnabled = scale < 1;
    const [w, h] = [width * scale, height * scale];
    context.drawImage(this.#scratch, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
  }
}

/** @param {Uint8Array} pixels (height * width * channels), grey or RGB */
function toImageData(pixels, width, height, channels) {
  const image = new ImageData(width, height);
  for (let at = 0, from = 0; at < image.data.length; at += 4, from += channels) {
    for (let k = 0; k < 3; k++) image.data[at + k] = pixels[from + (channels === 1 ? 0 : k)];
    image.data[at + 3] = 255;
  }
  return image;
}

export const rowImages = new RowImages();
