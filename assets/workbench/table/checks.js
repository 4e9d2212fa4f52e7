/** Which rows are checked: the page's selection, whoever made it, and the ways to change it in the table. */
import { Events } from '../../shared/events.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { fetchOrder } from './rows.js';

/** Emits "change" when other rows are checked or shown, "mistake" with a sentence when that could not be done. */
export class Checks extends Events {
  /** Row from which a range is drawn. */
  #anchor = 0;
  /** The selection of all rows of a view, while it lasts. */
  #whole = null;
  #table;

  /** @param {import('./table.js').Table} table whose rows are meant */
  constructor(table) {
    super();
    this.#table = table;
    hub.on('selection', () => this.emit('change'));
    table.on('count', () => this.emit('count'));
  }

  has(index) {
    return hub.selection?.[index] === 1;
  }

  /** @returns {'all'|'some'|'none'} */
  get state() {
    if (!hub.selectionCount) return 'none';
    const found = hub.origin === 'query' && this.#table.count === hub.selectionCount;
    return found || hub.selection === this.#whole ? 'all' : 'some';
  }

  /** A click on a row's box. */
  click(row, index, event) {
    if (event.shiftKey) {
      this.range(row, !this.has(index));
      return;
    }
    this.toggle(row, index);
  }

  toggle(row, index) {
    if (index === undefined) return;
    this.#anchor = row;
    const mask = this.#copy();
    mask[index] = 1 - mask[index];
    this.#select(mask);
  }

  /** Checks, or frees, the rows from the last one touched to this one. @param {boolean} alone whether no other row stays checked */
  async range(row, on = true, alone = false) {
    const [start, end] = [Math.min(row, this.#anchor), Math.max(row, this.#anchor) + 1];
    const before = hub.selection;
    const indices = await this.#order(start, end);
    if (!indices || (alone && hub.selection !== before)) return;
    const mask = alone ? new Uint8Array(study.n) : this.#copy();
    for (const index of indices) mask[index] = on ? 1 : 0;
    this.#select(mask);
  }

  async selectAll() {
    const before = hub.selection;
    const indices = await this.#order(0, study.n);
    // What was selected meanwhile is newer.
    if (!indices || hub.selection !== before) return;
    const mask = new Uint8Array(study.n);
    for (const index of indices) mask[index] = 1;
    this.#whole = mask;
    this.#select(mask);
  }

  clear() {
    hub.setSelection(null, 'table');
  }

  /** Where the next range begins. */
  start(row) {
    this.#anchor = row;
  }

  /** @returns {Promise<Int32Array|null>} null when they could not be had, or other rows are shown by now */
  async #order(start, end) {
    const view = this.#table.view;
    try {
      const indices = await fetchOrder(view, start, end);
      return view === this.#table.view ? indices : null;
    } catch (error) {
      this.emit('mistake', error.message);
      return null;
    }
  }

  #copy() {
    return hub.selection ? hub.selection.slice() : new Uint8Array(study.n);
  }

  #select(mask) {
    hub.setSelection(mask, 'table');
    // Nothing has changed, yet the box that was clicked may show otherwise.
    this.emit('change');
  }
}
