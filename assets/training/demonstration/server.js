/**
 * The demonstration as the server knows it: what can be trained, and what is being trained. One for all places of the page
 * that show it.
 *
 * Events: `change`.
 */
import { Events } from '../../shared/events.js';
import { Refused, ask, tell } from '../api.js';
import { whyNot } from '../runs/actions.js';
import { isPageShown } from '../shown.js';
import { training } from '../state.js';

const POLL_MS = 700;
// While nothing is being trained, somebody else may begin to.
const IDLE_MS = 5000;
const OVER = new Set(['done', 'failed', 'stopped']);

/** @returns {boolean} whether it neither starts nor trains */
export const isOver = ({ state }) => OVER.has(state);

/**
 * @typedef {{run: string, pid: number, network: string, dataset: string, epochs: number, state: string, message: string, epoch: number}} Job
 * @typedef {{networks: object[], datasets: object[], defaults: object, running: Job[]}} Known `running` has the latest first, and those that ended lately
 */
class Demonstration extends Events {
  /** @type {Known|null} */
  known = null;
  /** @type {string|null} why it cannot be asked */
  failure = null;
  #timer = 0;
  #asking = null;
  #watched = false;

  /** Begins to ask, once. */
  watch() {
    if (this.#watched) return;
    this.#watched = true;
    training.on('store', () => this.#forget());
    this.refresh();
  }

  /** @returns {Job[]} those that are being trained, the latest first; where there are none, the one that ended last */
  get shown() {
    const jobs = this.known?.running ?? [];
    const going = jobs.filter((job) => !isOver(job));
    return going.length ? going : jobs.slice(0, 1);
  }

  /** @param {object} asked network, dataset, epochs, batch_size, learning_rate @returns {Promise<string>} the run's id @throws Refused */
  async start(asked) {
    const { run } = await tell('demonstration', training.address, asked);
    await this.#refreshAfterwards();
    return run;
  }

  async stop(run) {
    await tell('demonstration/stop', training.address, { run });
    await this.#refreshAfterwards();
  }

  /** What was asked for before knows nothing of it. */
  async #refreshAfterwards() {
    await this.#asking;
    await this.refresh();
  }

  refresh() {
    clearTimeout(this.#timer);
    this.#asking ??= this.#read().finally(() => {
      this.#asking = null;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), this.shown.some((job) => !isOver(job)) ? POLL_MS : IDLE_MS);
    });
    return this.#asking;
  }

  async #read() {
    if (document.hidden || !isPageShown() || !training.store) return;
    const store = training.store.id;
    try {
      const known = await ask('demonstration', training.address);
      if (training.store?.id !== store) return;
      Object.assign(this, { known, failure: null });
    } catch (error) {
      if (training.store?.id !== store) return;
      // A moment without an answer leaves what is known.
      this.failure = error instanceof Refused || !this.known ? whyNot(error) : this.failure;
    }
    this.emit('change');
  }

  #forget() {
    Object.assign(this, { known: null, failure: null });
    this.emit('change');
    this.#refreshAfterwards();
  }
}

export const demonstration = new Demonstration();
