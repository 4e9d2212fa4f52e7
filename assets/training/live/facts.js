/** What the numbers beside the curves say of a run: last and best values and where, and how fast it goes. */
import { Events } from '../../shared/events.js';
import { askForArrays } from '../api.js';
import { betterOf } from '../chart/format.js';
import { valueOf } from '../chart/values.js';
import { training } from '../state.js';
import { QUANTITIES, SPLITS } from './tags.js';

const PAUSE_MS = 2000;
const PIXELS = 400;
const BUDGET = 100_000;
const EPOCH = 'epoch';
// The pace is that of the last few epochs.
const LAST_EPOCHS = 3;

/**
 * @typedef {{last: number, best: number, bestAt: number}} Figure bestAt: epochs done, or the step where none are logged
 * @typedef {{figures: Object<string, Figure>, epoch: number|null, epochSeconds: number|null, stepsPerSecond: number|null}} Facts
 *   figures: by "quantity split"
 */

/** Events: `change`. */
export class RunFacts extends Events {
  #known = new Map();
  #tags;
  #wanted = [];
  #timer = null;
  #asking = false;

  /** @param {import('./tags.js').LiveTags} tags */
  constructor(tags) {
    super();
    this.#tags = tags;
    training.on('store', () => this.#known.clear());
  }

  /** @returns {Facts|undefined} */
  get(run) {
    return this.#known.get(run.id)?.facts;
  }

  /** @param {import('../state.js').Run[]} runs that numbers are shown of */
  want(runs) {
    this.#wanted = runs;
    this.#timer ??= setTimeout(() => this.#ask(), 0);
  }

  #sign(run) {
    const tags = QUANTITIES.flatMap((quantity) => SPLITS.map((split) => this.#tags.mainOf(run, quantity, split)));
    return JSON.stringify([training.store?.id, tags, tags.map((tag) => tag && valueOf(run, tag)), valueOf(run, EPOCH), run.values.steps]);
  }

  async #ask() {
    this.#timer = null;
    if (this.#asking) return;
    const due = this.#wanted.map((run) => [run, this.#sign(run)]).filter(([run, sign]) => this.#known.get(run.id)?.sign !== sign);
    if (!due.length) return;
    this.#asking = true;
    try {
      const found = await this.#read(due.map(([run]) => run));
      due.forEach(([run, sign], k) => this.#known.set(run.id, { sign, facts: found[k] }));
      this.emit('change');
    } catch {
      // The head of the page says when the server is away.
    } finally {
      this.#asking = false;
      this.#timer ??= setTimeout(() => this.#ask(), PAUSE_MS);
    }
  }

  async #read(runs) {
    const curves = runs.flatMap((run) => [...this.#tagsOf(run).map(({ tag }) => tag), EPOCH].map((tag) => ({ run: run.id, tag })));
    const epochs = runs.map((run) => ({ run: run.id, tag: EPOCH }));
    const ask = async (x, wanted) => collect(await askForArrays('curves', training.address, { curves: wanted, x, from: null, to: null, pixels: PIXELS, smoothing: 0, budget: BUDGET }));
    const [values, times, steps] = await Promise.all([ask('epoch', curves), ask('time', epochs), ask('step', epochs)]);
    return runs.map((run) => this.#describe(run, values, times.get(`${run.id}\n${EPOCH}`), steps.get(`${run.id}\n${EPOCH}`)));
  }

  #tagsOf(run) {
    return QUANTITIES.flatMap((quantity) => SPLITS.map((split) => ({ quantity, split, tag: this.#tags.mainOf(run, quantity, split) }))).filter(({ tag }) => tag);
  }

  #describe(run, values, times, steps) {
    const figures = {};
    for (const { quantity, split, tag } of this.#tagsOf(run)) {
      const curve = values.get(`${run.id}\n${tag}`);
      if (curve?.x.length) figures[`${quantity} ${split}`] = figureOf(curve, betterOf(tag, quantity));
    }
    const epochSeconds = slope(times, (curve, k) => curve.x[k]);
    const stepsAnEpoch = slope(steps, (curve, k) => curve.x[k]);
    const overall = run.values.steps && run.updated > run.started ? run.values.steps / (run.updated - run.started) : null;
    return { figures, epoch: times?.y.length ? times.y.at(-1) : null, epochSeconds, stepsPerSecond: epochSeconds && stepsAnEpoch ? stepsAnEpoch / epochSeconds : overall };
  }
}

function collect({ header, arrays }) {
  return new Map(header.curves.map(({ run, tag, at, count }) => [`${run}\n${tag}`, { x: arrays.slice(at, at + count), y: arrays.slice(at + count, at + 2 * count) }]));
}

/** Of all points: those that are sent hold the least and the greatest of each pixel, and the last. */
function figureOf({ x, y }, better) {
  let best = -1;
  for (let k = 0; k < y.length; k += 1) if (Number.isFinite(y[k]) && (best < 0 || (y[k] - y[best]) * better > 0)) best = k;
  return { last: y.at(-1), best: best < 0 ? NaN : y[best], bestAt: best < 0 ? NaN : x[best] };
}

/** How much of something an epoch takes, by the last few of them. */
function slope(curve, along) {
  if (!curve || curve.y.length < 2) return null;
  const last = curve.y.length - 1;
  const first = Math.max(0, last - LAST_EPOCHS);
  const epochs = curve.y[last] - curve.y[first];
  return epochs > 0 ? (along(curve, last) - along(curve, first)) / epochs : null;
}
