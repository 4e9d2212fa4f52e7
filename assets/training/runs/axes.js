/** The axes of the parallel coordinates: where a value stands on each, and what is written beside it. Pure. */
import { isLogarithmic } from './colors.js';
import { byImportance } from './columns.js';
import { formatNumber, shortValue as formatValue } from './format.js';

// More kinds of text than this are no axis that anyone can read.
const MOST_KINDS = 40;
const TICKS = 5;
// Numbers that take few values are labelled by those.
const FEW = 6;
// Between two labels, as a share of the axis.
const LEAST_GAP = 0.075;
const PARAMETERS = 7;
const AXES = 10;

/**
 * @typedef {object} Axis
 * @property {string} id @property {string} name
 * @property {(run: object) => number|null} place 0 at the bottom to 1 at the top; null for a run without a value
 * @property {(run: object) => string} text the run's value
 * @property {{at: number, text: string}[]} ticks
 * @property {boolean} isCrowded @property {boolean} logarithmic @property {boolean} hasGaps whether some run has no value
 */

export const idOf = ({ source, name }) => `${source}:${name}`;

/** @returns {boolean} whether a column can be an axis at all */
export function canBeAxis(column, runs) {
  if (column.source === 'fact') return ['duration', 'steps', 'folder', 'status'].includes(column.name);
  const values = new Set(runs.map((run) => run.values[column.name]).filter(isThere));
  return values.size > 0 && (column.kind === 'number' || values.size <= MOST_KINDS);
}

/** @returns {string[]} ids of the axes that are drawn at first: parameters that differ, and how good the runs are */
export function firstAxes(columns, runs, main) {
  const differs = ({ name }) => new Set(runs.map((run) => run.values[name]).filter(isThere)).size > 1;
  const parameters = byImportance(columns.filter((column) => column.source === 'parameter' && canBeAxis(column, runs) && differs(column))).slice(0, PARAMETERS);
  const of = (tag, source) => columns.find((column) => column.tag === tag && column.source === source);
  const metrics = main.map((tag) => of(tag, 'best') ?? of(tag, 'last')).filter(Boolean);
  const fallback = columns.filter((column) => column.source === 'last').slice(0, 2);
  const results = (metrics.length ? metrics : fallback).slice(0, Math.max(2, AXES - parameters.length - 5));
  return [...parameters, ...results].map(idOf);
}

/** @param {import('../state.js').Column} column @param {import('../state.js').Run[]} runs all that may be drawn @returns {Axis} */
export function makeAxis(column, runs) {
  const { name, kind } = column;
  const values = runs.map((run) => run.values[name]);
  const there = values.filter(isThere);
  const made = kind === 'number' ? numberAxis(there) : kindAxis(there);
  const text = kind === 'number' && column.source !== 'parameter' ? formatNumber : formatValue;
  return {
    id: idOf(column),
    name,
    // Where few values are taken, runs would lie upon each other.
    isCrowded: kind !== 'number' || new Set(there).size <= FEW,
    hasGaps: there.length < values.length,
    logarithmic: made.logarithmic ?? false,
    ticks: made.ticks,
    place: (run) => (isThere(run.values[name]) ? made.place(run.values[name]) : null),
    text: (run) => (isThere(run.values[name]) ? text(run.values[name]) : 'none'),
  };
}

// Infinities come as texts; they have no place on an axis.
const isThere = (value) => value !== null && value !== undefined && value !== '' && value !== 'inf' && value !== '-inf';

function numberAxis(values) {
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  if (!(high > low)) return { place: () => 0.5, ticks: values.length ? [{ at: 0.5, text: formatValue(low) }] : [] };
  const logarithmic = isLogarithmic(values);
  const scale = logarithmic ? Math.log10 : (value) => value;
  const [from, to] = [scale(low), scale(high)];
  const place = (value) => (scale(value) - from) / (to - from);
  const kinds = [...new Set(values)].sort((a, b) => a - b);
  const marked = kinds.length <= FEW ? kinds : logarithmic ? powers(from, to) : steps(low, high);
  return { place, logarithmic, ticks: apart(marked.map((value) => ({ at: place(value), text: formatValue(value) }))) };
}

function kindAxis(values) {
  const kinds = [...new Set(values.map(formatValue))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const places = new Map(kinds.map((kind, k) => [kind, kinds.length === 1 ? 0.5 : k / (kinds.length - 1)]));
  return { place: (value) => places.get(formatValue(value)) ?? null, ticks: kinds.map((kind) => ({ at: places.get(kind), text: kind })) };
}

/** Round numbers, about TICKS of them. */
function steps(low, high) {
  const rough = (high - low) / TICKS;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5, 10].find((factor) => factor * size >= rough) ?? 10);
  const marked = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) marked.push(Number((k * step).toPrecision(12)));
  return marked;
}

function powers(from, to) {
  const marked = [];
  const every = Math.max(1, Math.ceil((to - from) / (TICKS + 2)));
  for (let exponent = Math.ceil(from - 1e-9); exponent <= to + 1e-9; exponent += every) marked.push(10 ** exponent);
  if (marked.length >= 2) return marked;
  return [10 ** from, ...marked, 10 ** to].map((value) => Number(value.toPrecision(2))).filter((value) => Math.log10(value) >= from - 1e-9 && Math.log10(value) <= to + 1e-9);
}

/** Those that would be written over another are left out. */
function apart(ticks) {
  const kept = [];
  for (const tick of ticks) if (!kept.length || tick.at - kept.at(-1).at >= LEAST_GAP) kept.push(tick);
  return kept;
}
