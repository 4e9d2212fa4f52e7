/**
 * The table of runs: a grid that Dash makes and that is filled here. Every run is a row; those that the query does not find,
 * or that are hidden, are filtered away, so that what was picked stays picked. What is new is patched in: sorting, scrolling
 * and picks stay as they are.
 */
import { elementOf } from '../../shared/mount.js';
import { Events } from '../../shared/events.js';
import { onThemeChange } from '../../shared/colors.js';
import { inAddress, readAddress } from '../address.js';
import { whileShown } from '../shown.js';
import { training } from '../state.js';
import { repaintMarks } from './cells.js';
import { arrange, definition } from './columns.js';
import { readChoices, writeChoices } from './choices.js';
import { mainTags } from './main.js';

const GRID = 'runs-grid';
// "5 min ago" grows old by itself.
const AGE_MS = 20000;
// The grid tells of the selections that its rows bring about as well, and later than they happen.
const BY_HAND = new Set(['checkboxSelected', 'rowClicked', 'spaceKey', 'uiSelectAll', 'uiSelectAllFiltered', 'uiSelectAllCurrentPage']);

export class RunsTable extends Events {
  /** Whether hidden runs are shown as well; emits "hidden". */
  showsHidden = false;
  /** @type {{column: import('../state.js').Column, shown: boolean}[]} */
  arranged = [];
  #turn = 0;
  #columnsKey = '';
  #choices = {};
  #moved = false;
  #sort = null;
  #onBox = false;

