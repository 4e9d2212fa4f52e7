/** Which scalars are the accuracy and the cross-entropy of training and of validation. */
import { Events } from '../../shared/events.js';
import { ask } from '../api.js';
import { valueOf } from '../chart/values.js';
import { training } from '../state.js';

export const QUANTITIES = ['accuracy', 'cross-entropy'];
export const SPLITS = ['training', 'validation'];
const NONE = () => Object.fromEntries(QUANTITIES.map((quantity) => [quantity, { training: [], validation: [] }]));
const BATCH = /batch|step|iter/i;
const RETRY_MS = 2000;

/** Events: `change`. */
export class LiveTags extends Events {
  /** @type {Object<string, {training: string[], validation: string[]}>} the best candidates first */
  tags = NONE();
  /** Whether the server has said it yet. */
  isKnown = false;
  #asked = null;
  #asking = null;

  constructor() {
    super();
    training.on('store', () => {
      this.#asked = null;
      this.isKnown = false;
      this.tags = NONE();
    });
  }

  /** Asks again where other tags than before are logged. @returns {Promise<void>} once that is answered, or could not be */
  refresh() {
    const wanted = JSON.stringify([training.store?.id, training.tags.scalars]);
    if (wanted !== this.#asked) {
      this.#asked = wanted;
      this.#asking = this.#ask(wanted);
    }
    return this.#asking;
  }

  async #ask(wanted) {
    try {
      const { tags } = await ask('live', training.address);
      if (this.#asked !== wanted) return;
      this.tags = tags;
      this.isKnown = true;
      this.emit('change');
    } catch {
      if (this.#asked !== wanted) return;
      // In a store in which nothing happens any more nobody else would have it asked again.
      this.#asked = null;
      setTimeout(() => this.refresh(), RETRY_MS);
    }
  }

  /** @returns {{run: object, tag: string, split: string, behind: boolean}[]} what a chart draws of a run */
  linesOf(run, quantity) {
    return SPLITS.flatMap((split) => {
      const [main, behind] = this.#choose(run, this.tags[quantity]?.[split] ?? []);
      const line = (tag, isBehind) => ({ run, tag, split, behind: isBehind });
      return [...(behind ? [line(behind, true)] : []), ...(main ? [line(main, false)] : [])];
    });
  }

  /** @returns {string|undefined} the tag of a run's curve */
  mainOf(run, quantity, split) {
    return this.#choose(run, this.tags[quantity]?.[split] ?? [])[0];
  }

  // A curve that ends with NaN looks like none here: then the likeliest name is tried.
  #choose(run, candidates) {
    const there = candidates.filter((tag) => valueOf(run, tag) !== null);
    const [main = candidates[0], ...others] = there;
    return [main, main && !BATCH.test(main) ? others.find((tag) => BATCH.test(tag)) : undefined];
  }
}
