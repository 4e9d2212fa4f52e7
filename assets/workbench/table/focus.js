/** The focused image as a row: clicks and arrow keys set the focus, and a focus set elsewhere scrolls to its row. */
import { hub } from '../../shared/hub.js';
import { fetchPosition } from './rows.js';

// Held down, an arrow key passes thirty rows a second; the inspector follows at this pace.
const PACE_MS = 40;

export class RowFocus {
  #table;
  #element;
  /** The focus that was set here. */
  #own = null;
  /** Row that the keys have reached before its data. */
  #awaited = null;
  #awaitedIn = null;
  #onBox = false;
  #timer = 0;
  #last = 0;
  #started = false;

  /** @param {import('./table.js').Table} table @param {HTMLElement} element the grid's */
  constructor(table, element) {
    this.#table = table;
    this.#element = element;
    const { api } = table;
    api.setGridOption('rowClassRules', { 'table-focused': ({ data }) => data !== undefined && data.index === hub.focus });
    api.setGridOption('defaultColDef', { suppressKeyboardEvent: (params) => this.#onKey(params) });
    api.addEventListener('cellFocused', ({ rowIndex }) => this.#onCell(rowIndex));
    api.addEventListener('cellClicked', (event) => this.#onClick(event));
    element.addEventListener('pointerdown', (event) => (this.#onBox = event.target.matches('.table-check')), { capture: true });
    element.addEventListener('keydown', () => (this.#onBox = false), { capture: true });
    hub.on('focus', () => this.#onFocus());
    table.on('rows', () => this.#onRows());
    this.#revealWhenShown();
  }

  #onCell(row) {
    // A box that is checked says nothing of what to look at.
    if (row === null || this.#onBox) return;
    this.#awaited = row;
    this.#awaitedIn = this.#table.view;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#last + PACE_MS - performance.now());
    if (wait) this.#timer = setTimeout(() => this.#take(), wait);
    else this.#take();
  }

  #take() {
    // In another query's rows it is another image.
    if (this.#awaitedIn !== this.#table.view) this.#awaited = null;
    if (this.#awaited === null) return;
    const index = this.#table.api.getDisplayedRowAtIndex(this.#awaited)?.data?.index;
    if (index === undefined) return;
    this.#awaited = null;
    this.#last = performance.now();
    this.#own = index;
    hub.setFocus(index);
  }

  #onRows() {
    if (this.#awaited !== null) this.#take();
    if (this.#started) return;
    this.#started = true;
    // The address may have named an image before there were rows.
    this.#reveal();
  }

  #onFocus() {
    // Whoever looks at another image meanwhile does not wait for that row any longer.
    if (hub.focus !== this.#own) this.#awaited = null;
    for (const node of this.#table.api.getRenderedNodes()) {
      const focused = node.data !== undefined && node.data.index === hub.focus;
      for (const row of this.#element.querySelectorAll(`.ag-row[row-index="${node.rowIndex}"]`)) row.classList.toggle('table-focused', focused);
    }
    if (hub.focus !== this.#own) this.#reveal();
    this.#own = null;
  }

  async #reveal() {
    const { api, view } = this.#table;
    const index = hub.focus;
    if (index === null || this.#table.count === null) return;
    const row = await fetchPosition(view, index).catch(() => null);
    if (row === null || index !== hub.focus || view !== this.#table.view) return;
    if (row <= api.getFirstDisplayedRowIndex() || row >= api.getLastDisplayedRowIndex()) api.ensureIndexVisible(row, 'middle');
    else api.ensureIndexVisible(row);
  }

  /** On a page without the table, or with the dock folded away, nothing can be scrolled. */
  #revealWhenShown() {
    let shown = this.#element.clientHeight > 0;
    new ResizeObserver(() => {
      const before = shown;
      shown = this.#element.clientHeight > 0;
      if (shown && !before) this.#reveal();
    }).observe(this.#element);
  }

  #onClick({ column, rowIndex, data, event }) {
    const { checks } = this.#table;
    if (!data || column.getColId() === 'check') return;
    if (event.shiftKey) checks.range(rowIndex, true, true);
    else if (event.ctrlKey || event.metaKey) checks.toggle(rowIndex, data.index);
    else checks.start(rowIndex);
  }

  /** @returns {boolean} whether the grid shall leave the key alone */
  #onKey({ event, node, column }) {
    const { api, checks, count } = this.#table;
    const control = event.ctrlKey || event.metaKey;
    if (event.key === ' ' && node.data) {
      if (event.shiftKey) checks.range(node.rowIndex);
      else checks.toggle(node.rowIndex, node.data.index);
    } else if (event.key === 'a' && control) {
      checks.selectAll();
    } else if ((event.key === 'Home' || event.key === 'End') && count) {
      // The grid would go to the last column as well, out of sight of the image.
      const row = event.key === 'Home' ? 0 : count - 1;
      api.ensureIndexVisible(row);
      api.setFocusedCell(row, column);
    } else return false;
    event.preventDefault();
    return true;
  }
}