  constructor(api, element) {
    super();
    this.api = api;
    this.element = element;
    api.updateGridOptions({
      isExternalFilterPresent: () => true,
      doesExternalFilterPass: ({ data }) => this.#isShown(data),
      rowClassRules: {
        'run-hidden': ({ data }) => data?.hidden,
        'table-focused': ({ data }) => data !== undefined && data.id === training.focus,
      },
      defaultColDef: { resizable: true, sortable: true, suppressKeyboardEvent: (params) => this.#onKey(params) },
      // The grid's own way leads through every cell of every row: by Tab one enters it and leaves it again.
      tabToNextCell: () => false,
      tabToNextHeader: () => false,
      overlayNoRowsTemplate: '<span></span>',
    });
    this.#listen();
    const show = whileShown('runs', () => this.#show());
    for (const event of ['runs', 'chosen', 'store']) training.on(event, show);
    for (const event of ['group']) training.on(event, () => repaintMarks(element));
    onThemeChange(() => repaintMarks(element));
    api.addEventListener('cellEditingStopped', show);
    mainTags.on('change', show);
    training.on('picked', () => this.#markPicked());
    training.on('focus', () => this.#markFocus());
    this.#sort = readAddress('t-sort');
    this.#keepSort = inAddress('t-sort', () => this.#sort, (sort) => this.#applySort(sort));
    setInterval(() => !document.hidden && api.refreshCells({ columns: ['fact:started'], force: true }), AGE_MS);
    this.#show();
  }

  #keepSort = () => {};
  #widthsDue = false;

  /** Shows the hidden runs as well, or no longer. */
  setShowsHidden(on) {
    this.showsHidden = on;
    this.api.onFilterChanged();
    this.#note();
    this.emit('hidden');
  }

  /** @returns {import('../state.js').Run[]} the rows in their order */
  get rows() {
    const rows = [];
    this.api.forEachNodeAfterFilterAndSort(({ data }) => rows.push(data));
    return rows;
  }

  /** @returns {string[]} ids of the picked runs that the table shows */
  get pickedRows() {
    return training.runs.filter((run) => training.picked.has(run.id) && this.#isShown(run)).map(({ id }) => id);
  }

  /** Shows a column or not, from now on. */
  choose(id, on) {
    this.#choices[id] = on;
    writeChoices(training.store?.id, this.#choices);
    this.api.setColumnsVisible([id], on);
  }

  /** Shows the columns that are shown at first. */
  resetColumns() {
    this.#choices = {};
    writeChoices(training.store?.id, null);
    this.#moved = false;
    this.#columnsKey = '';
    this.#show();
  }

  #isShown(run) {
    return training.finds(run) && (!run.hidden || this.showsHidden);
  }

  async #show() {
    const turn = ++this.#turn;
    const asked = mainTags.refresh();
    if (!mainTags.isKnown) await asked;
    if (turn !== this.#turn) return;
    // New rows would end the typing of a name; they come when it is typed.
    if (this.api.getEditingCells().length) return;
    this.#showColumns();
    this.api.setGridOption('rowData', training.runs);
    this.api.onFilterChanged();
    this.#markPicked();
    this.#note();
    this.emit('rows');
  }

  #showColumns() {
    const store = training.store?.id;
    const arranged = arrange(training, mainTags.main);
    const key = `${store} ${arranged.map(({ column, shown }) => `${column.source}:${column.name}:${column.kind}:${shown}`).join('\n')}`;
    if (key === this.#columnsKey) return;
    const first = !this.#columnsKey.startsWith(`${store} `);
    if (first) {
      this.#choices = readChoices(store);
      this.#moved = false;
    }
    this.#columnsKey = key;
    this.arranged = arranged;
    const about = { writable: training.store?.writable ?? false, runs: training.runs };
    const definitions = arranged.map((one) => definition(one, this.#choices[`${one.column.source}:${one.column.name}`], about));
    // Columns that the user has put elsewhere stay there.
    this.api.updateGridOptions({ maintainColumnOrder: this.#moved, columnDefs: definitions });
    if (first && this.#sort) this.#applySort(this.#sort);
    this.#widthsDue ||= first;
    if (!this.#widthsDue || !training.runs.length) return;
    // The grid keeps the width that a column of this name had in the store before.
    this.#widthsDue = false;
    this.api.applyColumnState({ state: definitions.map(({ colId, initialWidth }) => ({ colId, width: initialWidth })) });
  }

  #listen() {
    const { api } = this;
    this.element.addEventListener('pointerdown', ({ target }) => (this.#onBox = target.closest('.ag-selection-checkbox, .ag-checkbox') !== null), { capture: true });
    this.element.addEventListener('keydown', () => (this.#onBox = false), { capture: true });
    api.addEventListener('selectionChanged', ({ source }) => {
      // Dash sets the selection that it knows of, none, when the first rows come.
      if (!BY_HAND.has(source)) return setTimeout(() => this.#markPicked());
      return training.pick(api.getSelectedRows().map(({ id }) => id));
    });
    api.addEventListener('cellFocused', ({ rowIndex, rowPinned }) => {
      // A box that is checked says nothing of what to look at.
      if (rowIndex === null || rowPinned || this.#onBox) return;
      const run = api.getDisplayedRowAtIndex(rowIndex)?.data;
      if (run) training.setFocus(run.id);
    });
    api.addEventListener('columnMoved', ({ source, finished }) => (this.#moved ||= finished && source === 'uiColumnMoved'));
    api.addEventListener('sortChanged', () => {
      const [first] = api.getColumnState().filter(({ sort }) => sort).sort((a, b) => a.sortIndex - b.sortIndex);
      this.#sort = first ? `${first.colId}:${first.sort}` : null;
      this.#keepSort();
    });
  }

  /** @param {string|null} text "last:val_accuracy:desc" */
  #applySort(text) {
    const sort = /^(.+):(asc|desc)$/.exec(text ?? '');
    this.#sort = sort ? text : null;
    this.api.applyColumnState({ state: sort ? [{ colId: sort[1], sort: sort[2], sortIndex: 0 }] : [], defaultState: { sort: null } });
  }

  #markPicked() {
    const [on, off] = [[], []];
    this.api.forEachNode((node) => {
      const picked = training.picked.has(node.id);
      if (picked !== Boolean(node.isSelected())) (picked ? on : off).push(node);
    });
    if (on.length) this.api.setNodesSelected({ nodes: on, newValue: true, source: 'api' });
    if (off.length) this.api.setNodesSelected({ nodes: off, newValue: false, source: 'api' });
    this.emit('picked');
  }

  #markFocus() {
    for (const row of this.element.querySelectorAll('.ag-row[row-id]')) row.classList.toggle('table-focused', row.getAttribute('row-id') === training.focus);
    const node = training.focus === null ? null : this.api.getRowNode(training.focus);
    const own = this.api.getFocusedCell();
    if (node?.displayed && own?.rowIndex !== node.rowIndex) this.api.ensureNodeVisible(node);
  }

  /** @returns {boolean} whether the grid shall leave the key alone */
  #onKey({ event, node, api, editing, column }) {
    if (editing) return false;
    const control = event.ctrlKey || event.metaKey;
    if (event.key === 'a' && control) {
      const all = this.rows.every(({ id }) => training.picked.has(id));
      training.pick(all ? [] : this.rows.map(({ id }) => id));
    } else if (event.key === 'F2' && training.store?.writable) {
      api.startEditingCell({ rowIndex: node.rowIndex, colKey: 'fact:name' });
    } else if (event.key === 'Delete') {
      this.emit('delete', this.pickedRows.length ? this.pickedRows : [node.data.id]);
    } else if (event.key === 'Home' || event.key === 'End') {
      const row = event.key === 'Home' ? 0 : api.getDisplayedRowCount() - 1;
      api.ensureIndexVisible(row);
      api.setFocusedCell(row, column);
    } else return false;
    event.preventDefault();
    return true;
  }

  #note() {
    this.emit('count', this.api.getDisplayedRowCount());
  }
}

/** Brings the grid that Dash has made into a place. @param {HTMLElement} place @returns {Promise<RunsTable>} */
export async function tableIn(place) {
  place.append(await elementOf(GRID));
  const frame = () => new Promise((resolve) => setTimeout(resolve, 30));
  while (!window.dash_ag_grid?.getApiAsync) await frame();
  const api = await window.dash_ag_grid.getApiAsync(GRID);
  return new RunsTable(api, place);
}
