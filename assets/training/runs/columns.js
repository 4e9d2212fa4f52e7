/** The columns of the runs' table: what each shows, which are shown at first, and what the user chose instead. */
import { training } from '../state.js';
import { DurationCell, MetricCell, MomentCell, NameCell, StatusCell, TagsCell, ValueCell } from './cells.js';
import { shortValue } from './format.js';
import { statusOf } from './status.js';

const FACTS = ['name', 'status', 'tags', 'started', 'duration', 'steps'];
// Behind the numbers, which are what is compared.
const WORDS = ['note', 'folder'];
const FACT_CELLS = { name: NameCell, status: StatusCell, started: MomentCell, duration: DurationCell, tags: TagsCell };
const FACT_WIDTHS = { name: 200, status: 90, started: 122, duration: 96, tags: 110, steps: 76, folder: 100, note: 180 };
const FACT_TITLES = {
  name: 'Name of the run; F2 or a double click renames it',
  status: 'How it fares',
  started: 'When it began',
  duration: 'From its first to its last word',
  steps: 'The last step that it logged',
  tags: 'Tags, which anyone can give',
  folder: 'The experiment that it belongs to',
  note: 'A note of somebody’s; the card at the right changes it',
};
/** As many parameters that differ as leave room for what came out. */
const mostParameters = () => Math.max(3, Math.min(8, Math.round((innerWidth - 840) / 110)));
// Pixels of a letter, and of what stands beside a heading.
const LETTER = 6.6;
const BESIDE = 26;

/**
 * @param {import('../state.js').Training} of
 * @param {string[]} main tags of the main metrics, the best first
 * @returns {{column: import('../state.js').Column, shown: boolean}[]} in their order at first: facts, parameters that
 *   differ, the main metrics, and what is left
 */
export function arrange({ columns, runs }, main) {
  const by = (source) => columns.filter((column) => column.source === source);
  const facts = by('fact').filter(({ name }) => !WORDS.includes(name)).sort((a, b) => rank(a.name) - rank(b.name));
  const words = WORDS.flatMap((name) => by('fact').filter((column) => column.name === name));
  const several = (name) => runs.some((run) => !same(run.values[name], runs[0].values[name]));
  const told = new Map(byImportance(by('parameter')).map((column) => [column, several(column.name)]));
  const most = mostParameters();
  const differing = [...told.keys()].filter((column) => told.get(column));
  const rest = [...told.keys()].filter((column) => !told.get(column));
  const metrics = [...by('last'), ...by('best')];
  const important = main.flatMap((tag) => metrics.filter((column) => column.tag === tag).sort((a, b) => a.source.localeCompare(b.source)));
  const others = metrics.filter((column) => !important.includes(column));
  // Where the store is of a kind that nobody knows the names of.
  const few = new Set(important.length ? important : by('last').filter(({ tag }) => !tag.includes('/') && tag !== 'epoch').slice(0, 4));
  const used = { tags: runs.some((run) => run.tags.length), folder: runs.some((run) => run.folder !== runs[0].folder), note: runs.some((run) => run.note), steps: false };
  return [
    ...facts.map((column) => ({ column, shown: used[column.name] ?? true })),
    ...differing.map((column, k) => ({ column, shown: k < most })),
    ...important.map((column) => ({ column, shown: true })),
    ...words.map((column) => ({ column, shown: used[column.name] })),
    ...others.map((column) => ({ column, shown: few.has(column) })),
    ...rest.map((column) => ({ column, shown: false })),
  ];
}

/** The learning rate, which is looked for first; then those that are no part of a part. */
export function byImportance(parameters) {
  const rank = ({ name }) => (/(^|[._ -])(lr|learning[_ -]?rate)$/i.test(name) ? 0 : name.split(/[./]/).length);
  return [...parameters].sort((a, b) => rank(a) - rank(b));
}

const rank = (name) => (FACTS.includes(name) ? FACTS.indexOf(name) : FACTS.length);
const same = (a, b) => (a ?? null) === (b ?? null);

/**
 * @param {{column: import('../state.js').Column, shown: boolean}} arranged @param {boolean|undefined} wanted what the user chose
 * @param {{writable: boolean, runs: import('../state.js').Run[]}} store
 * @returns {object} the grid's definition
 */
export function definition({ column, shown }, wanted, { writable, runs }) {
  const { name, kind, source } = column;
  const number = kind === 'number' && !(source === 'fact' && name === 'started');
  const base = {
    colId: `${source}:${name}`,
    headerName: name,
    headerTooltip: aboutColumn(column),
    hide: !(wanted ?? shown),
    initialWidth: widthOf(column, runs),
    minWidth: 56,
    type: number ? 'rightAligned' : undefined,
    valueGetter: ({ data }) => data.values[name],
    cellRenderer: source === 'fact' ? (FACT_CELLS[name] ?? ValueCell) : source === 'parameter' ? ValueCell : MetricCell,
    comparator: compare,
    // Who sorts by a number looks for the largest first; by a loss, for the smallest.
    sortingOrder: kind === 'number' && !/loss|error|entropy/i.test(name) ? ['desc', 'asc', null] : ['asc', 'desc', null],
  };
  return source === 'fact' ? { ...base, ...factDefinition(name, writable) } : base;
}

function factDefinition(name, writable) {
  if (name === 'name') {
    return {
      pinned: 'left', lockPinned: true, editable: writable, cellEditor: 'agTextCellEditor', cellEditorParams: { maxLength: 200 },
      valueGetter: ({ data }) => data.name, valueSetter: ({ data, newValue }) => rename(data, newValue), equals: () => false,
    };
  }
  if (name === 'status') return { valueGetter: ({ data }) => statusOf(data) };
  if (name === 'tags') return { valueGetter: ({ data }) => data.tags.join(', ') };
  if (name === 'note') return { valueGetter: ({ data }) => data.note };
  return {};
}

/** The grid would keep the new name for itself: it comes back from the server. */
function rename(run, name) {
  training.emit('rename', { run, name: String(name ?? '').trim() });
  return false;
}

/** Missing ones come last, whichever way it is sorted. */
function compare(a, b, _nodeA, _nodeB, descending) {
  const [x, y] = [key(a), key(b)];
  if (x === null || y === null) return x === y ? 0 : (x === null) === !descending ? 1 : -1;
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
  return x.localeCompare(y, undefined, { numeric: true, sensitivity: 'base' });
}

function key(value) {
  if (value === null || value === undefined || value === '') return null;
  if (value === 'inf') return Infinity;
  if (value === '-inf') return -Infinity;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** @returns {string} where a column comes from, in words */
export function aboutColumn({ name, source, tag }) {
  if (source === 'fact') return FACT_TITLES[name] ?? name;
  if (source === 'parameter') return `Parameter ${name}`;
  return source === 'last' ? `The last ${tag ?? name}` : `The best ${tag ?? name}`;
}

/** As wide as its heading and its values, where these are not too long. */
function widthOf({ name, kind, source }, runs) {
  if (source === 'fact') return FACT_WIDTHS[name] ?? 100;
  const format = source === 'parameter' ? shortValue : () => '0.0000';
  const longest = runs.slice(0, 200).reduce((most, run) => Math.max(most, format(run.values[name]).length), 0);
  return Math.min(170, Math.max(kind === 'number' ? 64 : 72, BESIDE + LETTER * Math.max(name.length, longest)));
}
