/** Which images are in the pool, the latest first: gathered, taken out, cleared, and kept for as long as the tab lives. */
import { Events } from '../../shared/events.js';

/** More than anyone looks through; as much as fits into the tab's storage. */
export const LIMIT = 100_000;

export class Pool extends Events {
  #indices = [];
  #before = null;
  #key;
  #n;
  /** What was gathered last before the page was loaded anew: its address gathers that again. */
  #known = null;
  #last = null;
  #timer = 0;

  /** @param {string} key names the study: an index means another image elsewhere @param {number} n number of samples */
  constructor(key, n) {
    super();
    this.#key = `innerview-pool-${key}`;
    this.#n = n;
    this.#restore();
    addEventListener('pagehide', () => this.#save());
  }

  /** @returns {readonly number[]} the latest first */
  get indices() {
    return this.#indices;
  }

  get count() {
    return this.#indices.length;
  }

  /** @returns {string|null} what `undo` would take back, null when there is nothing */
  get undoable() {
    return this.#before && this.#before.what;
  }

  /** @param {number[]} indices put first, in this order; those that are here already move */
  gather(indices) {
    const fresh = new Set(indices.filter((index) => this.#isSample(index)));
    if (!fresh.size) return;
    this.#set([...fresh, ...this.#indices.filter((index) => !fresh.has(index))]);
  }

  /** Gathers a selection, unless it is the one that the pool held last when the page was loaded anew. */
  gatherSelection(indices) {
    const name = fingerprint(indices);
    const restored = this.#known === name;
    this.#known = null;
    this.#last = name;
    if (!restored) this.gather(indices);
  }

  remove(index) {
    if (!this.#indices.includes(index)) return;
    this.#before = { what: `Image ${index} removed`, indices: this.#indices };
    this.#set(this.#indices.filter((other) => other !== index));
  }

  clear() {
    if (!this.count) return;
    const images = this.count === 1 ? '1 image' : `${this.count.toLocaleString('en')} images`;
    this.#before = { what: `${images} removed`, indices: this.#indices };
    this.#set([]);
  }

  /** Puts back what was removed last, behind what was gathered since. */
  undo() {
    const { indices } = this.#before ?? {};
    if (!indices) return;
    const there = new Set(indices);
    this.#before = null;
    this.#set([...this.#indices.filter((index) => !there.has(index)), ...indices]);
  }

  /** Takes the offer of an undo away. */
  forget() {
    this.#before = null;
    this.emit('change');
  }

  #isSample(index) {
    return Number.isInteger(index) && index >= 0 && index < this.#n;
  }

  #set(indices) {
    this.#indices = indices.slice(0, LIMIT);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), 300);
    this.emit('change');
  }

  #save() {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ images: this.#indices, last: this.#last }));
    } catch {
      // No storage, or a full one: the pool ends with the page.
    }
  }

  #restore() {
    try {
      const { images, last } = JSON.parse(sessionStorage.getItem(this.#key)) ?? {};
      if (!Array.isArray(images)) return;
      this.#indices = [...new Set(images.filter((index) => this.#isSample(index)))].slice(0, LIMIT);
      this.#last = this.#known = typeof last === 'string' ? last : null;
    } catch {
      // Written by someone else, or broken: the pool starts empty.
    }
  }
}

/** @returns {string} the same for the same images in the same order (FNV-1a) */
function fingerprint(indices) {
  let hash = 0x811c9dc5;
  for (const index of indices) hash = Math.imul(hash ^ index, 0x01000193) >>> 0;
  return `${indices.length}:${hash}`;
}
