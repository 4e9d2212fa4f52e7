/** What the charts of a tab have in common: their settings, the part of x that is looked at, hidden and highlighted runs, their data. */
import { Events } from '../../shared/events.js';
import { shortValue } from '../runs/format.js';
import { training } from '../state.js';
import { Feed } from './feed.js';
import { registerBoard } from './registry.js';
import { ChartSettings } from './settings.js';
import { valueOf } from './values.js';

// More entries than this are not told apart by shapes, nor listed one by one.
export const MARKED = 15;
// Shapes on more curves than this would hide the curves.
const MOST_SHAPED = 40;

/** Events: `range` (of x), `reset` (of y too), `visibility` (hidden runs), `highlight`, `look` (colours or labels). */
export class Board extends Events {
  /** @type {[number, number]|null} the part of x that all charts show; null for all there is */
  range = null;
  /** @type {{run: string|null, group: string|null}} a run, or a legend's entry, that stands out */
  highlighted = { run: null, group: null };
  /** @type {{x: number, points: object[]}|null} where the pointer is in one of the charts, for the others */
  place = null;
  /** @type {{key: string, label: string, color: string, runs: import('../state.js').Run[], shape: number|null}[]} what a legend lists */
  entries = [];
  /** What colours, labels and shapes depend on, as a text. */
  look = '';
  #hidden = new Set();
  #shapes = new Map();
  #group = training.group;
  #hasEpochs = true;

  /** @param {string} tab @param {object} [defaults] of the settings */
  constructor(tab, defaults) {
    super();
    this.tab = tab;
    this.settings = new ChartSettings(tab, defaults);
    this.feed = new Feed(this);
    registerBoard(this);
    this.settings.on('change', (names) => {
      // The numbers of another axis mean something else.
      if (names.includes('x')) this.setRange(null);
      this.feed.hurry();
    });
    training.on('group', () => {
      // What was hidden is no longer what the legend lists.
      if (this.#group !== training.group) this.showAll();
      this.#group = training.group;
    });
    training.on('store', () => {
      this.range = null;
      this.feed.forget();
      this.showAll();
    });
  }

  /** @param {[number, number]|null} range */
  setRange(range) {
    if (this.range?.[0] === range?.[0] && this.range?.[1] === range?.[1]) return;
    this.range = range;
    this.emit('range');
    this.feed.hurry();
  }

  /** Names the runs that the charts show. @param {import('../state.js').Run[]} runs */
  setRuns(runs) {
    this.#hasEpochs = runs.some((run) => valueOf(run, 'epoch') !== null);
    const entries = new Map();
    for (const run of runs) {
      const key = this.keyOf(run);
      if (!entries.has(key)) entries.set(key, { key, label: labelOf(run, key), color: training.color(run), runs: [] });
      entries.get(key).runs.push(run);
    }
    this.entries = training.group === null ? [...entries.values()] : [...entries.values()].sort(byValue);
    const few = this.entries.length <= MARKED && runs.length <= MOST_SHAPED;
    this.#shapes = new Map(this.entries.map(({ key }, k) => [key, few ? k : null]));
    for (const entry of this.entries) entry.shape = this.#shapes.get(entry.key);
    const look = JSON.stringify([this.#hasEpochs, ...this.entries.map(({ key, label, color, runs: own }) => [key, label, color, own.length])]);
    if (look === this.look) return;
    this.look = look;
    this.emit('look');
  }

  colorOf(run) {
    return training.color(run);
  }

  nameOf(run) {
    return training.name(run);
  }

  /** All of x and of y again, in every chart. */
  resetAll() {
    this.emit('reset');
    this.setRange(null);
  }

  /** @returns {number|null} the shape that tells a run's curves apart besides their colour; null where there are too many */
  shapeOf(run) {
    return this.#shapes.get(this.keyOf(run)) ?? null;
  }

  /** @returns {import('./settings.js').XAxis} what the curves that are drawn have along x: runs without epochs have their steps */
  get axis() {
    return this.feed.x === 'epoch' && !this.#hasEpochs ? 'step' : this.feed.x;
  }

  /** @returns {string} what a legend lists: a run, or all those with the same value of what colours them */
  keyOf(run) {
    return training.group === null ? run.id : String(run.values[training.group] ?? '–');
  }

  isHidden(run) {
    return this.#hidden.has(this.keyOf(run));
  }

  hides(key) {
    return this.#hidden.has(key);
  }

  get hiddenCount() {
    return this.#hidden.size;
  }

  toggle(key) {
    if (!this.#hidden.delete(key)) this.#hidden.add(key);
    this.emit('visibility');
    this.feed.hurry();
  }

  /** Only this entry; all again when it is alone already. @param {string} key @param {string[]} all */
  isolate(key, all) {
    const alone = !this.#hidden.has(key) && all.every((other) => other === key || this.#hidden.has(other));
    this.#hidden = new Set(alone ? [] : all.filter((other) => other !== key));
    this.emit('visibility');
    this.feed.hurry();
  }

  showAll() {
    if (!this.#hidden.size) return;
    this.#hidden.clear();
    this.emit('visibility');
    this.feed.hurry();
  }

  /** @param {{run?: string|null, group?: string|null}} what @param {boolean} [moved] the pointer has another place */
  highlight({ run = null, group = null }, moved = false) {
    if (!moved && this.highlighted.run === run && this.highlighted.group === group) return;
    this.highlighted = { run, group };
    this.emit('highlight');
  }

  stands(run) {
    const { run: id, group } = this.highlighted;
    return id !== null ? run.id === id : group !== null && this.keyOf(run) === group;
  }
}

const labelOf = (run, key) => (training.group === null ? training.name(run) : `${training.group} = ${shortValue(run.values[training.group] ?? '–')}`);

/** Numbers by their size, texts as people sort them. */
function byValue(a, b) {
  const [left, right] = [a, b].map(({ runs }) => runs[0].values[training.group]);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return a.key.localeCompare(b.key, undefined, { numeric: true });
}
