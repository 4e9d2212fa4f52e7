/** Rows of the table as the server keeps them in order: pages, the whole order, and where a sample stands. */
import { ask, asJson } from '../../shared/ask.js';

/**
 * @typedef {object} View what decides about rows and their order
 * @property {string} query @property {string|null} token of a selection that the server keeps
 * @property {object} filter the grid's filter model @property {{colId: string, sort: string}[]} sort
 */

const send = (path, view, more, signal) =>
  ask(`api/table/${path}`, { ...asJson({ ...view, ...more }), signal }, 'The rows could not be read');

/**
 * @param {View} view @param {number} start first row @param {number} end one past the last
 * @returns {Promise<{count: number, rows: object[]}>} the number of all rows, and one object a row
 */
export async function fetchPage(view, start, end, signal) {
  const { count, columns } = await (await send('rows', view, { start, end }, signal)).json();
  const names = Object.keys(columns);
  const rows = columns[names[0]].map((_, k) => Object.fromEntries(names.map((name) => [name, columns[name][k]])));
  return { count, rows };
}

/** @returns {Promise<Int32Array>} the samples of the rows from `start` to before `end`, however many */
export async function fetchOrder(view, start, end) {
  return new Int32Array(await (await send('order', view, { start, end })).arrayBuffer());
}

/** @returns {Promise<number|null>} the row in which a sample stands; null where it is not among them */
export async function fetchPosition(view, index) {
  return (await (await send('position', view, { index })).json()).position;
}
