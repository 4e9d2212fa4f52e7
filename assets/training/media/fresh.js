/**
 * What the server knows of (run, tag), kept as long as the run says nothing new, and asked for anew when it does: never
 * more than a few questions at once, and of one run and tag never two within a moment.
 *
 * Events: `change` with {run, tag} (ids) when there is an answer.
 */
import { Events } from '../../shared/events.js';
import { Refused, isLost } from '../api.js';
import { GONE, training } from '../state.js';

const AT_ONCE = 4;
const PAUSE_MS = 2000;
// A store that is lost for a moment is asked again, but not as soon as a server that was away.
const LOST_MS = 4000;

/**
 * @template T
 * @typedef {{value: T|undefined, failure: string|null, updated: number, asked: number, pause: number, waiting: boolean}} Entry
 */
export class Fresh extends Events {
  #load;
  #entries = new Map();
  #queue = [];
  #running = 0;

  /** @param {(run: string, tag: string) => Promise<any>} load asks the server */
  constructor(load) {
    super();
    this.#load = load;
    training.on('store', () => this.#forget());
  }

  /** @param {import('../state.js').Run} run @param {string} tag @returns {Entry<any>} what is known; asks where that is not enough */
  get(run, tag) {
    const key = `${run.id}\n${tag}`;
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, (entry = { value: undefined, failure: null, updated: NaN, asked: -Infinity, pause: PAUSE_MS, waiting: false }));
    if (entry.updated !== run.updated && !entry.waiting) this.#ask(entry, run.id, tag);
    return entry;
  }

  #ask(entry, run, tag) {
    entry.waiting = true;
    const start = () => {
      this.#queue.push({ entry, run, tag });
      this.#next();
    };
    const pause = entry.asked + entry.pause - performance.now();
    if (pause > 0) setTimeout(start, pause);
    else start();
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length) {
      this.#running++;
      this.#answer(this.#queue.shift()).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #answer({ entry, run, tag }) {
    const key = `${run}\n${tag}`;
    const updated = training.run(run)?.updated;
    // The run is gone, and may come back out of the bin; or another store was opened meanwhile.
    if (updated === undefined || this.#entries.get(key) !== entry) return void (entry.waiting = false);
    entry.asked = performance.now();
    let lost = false;
    try {
      const value = await this.#load(run, tag);
      Object.assign(entry, { value, failure: null });
    } catch (error) {
      entry.failure = error instanceof Refused ? error.message : GONE;
      lost = isLost(error);
      // A mistake of ours is for the console, too.
      if (!(error instanceof Refused || error instanceof TypeError)) reportError(error);
    }
    // What was away is asked again; what said no, when the run has changed.
    Object.assign(entry, { updated: lost ? NaN : updated, pause: lost && entry.failure !== GONE ? LOST_MS : PAUSE_MS, waiting: false });
    if (this.#entries.get(key) === entry) this.emit('change', { run, tag });
  }

  #forget() {
    this.#entries.clear();
    this.#queue = [];
  }
}
