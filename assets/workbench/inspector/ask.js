/**
 * Asks the server for all that is known of a sample. One request at a time: while somebody holds an arrow key down, most
 * images are passed by before they could be asked about.
 *
 * @typedef {object} Answer GET api/sample/INDEX, see views/inspector_api.py
 * @property {number} index
 * @property {string} id
 * @property {number} label -1 for none
 * @property {string|null} label_name null without a label
 * @property {number[]} labels all of them, where an image can have several; else none
 * @property {{name: string, value: string}[]} facts the dataset's own columns
 * @property {boolean} independent whether each class's probability stands by itself
 * @property {{predicted: number, predicted_name: string, confidence: number, margin: number, entropy: number,
 *   loss: number}|null} scores a number that is none or infinite comes as its name
 * @property {number} classes how many there are
 * @property {number|null} top how many of the most probable ones are listed; null where all are
 * @property {{class: number, name: string, probability: number}[]|null} probabilities the listed classes
 * @property {string|null} waiting why there are none
 * @property {{key: string, name: string, units: number|null, pooled: boolean}|null} layer
 * @property {{dtype: string, bdata: string}|null} waveform as Plotly takes it
 * @property {{index: number, label: number, label_name: string|null}[]|null} nearest
 */
import { ask, AWAY, Refusal } from '../../shared/ask.js';

const BROKEN = 'Image: an error in Innerview keeps this from being shown. The terminal has the details.';

// Between two requests.
const PACE_MS = 60;
// An answer that nobody waits for any longer is given so much more time.
const GRACE_MS = 300;
const PATIENCE_MS = 10_000;

export class Ask {
  #answered;
  #failed;
  /** @type {{index: number, layer: string|null}|null} what is wanted, until it is answered */
  #wish = null;
  #request = null;
  #sent = -Infinity;
  #timer = 0;
  #grace = 0;

  /** @param {{answered: (answer: Answer) => void, failed: (sentence: string, isAway: boolean) => void}} listeners */
  constructor({ answered, failed }) {
    this.#answered = answered;
    this.#failed = failed;
  }

  /** @param {number} index @param {string|null} layer its key; null for the hidden layer */
  ask(index, layer) {
    this.#wish = { index, layer };
    if (this.#request) this.#grace ||= setTimeout(() => this.#request?.abort(), GRACE_MS);
    else this.#schedule();
  }

  /** Nothing is wanted any longer. */
  drop() {
    this.#wish = null;
    this.#request?.abort();
  }

  #schedule() {
    clearTimeout(this.#timer);
    const wait = this.#sent + PACE_MS - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#send(), wait);
    else this.#send();
  }

  async #send() {
    const wish = this.#wish;
    if (!wish || this.#request) return;
    this.#sent = performance.now();
    const request = new AbortController();
    this.#request = request;
    const patience = setTimeout(() => request.abort(), PATIENCE_MS);
    const outcome = await fetchSample(wish, request.signal);
    this.#request = null;
    clearTimeout(patience);
    clearTimeout(this.#grace);
    this.#grace = 0;
    if (wish !== this.#wish) {
      if (this.#wish) this.#schedule();
      return;
    }
    this.#wish = null;
    if (outcome.answer) this.#answered(outcome.answer);
    else this.#failed(outcome.sentence, outcome.isAway);
  }
}

/** @returns {Promise<{answer: Answer}|{sentence: string, isAway: boolean}>} */
async function fetchSample({ index, layer }, signal) {
  try {
    const response = await ask(`api/sample/${index}`, { query: layer === null ? {} : { layer }, signal });
    return { answer: await response.json() };
  } catch (error) {
    const isRefused = error instanceof Refusal && !error.isAway;
    return isRefused ? { sentence: error.said.message ?? BROKEN, isAway: false } : { sentence: AWAY, isAway: true };
  }
}
