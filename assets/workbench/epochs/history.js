/**
 * What the server knows of the training epoch by epoch, and the arrays of each epoch. Epochs are told by their position.
 *
 * Events: `change` when the description is another one.
 */
import { ask } from '../../shared/ask.js';
import { Events } from '../../shared/events.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { ConfusionMatrix } from '../confusion/data.js';
import { Held } from './held.js';

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
const BUDGET = 256 * 2 ** 20;
const BUSY_MS = 500;
const OTHERWISE = 'The epochs could not be loaded';

/**
 * @typedef {object} Epoch
 * @property {number} epoch its number, as the file says
 * @property {string} name of the file
 * @property {number|null} accuracy 0..1
 * @property {number|null} mean_loss nats
 *
 * @typedef {object} Alignment
 * @property {'waiting'|'running'|'done'|'failed'} state
 * @property {number} fraction 0..1 @property {string} message @property {number} frames that are there, from the first on
 * @property {(number|null)[]} trustworthiness by position
 * @property {{stable: number, changed: number, ratio: number, measure: string}|null} movement
 */

export class History extends Events {
  /**
   * As the server describes it; `network` is the position of the network that the analyzer was opened with.
   * @type {{state: string, message: string, note: string, fraction: number, network: number|null, epochs: Epoch[],
   *   layers: string[], methods: string[], alignment: Object<string, Alignment>}|null}
   */
  info = null;
  #said = '';
  #held = new Held(BUDGET);
  #asked = new Set();
  #timer = 0;

  constructor() {
    super();
    hub.on('page', () => hub.page === 'epochs' && this.#poll());
    // A server that was away may be a new one.
    study.on('online', () => study.online && this.#forget());
  }

  /** @returns {Epoch[]} */
  get epochs() {
    return this.info?.epochs ?? [];
  }

  /** Whether the analyzer was opened with checkpoints at all; undefined while that is not known. */
  get isThere() {
    return this.info === null ? undefined : this.info.state !== 'none';
  }

  get isDone() {
    return this.info?.state === 'done';
  }

  /** @returns {string} "epoch 3" */
  name(position) {
    const epoch = this.epochs[position];
    return epoch ? `epoch ${epoch.epoch}` : '';
  }

  /** @returns {Alignment|undefined} of the maps of a layer */
  alignment(layer, method) {
    return this.info?.alignment?.[`${layer}|${method}`];
  }

  /** Asks once; emits `change` where anything is new. */
  async refresh() {
    const text = await (await ask('api/epochs', {}, OTHERWISE)).text();
    if (text === this.#said) return;
    this.#said = text;
    this.info = JSON.parse(text);
    this.emit('change');
  }

  /** Asks, and goes on asking for as long as the server is busy and the page is looked at. */
  async follow() {
    await this.refresh();
    this.#poll();
  }

  async #poll() {
    clearTimeout(this.#timer);
    try {
      await this.refresh();
    } catch {
      // The server is away; the header says so.
    }
    if (hub.page === 'epochs' && this.#isBusy()) this.#timer = setTimeout(() => this.#poll(), BUSY_MS);
  }

  #isBusy() {
    const busy = (state) => state === 'waiting' || state === 'running';
    return !this.info || busy(this.info.state) || Object.values(this.info.alignment ?? {}).some(({ state }) => busy(state));
  }

  #forget() {
    this.#asked.clear();
    this.#held.clear();
    if (this.info) this.#poll();
  }

  /** Asks the server to lay out a layer's maps in line with each other; once a page, as it keeps on by itself. */
  async request(layer, method) {
    const key = `${layer}|${method}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    try {
      await ask('api/epochs/maps', { method: 'POST', query: { layer, method } }, OTHERWISE);
    } catch (error) {
      // What the server has not heard can be said again; what it refuses it refuses again.
      if (error.isAway) this.#asked.delete(key);
      throw error;
    }
    study.hurry();
    this.#poll();
  }

  /** @param {'loss'|'predicted'|'correct'|'confidence'} name @returns {Promise<Float32Array|Int32Array|Uint8Array>} (N,) */
  column(name, position) {
    return this.#get(`column|${name}|${position}`, 'column', { name, epoch: position }, async (response) => {
      const Type = ARRAYS[response.headers.get('X-Dtype')] ?? Float32Array;
      return new Type(await response.arrayBuffer());
    });
  }

  /** @returns {Promise<Float32Array>} (N * 2): x0, y0, x1, ...; all epochs in the same coordinates */
  layout(layer, method, position) {
    const read = async (response) => new Float32Array(await response.arrayBuffer());
    return this.#get(`layout|${layer}|${method}|${position}`, 'layout', { layer, method, epoch: position }, read);
  }

  /** @returns {Promise<ConfusionMatrix>} */
  confusion(position) {
    const read = async (response) => {
      const cells = new Int32Array(await response.arrayBuffer());
      return new ConfusionMatrix(Number(response.headers.get('X-Classes')), cells);
    };
    return this.#get(`confusion|${position}`, 'confusion', { epoch: position }, read, ({ counts }) => counts.byteLength);
  }

  /** @returns {Promise<{loss: (number|null)[], predicted: number[]}>} what each epoch's network made of one image */
  async sample(index) {
    return (await ask('api/epochs/sample', { query: { index } }, OTHERWISE)).json();
  }

  #get(key, path, query, read, weigh = (array) => array.byteLength) {
    return this.#held.get(key, async () => read(await ask(`api/epochs/${path}`, { query }, OTHERWISE)), weigh);
  }
}
