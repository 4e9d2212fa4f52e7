/** The columns of the table: what each shows, how wide it is, and how it filters. */
import { CheckCell, CheckHeader } from './checkcells.js';
import { BooleanCell, CorrectCell, ImageCell, LabelCell, LossCell, NumberCell, PredictedCell, TextCell } from './cells.js';

const FILTER_PAUSE_MS = 250;

// Read from left to right where the window is narrow: what a search for mistakes wants comes first.
const FIRST = ['index', 'label', 'predicted', 'loss', 'confidence', 'margin', 'entropy', 'correct'];

const WIDTHS = { index: 66, loss: 118, correct: 84, confidence: 90, margin: 74, entropy: 76, id: 150 };
// Pixels of a letter, and of what stands beside a class's name.
const LETTER = 7;
const BESIDE = 36;

const CELLS = { number: NumberCell, boolean: BooleanCell, category: LabelCell, text: TextCell };

const noTest = () => true;
const shared = { debounceMs: FILTER_PAUSE_MS, buttons: ['reset'], maxNumConditions: 2 };
const texts = ['contains', 'notContains', 'equals', 'notEqual', 'startsWith', 'endsWith'];
const oneOf = { displayKey: 'oneOf', displayName: 'Is one of', predicate: noTest };

// The server filters: the tests given here are never called, the grid only wants them.
const FILTERS = {
  number: {
    filter: 'agNumberColumnFilter',
    filterParams: {
      ...shared,
      filterOptions: ['greaterThan', 'greaterThanOrEqual', 'lessThan', 'lessThanOrEqual', 'equals', 'notEqual', 'inRange'],
    },
  },
  category: { filter: 'agTextColumnFilter', filterParams: { ...shared, filterPlaceholder: 'names, with commas', filterOptions: [oneOf, ...texts] } },
  text: { filter: 'agTextColumnFilter', filterParams: { ...shared, filterOptions: [...texts, oneOf] } },
  boolean: yesNoFilter('Yes', 'No'),
};

/** @param {string} yes @param {string} no what the two values are called */
function yesNoFilter(yes, no) {
  const option = (displayKey, displayName) => ({ displayKey, displayName, predicate: noTest, numberOfInputs: 0 });
  return {
    filter: 'agTextColumnFilter',
    filterParams: { buttons: ['reset'], maxNumConditions: 1, filterOptions: ['empty', option('true', yes), option('false', no)] },
  };
}

/**
 * @param {{name: string, kind: string, about: string, unit: string, class_names: string[]}[]} columns of the samples table
 * @param {import('./checks.js').Checks} checks
 * @returns {object[]} the grid's column definitions
 */
export function columnDefinitions(columns, checks) {
  const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const ordered = [...columns].sort((a, b) => rank(a) - rank(b));
  const sort = columns.some(({ name }) => name === 'loss') ? { loss: 'desc' } : { confidence: 'asc' };
  return [checkColumn(checks), IMAGE_COLUMN, ...ordered.map((column) => columnDefinition(column, sort))];
}

const PLAIN = { sortable: false, filter: false, resizable: false, suppressMovable: true, lockPosition: 'left' };

const checkColumn = (checks) => ({
  ...PLAIN,
  colId: 'check',
  headerName: 'Selected',
  width: 32,
  cellClass: 'table-check-cell',
  headerClass: 'table-check-cell',
  cellRenderer: CheckCell,
  cellRendererParams: { checks },
  headerComponent: CheckHeader,
  headerComponentParams: { checks },
});

const IMAGE_COLUMN = {
  ...PLAIN,
  colId: 'image',
  headerName: '',
  headerTooltip: 'Image',
  width: 40,
  cellClass: 'table-image-cell',
  cellRenderer: ImageCell,
};

/** @param {object} column @param {Object<string, 'asc'|'desc'>} sort what the table is sorted by at first */
function columnDefinition({ name, kind, about, unit, class_names: classes }, sort) {
  const number = kind === 'number';
  return {
    ...(name === 'correct' ? yesNoFilter('Right', 'Wrong') : FILTERS[kind]),
    field: name,
    colId: name,
    headerName: name,
    headerTooltip: unit && !about.includes(unit) ? `${about} In ${unit}.` : about,
    initialWidth: kind === 'category' ? classWidth(classes) : (WIDTHS[name] ?? 100),
    minWidth: 60,
    // Numbers align at their last digit.
    type: number ? 'rightAligned' : undefined,
    initialSort: sort[name],
    // Who sorts by a number looks for the largest first.
    sortingOrder: number && name !== 'index' ? ['desc', 'asc', null] : ['asc', 'desc', null],
    cellRenderer: { loss: LossCell, predicted: PredictedCell, correct: CorrectCell }[name] ?? CELLS[kind],
  };
}

/** Wide enough for most of the names; the longest are cut, and their columns can be drawn wider. */
const classWidth = (names) => Math.min(150, Math.max(80, BESIDE + LETTER * Math.max(0, ...names.map((name) => name.length))));
