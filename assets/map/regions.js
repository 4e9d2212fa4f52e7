/** The regions of maps, fetched from the server and shared by all tiles that show the same map. */
import { Events } from '../shared/events.js';
import { ask } from '../shared/ask.js';
import { study } from '../shared/study.js';

const POLL_MS = 500;
const AWAY_MS = 3000;
const KEPT = 8;

/**
 * @typedef {object} Regions
 * @property {'waiting'|'running'|'done'|'failed'} state
 * @property {string} message @property {number} fraction 0..1
 * @property {boolean} hopeless asking again after a failure is of no use
 * @property {object|null} summary as GET api/regions has it once done
 * @property {Uint16Array|null} cells (height * width * 4) class, probability, margin, support
 */

class RegionStore extends Events {
  /** @type {Map<string, Regions>} by "space|method", last asked last */
  #known = new Map();

  /**
   * Has the regions of a map drawn and fetched; emits "changed" with its key whenever more is known.
   * @returns {Regions}
   */
  want(space, method) {
    const key = `${space}|${method}`;
    let entry = this.#known.get(key);
    if (!entry) {
      entry = { state: 'waiting', message: '', fraction: 0, hopeless: false, summary: null, cells: null };
      this.#follow(key, { space, method }, entry);
    }
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value);
    return entry;
  }

  /** Lets a failed map be asked for again. */
  forget(space, method) {
    const key = `${space}|${method}`;
    if (this.#known.get(key)?.state === 'failed') this.#known.delete(key);
  }

  async #follow(key, query, entry) {
    const change = (what) => {
      Object.assign(entry, what);
      this.emit('changed', key);
    };
    let asked = false;
    while (this.#known.get(key) === entry || !asked) {
      try {
        const answer = await ask('api/regions', { query, method: asked ? 'GET' : 'POST' });
        const { state, message, fraction, hopeless = false, ...summary } = await answer.json();
        // A server that was started anew meanwhile waits to be asked again.
        asked = state !== 'waiting';
        if (state === 'done') return change(await this.#fetch(query, summary));
        change({ state, message, fraction, hopeless });
        study.hurry();
        if (state === 'failed') return undefined;
      } catch (error) {
        const passing = error.isAway || error.isEarly;
        // What the server refuses from the start it refuses again.
        change({ state: passing ? 'waiting' : 'failed', message: error.message, hopeless: !asked });
        if (!passing) return undefined;
        await pause(AWAY_MS);
      }
      await pause(POLL_MS);
    }
    return undefined;
  }

  async #fetch(query, summary) {
    const answer = await ask('api/regions/image', { query: { ...query, version: summary.version } });
    const cells = new Uint16Array(await answer.arrayBuffer());
    if (cells.length !== summary.width * summary.height * 4) throw new Error('The regions came in part only.');
    return { state: 'done', message: '', fraction: 1, summary, cells };
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const regions = new RegionStore();

/** @returns {Promise<object>} what the server says of a place, in its own places; throws Refusal */
export async function askPlace(space, method, [x, y], signal) {
  return (await ask('api/regions/at', { query: { space, method, x, y }, signal })).json();
}

/** @returns {Promise<string>} why a layer can have no regions, '' where it can or nobody knows yet */
export async function askRefusal(space, method) {
  try {
    const { state, message } = await (await ask('api/regions', { query: { space, method } })).json();
    return state === 'failed' ? message : '';
  } catch {
    return '';
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @returns {string} "99.8 % agree, 99.7 % held out" */
export const agreement = ({ agreement: drawn, agreement_held_out: held }) =>
  `${percent(drawn)} agree, ${percent(held)} held out`;
