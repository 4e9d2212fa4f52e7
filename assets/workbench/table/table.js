/**
 * The loss table: the grid, filled by a datasource of ours, and tied to the page's query, selection and focus.
 *
 * Dash makes the grid; columns and rows are given to it here, as a callback of Dash's for each page takes twice as long.
 */
import { Refusal } from '../../shared/ask.js';
import { Events } from '../../shared/events.js';
import { hub } from '../../shared/hub.js';
import { whenMeasured } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { QueryBar } from '../query/bar.js';
import { queryHelp } from '../query/help.js';
import { Checks } from './checks.js';
import { columnDefinitions } from './columns.js';
import { RowFocus } from './focus.js';
import { TableNote } from './note.js';
import { fetchPage } from './rows.js';
import { buildTools } from './tools.js';

const GRID = 'table-grid';
// Rows fetched at a time; set in views/table.py as well.
const BLOCK = 100;

export class Table extends Events {
  /** @type {number|null} rows in the table; emits "count" */
  count = null;
  /** @type {import('./rows.js').View} replaced, never changed */
  view = { query: '', token: null, filter: {}, sort: [] };
  /** Whether only selected samples are shown; emits "only". */
  only = false;
  /** @type {string|null} why there are no rows; emits "mistake" */
  mistake = null;
  columns = [];
  #wantsOnly = false;
  /** Of the selection whose rows alone are wanted. */
  #token = null;
  #chosen = { query: '', token: null };
  /** What is shown or on its way, as JSON. */
  #wanted = null;
  #primed = null;
  /** Whether the server was away when it was asked for rows. */
  #missed = false;

  constructor(api) {
    super();
    this.api = api;
    this.checks = new Checks(this);
  }

  /** Fills the grid with columns and rows, and follows the hub from now on. */
  start(columns) {
    this.columns = columns;
    this.#chosen = { query: hub.query, token: null };
    this.#wanted = JSON.stringify(this.#chosen);
    this.api.setGridOption('columnDefs', columnDefinitions(columns, this.checks));
    // The grid's own way leads through every cell of every row: by Tab one enters it and leaves it again.
    this.api.setGridOption('tabToNextCell', () => false);
    this.api.setGridOption('tabToNextHeader', () => false);
    this.api.setGridOption('datasource', { getRows: (params) => this.#answer(params) });
    hub.on('query', () => this.reload());
    hub.on('selection', () => this.#followSelection());
    hub.on('token', () => this.#followToken());
    study.on('health', () => this.#missed && this.reload());
    this.checks.on('change', () => this.api.refreshCells({ columns: ['check'], force: true }));
    this.#followSelection();
    this.#followToken();
  }

  get isFiltered() {
    return Object.keys(this.view.filter).length > 0;
  }

  /** Shows the selected samples only, or all again. */
  setOnly(on) {
    const token = on ? hub.token : null;
    if (on && !token) return;
    this.#wantsOnly = false;
    this.only = on;
    this.#token = token;
    this.emit('only');
    // Also where nothing else is shown yet: rows that are on their way must not come any more.
    this.reload();
  }

  /** Shows the rows of a query that is about to be applied, while the server still looks for what the maps shall mark. */
  expect(query) {
    this.#load({ query: query.trim(), token: null });
  }

  /** Shows the rows of the query that is applied. */
  reload() {
    this.#load({ query: hub.query, token: this.#token });
  }

  /** The first page comes before the old rows go, so that nothing flickers. */
  async #load(chosen) {
    const wanted = JSON.stringify(chosen);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    // Back to what is shown, after a query that was none.
    if (wanted === JSON.stringify(this.#chosen) && !this.mistake) return;
    const view = { ...this.view, ...chosen };
    const page = await fetchPage(view, 0, BLOCK).catch((error) => error);
    if (wanted !== this.#wanted) return;
    if (page instanceof Error) {
      this.#wanted = JSON.stringify(this.#chosen);
      // A mistake in a query that is not applied is told by who tried to.
      if (chosen.query === hub.query) this.#setMistake(page);
      return;
    }
    this.#chosen = chosen;
    this.#primed = { key: JSON.stringify(view), page };
    this.api.purgeInfiniteCache();
  }

  #followSelection() {
    if (!hub.selection || hub.origin === 'query') {
      this.#wantsOnly = false;
      if (this.only) this.setOnly(false);
    } else if (hub.origin !== 'table') {
      this.#wantsOnly = true;
    }
    this.emit('only');
  }

  /** A selection made elsewhere is shown once the server has it; one made here leaves the rows where they are. */
  #followToken() {
    if (this.#wantsOnly && hub.token) this.setOnly(true);
    else this.emit('only');
  }

  async #answer({ startRow, endRow, sortModel, filterModel, successCallback, failCallback }) {
    const sort = sortModel.map(({ colId, sort }) => ({ colId, sort }));
    const view = { ...this.#chosen, filter: filterModel ?? {}, sort };
    const key = JSON.stringify(view);
    if (key !== JSON.stringify(this.view)) this.view = view;
    try {
      const page = this.#take(key, startRow) ?? (await fetchPage(view, startRow, endRow));
      successCallback(page.rows, page.count);
      if (view === this.view || key === JSON.stringify(this.view)) this.#arrived(page, startRow);
    } catch (error) {
      failCallback();
      // Of rows that are not shown any more nobody has to be told.
      if (key === JSON.stringify(this.view)) this.#setMistake(error);
    }
  }

  #take(key, startRow) {
    const primed = this.#primed;
    this.#primed = null;
    return primed && primed.key === key && startRow === 0 ? primed.page : null;
  }

  #arrived(page, startRow) {
    this.mistake = null;
    this.#missed = false;
    this.count = page.count;
    this.emit('count');
    this.emit('rows', startRow);
  }

  #setMistake(error) {
    this.#wanted = null;
    this.#missed = Boolean(error.isAway);
    if (!(error instanceof Refusal)) reportError(error);
    this.mistake = error instanceof Refusal ? error.message : 'The rows could not be shown; the browser’s console has the details.';
    this.emit('mistake', this.mistake);
  }
}

/** The grid's own interface, once Dash has made it and given it a datasource, which ours replaces. */
async function gridApi() {
  const frame = () => new Promise((resolve) => setTimeout(resolve, 30));
  while (!window.dash_ag_grid?.getApiAsync) await frame();
  const api = await window.dash_ag_grid.getApiAsync(GRID);
  while (!api.getGridOption('datasource')) await frame();
  return api;
}

/** @param {HTMLElement} element with places for the query bar, the tools and the note, and the grid */
export async function build(element) {
  const bar = new QueryBar(element.querySelector('.querybar'));
  const note = new TableNote(element.querySelector('.table-note'));
  const table = new Table(await gridApi());
  window.innerview.table = table;
  new RowFocus(table, element.querySelector('.table-grid'));
  buildTools(element.querySelector('.table-tools'), table, bar);
  // The page is ready before the network has seen every image.
  whenMeasured()
    .then(queryHelp)
    .then(({ columns }) => {
      bar.follow(table);
      note.follow(table);
      // A thousand classes' probabilities are for queries alone.
      table.start(columns.filter(({ is_of_class: isOfClass }) => !isOfClass));
    })
    .catch((error) => {
      reportError(error);
      note.fail();
    });
}
