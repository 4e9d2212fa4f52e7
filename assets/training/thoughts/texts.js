/**
 * The thoughts and other texts of all runs, each kept under its run's id and its own: what one run says can never stand at
 * another.
 *
 * Events: `change`.
 */
import { Events } from '../../shared/events.js';
import { ask, tell } from '../api.js';
import { whyNot } from '../runs/actions.js';
import { training } from '../state.js';

export const THOUGHT = 'thought';
// A run that logs ten times a second need not be read as often.
const PAUSE_MS = 1500;
const RETRY_MS = 3000;

/** @typedef {{run: string, id: string, tag: string, step: number, time: number, text: string}} Text */

export const keyOf = ({ run, id }) => `${run}\n${id}`;

export class Texts extends Events {
  /** @type {Text[]} the latest first */
  all = [];
  known = false;
  /** @type {string|null} why they cannot be read */
  failure = null;
  #asked = -Infinity;
  #timer = 0;
  #turn = 0;

  constructor() {
    super();
    training.on('store', () => this.#forget());
  }

  /** Reads them anew, soon. */
  refresh() {
    if (this.#timer) return;
    const pause = Math.max(0, this.#asked + PAUSE_MS - performance.now());
    this.#timer = setTimeout(() => this.#read(), pause);
  }

  /** @param {string} run @param {string} text @returns {Promise<import('../state.js').Change>} for undoing it @throws Refused */
  add(run, text) {
    return this.#tell({ run, id: null, text });
  }

  /** @param {Text} old @param {string|null} text null removes it */
  change(old, text) {
    return this.#tell({ run: old.run, id: old.id, text });
  }

  async undo(change) {
    await training.undo(change);
    await this.#read();
  }

  async #tell(body) {
    const { address } = training;
    const { undo: token } = await tell('text', address, body);
    await this.#read();
    return { address, token };
  }

  async #read() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#asked = performance.now();
    const turn = ++this.#turn;
    let answer;
    let failure = null;
    try {
      answer = await ask('texts', training.address);
    } catch (error) {
      failure = whyNot(error);
    }
    // Asked later, answered sooner: the later question knows more.
    if (turn !== this.#turn) return;
    this.failure = failure;
    // A store in which nothing happens any more would never have it asked again.
    if (failure) this.#timer = setTimeout(() => this.#read(), RETRY_MS);
    if (answer) {
      this.all = answer.texts.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));
      this.known = true;
    }
    this.emit('change');
  }

  #forget() {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#timer = 0;
    Object.assign(this, { all: [], known: false, failure: null });
    this.#asked = -Infinity;
    this.emit('change');
  }
}
