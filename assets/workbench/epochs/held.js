/** Arrays fetched once and kept while they fit into a budget; those that were not used for longest go first. */

export class Held {
  #most;
  #bytes = 0;
  /** @type {Map<string, {bytes: number, promise: Promise<any>}>} last used last */
  #known = new Map();

  /** @param {number} most bytes */
  constructor(most) {
    this.#most = most;
  }

  /**
   * @template T
   * @param {string} key @param {() => Promise<T>} load what fails is asked for again @param {(value: T) => number} weigh bytes
   * @returns {Promise<T>}
   */
  get(key, load, weigh) {
    const held = this.#known.get(key);
    if (held) {
      this.#known.delete(key);
      this.#known.set(key, held);
      return held.promise;
    }
    const entry = { bytes: 0, promise: load() };
    this.#known.set(key, entry);
    entry.promise.then((value) => this.#weigh(key, entry, weigh(value)), () => this.#drop(key, entry));
    return entry.promise;
  }

  clear() {
    this.#known.clear();
    this.#bytes = 0;
  }

  #weigh(key, entry, bytes) {
    if (this.#known.get(key) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [other, { bytes: size }] of this.#known) {
      if (this.#bytes <= this.#most || other === key) break;
      this.#known.delete(other);
      this.#bytes -= size;
    }
  }

  #drop(key, entry) {
    if (this.#known.get(key) === entry) this.#known.delete(key);
  }
}
