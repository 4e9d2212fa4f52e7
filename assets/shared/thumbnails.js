/** Thumbnails fetched for the points in view, kept in memory for all tiles. */
import { fetchThumbnails } from './api.js';
import { Events } from './events.js';
import { study } from './study.js';

const KEPT = 8000;
const BATCH = 400;
const RETRY_MS = 1500;

class Thumbnails extends Events {
  /** @type {Map<number, Uint8Array>} by sample, last used last */
  #held = new Map();
  #wanted = [];
  #busy = false;

  get size() {
    const { width = 0, height = 0, channels = 1 } = study.info?.thumb ?? {};
    return { width, height, channels };
  }

  /** @returns {Uint8Array|undefined} (height * width * channels) when it has been fetched */
  get(index) {
    const pixels = this.#held.get(index);
    if (pixels) {
      this.#held.delete(index);
      this.#held.set(index, pixels);
    }
    return pixels;
  }

  /** Fetches what is missing of these; a newer wish replaces an older one that was not sent yet. Emits "loaded". */
  want(indices) {
    this.#wanted = indices.filter((index) => !this.#held.has(index));
    if (!this.#busy && this.#wanted.length) this.#fetch();
  }

  async #fetch() {
    this.#busy = true;
    try {
      while (this.#wanted.length) {
        const batch = Int32Array.from(this.#wanted.splice(0, BATCH));
        // The server is away, or has not read the images yet.
        const pixels = await fetchThumbnails(batch).catch(() => null);
        if (!pixels) {
          // Who still has them in view asks again.
          setTimeout(() => this.emit('loaded'), RETRY_MS);
          break;
        }
        this.#keep(batch, pixels);
        this.emit('loaded');
      }
    } finally {
      this.#busy = false;
    }
  }

  #keep(batch, pixels) {
    const each = pixels.length / batch.length;
    batch.forEach((index, k) => this.#held.set(index, pixels.slice(k * each, (k + 1) * each)));
    for (const index of this.#held.keys()) {
      if (this.#held.size <= KEPT) break;
      this.#held.delete(index);
    }
  }
}

export const thumbnails = new Thumbnails();
