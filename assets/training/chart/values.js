/** The values of runs by the tags of their scalars, whatever the columns are called. */
import { training } from '../state.js';

let columns = null;
let columnOf = new Map();

/** @param {'last'|'best'} [source] @returns {number|string|null} a run's last value under a tag; null where it has none */
export function valueOf(run, tag, source = 'last') {
  if (columns !== training.columns) {
    columns = training.columns;
    columnOf = new Map(columns.filter((column) => column.tag !== undefined).map((column) => [`${column.source} ${column.tag}`, column.name]));
  }
  const name = columnOf.get(`${source} ${tag}`);
  return name === undefined ? null : run.values[name] ?? null;
}
