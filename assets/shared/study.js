/** What the page knows of the study: its description, its columns, and how far the server is. */
import { fetchColumn, fetchHealth, fetchStudy } from './api.js';
import { Events } from './events.js';

/** What the class -1 is called. */
const NO_LABEL = 'no label';

const BUSY_MS = 400;
const IDLE_MS = 3000;
const SOON_MS = 60;
const HURRY_MS = 5000;

export class Study extends Events {
  /** @type {object|null} GET api/study */
  info = null;
  /** @type {object|null} the last GET health that was answered */
  health = null;
  online = true;
  /** @type {Map<string, Float32Array|Int32Array|Uint8Array>} (N,) each */
  columns = new Map();
  #asked = new Map();
  /** Columns that were asked for while the server was away. */
  #missed = new Set();
  #wake = () => {};
  #hurryUntil = 0;

  get n() {
    return this.info?.n ?? 0;
  }

  /** Fetches the description, then follows the server's health for as long as the page lives. */
  async start() {
    for (;;) {
      try {
        this.info = await fetchStudy();
        if (this.info) break;
      } catch {
        this.#setOnline(false);
      }
      await pause(BUSY_MS);
    }
    this.#setOnline(true);
    this.#poll();
  }

  async #poll() {
    for (;;) {
      await this.refresh();
      await new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, this.isBusy() ? BUSY_MS : IDLE_MS);
      });
    }
  }

  /** Looks soon and often for a while: something was asked of the server. */
  hurry() {
    this.#hurryUntil = performance.now() + HURRY_MS;
    setTimeout(() => this.#wake(), SOON_MS);
  }

  isBusy() {
    if (!this.online || !this.health || performance.now() < this.#hurryUntil) return true;
    const is = (state) => this.health.stages.some((stage) => stage.state === state);
    // What waits behind a failure may wait for ever.
    return is('running') || (is('waiting') && !is('failed'));
  }

  /** Asks for the health once; emits "health", and "info" when the description has grown. */
  async refresh() {
    try {
      const health = await fetchHealth();
      const grown = !this.health || ['samples', 'described', 'columns'].some((key) => health[key] !== this.health[key]);
      if (grown) this.info = (await fetchStudy()) ?? this.info;
      this.health = health;
      this.#setOnline(true);
      if (grown) this.emit('info');
      this.emit('health');
      this.#askAgain();
    } catch {
      this.#setOnline(false);
    }
  }

  #askAgain() {
    const missed = [...this.#missed];
    this.#missed.clear();
    missed.forEach((name) => this.column(name));
  }

  #setOnline(online) {
    if (this.online === online) return;
    this.online = online;
    this.emit('online');
  }

  /** What the server says of one layout: {version, final, trustworthiness, progress}, or undefined. */
  layoutState(space, method) {
    return this.health?.layouts?.[`${space}|${method}`];
  }

  /** Whether any image has a label. */
  get labelled() {
    return this.info?.labelled ?? true;
  }

  /** Whether a column can be asked for now; the labels are there from the start. */
  isKnown(name) {
    return (name === 'label' && this.labelled) || (this.info?.columns ?? []).some((column) => column.name === name);
  }

  /**
   * Fetches a column once, whoever asks; emits "column" with its name when it is there.
   * @returns {Promise<Float32Array|Int32Array|Uint8Array|null>} (N,)
   */
  column(name) {
    if (this.columns.has(name)) return Promise.resolve(this.columns.get(name));
    if (!this.isKnown(name)) return Promise.resolve(null);
    if (!this.#asked.has(name)) this.#asked.set(name, this.#fetch(name));
    return this.#asked.get(name);
  }

  async #fetch(name) {
    try {
      const values = await fetchColumn(name);
      if (!values || values.length !== this.n) return null;
      this.columns.set(name, values);
      this.emit('column', name);
      return values;
    } catch {
      // Asked for again when the server answers.
      this.#missed.add(name);
      return null;
    } finally {
      this.#asked.delete(name);
    }
  }

  /** @returns {string} the class's name, or its number where it has none */
  className(value) {
    if (value < 0) return NO_LABEL;
    return this.info?.class_names?.[value] ?? String(value);
  }

  /** @returns {boolean|null} whether the prediction is right; null without a label, or before that is known */
  isRight(index) {
    const correct = this.columns.get('correct')?.[index];
    if (correct !== undefined) return correct > 1 ? null : correct === 1;
    const [label, predicted] = ['label', 'predicted'].map((name) => this.columns.get(name)?.[index]);
    return label === undefined || label < 0 || predicted === undefined ? null : label === predicted;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const study = new Study();
