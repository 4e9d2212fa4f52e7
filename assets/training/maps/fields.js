/**
 * The maps and points that were read, each once: never more than a few questions at once, and never more than fits.
 *
 * Events: `change` when one has come.
 */
import { url } from '../../shared/api.js';
import { Events } from '../../shared/events.js';
import { Refused, answered, isLost } from '../api.js';
import { GONE, training } from '../state.js';
import { Field, unpack } from './field.js';

const BUDGET = 192 * 2 ** 20;
const AT_ONCE = 3;
const AGAIN_MS = 2000;

class Fields extends Events {
  /** @type {Map<string, {field: Field|null, failure: string|null}>} the least recently used first */
  #known = new Map();
  #bytes = 0;
  #queue = [];
  #running = 0;

  constructor() {
    super();
    training.on('store', () => this.#forget());
  }

  /**
   * @param {string} run @param {string} id @param {boolean} now whether it is to be drawn, and not only soon
   * @returns {{field: Field|null, failure: string|null}}
   */
  get(run, id, now = true) {
    const address = url(`api/training/map/${encodeURIComponent(id)}`, { ...training.address, run });
    const known = this.#known.get(address);
    if (known) {
      this.#known.delete(address);
      this.#known.set(address, known);
      if (now && !known.field && !known.failure) this.#hurry(address);
      return known;
    }
    const entry = { field: null, failure: null };
    this.#known.set(address, entry);
    if (now) this.#queue.unshift(address);
    else this.#queue.push(address);
    this.#next();
    return entry;
  }

  #hurry(address) {
    const at = this.#queue.indexOf(address);
    if (at > 0) this.#queue.unshift(...this.#queue.splice(at, 1));
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length) {
      this.#running += 1;
      this.#read(this.#queue.shift()).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #read(address) {
    const entry = this.#known.get(address);
    if (!entry) return;
    let field = null;
    try {
      field = new Field(await fetchBytes(address));
    } catch (error) {
      entry.failure = error instanceof Refused ? error.message : GONE;
      if (isLost(error)) setTimeout(() => this.#again(address, entry), AGAIN_MS);
      // A mistake of ours is for the console, too.
      if (!(error instanceof Refused || error instanceof TypeError)) reportError(error);
    }
    // Another store was opened meanwhile.
    if (this.#known.get(address) !== entry) return;
    if (field) {
      entry.field = field;
      this.#bytes += field.bytes;
    }
    this.#free();
    this.emit('change');
  }

  /** Whoever draws it asks for it anew. */
  #again(address, entry) {
    if (this.#known.get(address) !== entry) return;
    this.#known.delete(address);
    this.emit('change');
  }

  /** Those used last stay. */
  #free() {
    for (const [address, { field }] of this.#known) {
      if (this.#bytes <= BUDGET) return;
      if (!field) continue;
      this.#bytes -= field.bytes;
      this.#known.delete(address);
    }
  }

  #forget() {
    this.#known.clear();
    this.#queue = [];
    this.#bytes = 0;
  }
}

/** @returns {Promise<ArrayBuffer>} @throws {Refused} */
const fetchBytes = async (address, options) => (await answered(await fetch(address, options))).arrayBuffer();

/**
 * @typedef {{total: number, count: number, places: Float32Array, labels: Int32Array}} ClassPoints
 *   places x, y, x, y, ...; labels -1 where there is none
 * @returns {Promise<ClassPoints>} of a run and tag
 */
export async function readPoints(run, tag) {
  const buffer = await fetchBytes(url('api/training/map-points', { ...training.address, run, tag }), {
    cache: 'no-store',
  });
  const { header, at } = unpack(buffer);
  const { count } = header;
  return {
    ...header,
    places: new Float32Array(buffer, at, 2 * count),
    labels: new Int32Array(buffer, at + 8 * count, count),
  };
}

export const fields = new Fields();
