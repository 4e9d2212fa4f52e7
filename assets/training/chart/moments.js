/** Which step, epoch and time of a run belong together, so that a place on one axis can be told on the others. */
import { askForArrays } from '../api.js';
import { training } from '../state.js';
import { lowerBound } from './scale.js';

const AXES = ['step', 'epoch', 'time'];
// The most that a request may ask; a longer curve is told by the ends of its epochs.
const PIXELS = 8192;
const BUDGET = 40_000;
const EPOCH = 'epoch';
const KEPT = 64;

const tables = new Map();

/**
 * @param {import('../state.js').Run} run @param {string} tag of the curve that is looked at @param {import('./settings.js').XAxis} axis @param {number} at
 * @returns {Promise<{step: number|null, epoch: number|null, time: number|null}>}
 */
export async function momentOf(run, tag, axis, at) {
  const key = `${training.store?.id} ${run.id} ${run.updated} ${tag}`;
  if (!tables.has(key)) {
    if (tables.size >= KEPT) tables.delete(tables.keys().next().value);
    const table = read(run, tag);
    tables.set(key, table);
    // What did not come is asked for anew.
    table.catch(() => tables.get(key) === table && tables.delete(key));
  }
  const table = await tables.get(key);
  const own = axis === 'clock' ? 'time' : axis;
  const place = axis === 'clock' ? at - run.started : at;
  return Object.fromEntries(AXES.map((name) => [name, name === own ? place : interpolate(table?.[own], table?.[name], place)]));
}

/** The same points along three axes: what is logged is the same, only x differs. */
async function read(run, tag) {
  const curves = [...new Set([tag, EPOCH])].map((one) => ({ run: run.id, tag: one }));
  const ask = (x) => askForArrays('curves', training.address, { curves, x, from: null, to: null, pixels: PIXELS, smoothing: 0, budget: BUDGET });
  const answers = await Promise.all(AXES.map(ask));
  for (const { tag: source } of curves) {
    const xs = answers.map((answer) => wholeX(answer, source));
    if (xs.some((x) => !x?.length || x.length !== xs[0].length)) continue;
    const [step, epoch, time] = xs;
    // A run that logs no epochs has steps in their place.
    return { step, time, epoch: epoch.some((value, k) => value !== step[k]) ? epoch : null };
  }
  return null;
}

/** @returns {Float64Array|null} null where not every point came */
function wholeX({ header, arrays }, tag) {
  const one = header.curves.find((curve) => curve.tag === tag);
  return one && one.count === one.total ? arrays.slice(one.at, one.at + one.count) : null;
}

function interpolate(from, to, at) {
  if (!from?.length || !to) return null;
  const k = Math.max(1, Math.min(from.length - 1, lowerBound(from, at)));
  if (from.length === 1) return to[0];
  const share = (at - from[k - 1]) / (from[k] - from[k - 1] || 1);
  return to[k - 1] + share * (to[k] - to[k - 1]);
}
