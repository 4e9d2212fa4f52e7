/**
 * How many epochs a run had done at a step, from its scalar `epoch`; null where it counts none.
 *
 * Events: `change` when more is known.
 */
import { askForArrays } from '../api.js';
import { training } from '../state.js';
import { Fresh } from './fresh.js';

const TAG = 'epoch';
// More epochs than this are told apart by their neighbours.
const MOST = 4000;

class Epochs extends Fresh {
  constructor() {
    super(load);
  }

  /** @param {import('../state.js').Run} run @param {number} step @returns {number|null} may lie between two epochs */
  at(run, step) {
    if (!training.tags.scalars.includes(TAG)) return null;
    const { value } = this.get(run, TAG);
    return value?.steps.length ? interpolate(step, value) : null;
  }
}

async function load(run) {
  const body = { curves: [{ run, tag: TAG }], x: 'step', from: null, to: null, pixels: MOST / 2, smoothing: 0, budget: MOST };
  const { header, arrays } = await askForArrays('curves', training.address, body);
  const [curve] = header.curves;
  if (!curve) return { steps: [], epochs: [] };
  const { at, count } = curve;
  return { steps: arrays.slice(at, at + count), epochs: arrays.slice(at + count, at + 2 * count) };
}

/** @param {number} step @param {{steps: Float64Array, epochs: Float64Array}} known steps rising @returns {number} held beyond the ends */
function interpolate(step, { steps, epochs }) {
  let k = steps.findIndex((other) => other >= step);
  if (k < 0) k = steps.length - 1;
  if (k === 0 || steps[k] <= step) return epochs[k];
  return epochs[k - 1] + ((epochs[k] - epochs[k - 1]) * (step - steps[k - 1])) / (steps[k] - steps[k - 1]);
}

export const epochs = new Epochs();
