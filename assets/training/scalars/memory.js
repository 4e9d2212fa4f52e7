/** What the browser remembers of the tab: pinned tags, folded groups, the size of the cards. */

const KEY = 'innerview-training-scalars';
const MOST = 200;
export const SIZES = ['small', 'medium', 'large'];

export class Memory {
  pinned = new Set();
  folded = new Set();
  size = 'medium';

  constructor() {
    try {
      const { pinned, folded, size } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      const texts = (list) => (Array.isArray(list) ? list.filter((text) => typeof text === 'string').slice(0, MOST) : []);
      this.pinned = new Set(texts(pinned));
      this.folded = new Set(texts(folded));
      if (SIZES.includes(size)) this.size = size;
    } catch {
      // What cannot be read is as good as nothing.
    }
  }

  /** @param {'pinned'|'folded'} what @param {string} name */
  toggle(what, name) {
    if (!this[what].delete(name)) this[what].add(name);
    this.#keep();
  }

  setSize(size) {
    this.size = size;
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ pinned: [...this.pinned], folded: [...this.folded], size: this.size }));
    } catch {
      // Nothing is lost but the memory.
    }
  }
}
