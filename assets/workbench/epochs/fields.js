/** By what the map of an epoch can be coloured: what the epoch's own network says, and what became of each sample. */
import { encode, GROWTH } from '../../map/encoding.js';
import { fairOrder } from '../../map/order.js';
import { make } from '../../shared/dom.js';
import { study } from '../../shared/study.js';

const HERE = 'as it was at the epoch';
const AFTER = 'over the whole training';

/** Fields that the network of each epoch has values of its own for. */
const OF_EPOCH = ['correct', 'loss', 'predicted', 'confidence'];
const RANGE_SAMPLE = 20000;
const MOSTLY_RIGHT = 0.95;
const SMALL_GROWTH = 7;

/** What the table's columns are called in a select. */
const TITLES = {
  predicted: 'prediction',
  correct: 'correctness',
  learned: 'epoch learned',
  forgotten: 'times forgotten',
  never_learned: 'never learned',
};

/** @returns {{value: string, label: string, group?: string}[]} those that there are */
export function fieldOptions() {
  const option = (value, group) => ({ value, label: `by ${TITLES[value] ?? value}`, group });
  const here = OF_EPOCH.filter((name) => study.isKnown(name) || study.info?.columns?.some((column) => column.name === name));
  const after = ['learned', 'forgotten', 'never_learned'].filter((name) => study.isKnown(name));
  const first = study.labelled ? [option('label')] : [];
  return [...first, ...here.map((name) => option(name, HERE)), ...after.map((name) => option(name, AFTER))];
}

export const isOfEpoch = (field) => OF_EPOCH.includes(field);

/** The scale of a field that changes from epoch to epoch, the same for all of them. */
export class Ranges {
  #history;
  #known = new Map();

  /** @param {import('./history.js').History} history */
  constructor(history) {
    this.#history = history;
  }

  /** @returns {Promise<Float32Array|undefined>} a fair sample of the field at the first, the middle and the last epoch */
  get(field) {
    if (field !== 'loss' && field !== 'confidence') return Promise.resolve(undefined);
    const last = this.#history.epochs.length - 1;
    const key = `${field}|${last}`;
    if (!this.#known.has(key)) {
      const range = this.#load(field, last);
      this.#known.set(key, range);
      // Asked for again: each epoch would have a scale of its own.
      range.catch(() => this.#known.delete(key));
    }
    return this.#known.get(key);
  }

  async #load(field, last) {
    const columns = await Promise.all([0, last >> 1, last].map((position) => this.#history.column(field, position)));
    const step = Math.max(1, Math.floor((3 * study.n) / RANGE_SAMPLE));
    const taken = columns.map((values) => values.filter((_, i) => i % step === 0));
    return Float32Array.from(taken.flatMap((values) => [...values]));
  }
}

/**
 * @param {string} field
 * @param {Float32Array|Int32Array|Uint8Array|undefined} values (N,) at the epoch
 * @param {Float32Array|undefined} range see Ranges
 * @param {import('./history.js').Epoch[]} epochs
 * @returns {import('../../map/encoding.js').Encoding}
 */
export function encodeEpoch(field, values, range, epochs) {
  const order = fairOrder(study.n);
  if (isOfEpoch(field) && !values) return encode('', order);
  if (field === 'correct') return calm(encode(field, order, values), epochs);
  if (isOfEpoch(field)) return encode(field, order, values, range);
  if (field === 'learned') return encodeLearned(order, epochs);
  return field === 'forgotten' ? inWhole(encode(field, order)) : encode(field, order);
}

/** Where most images were wrong once, those that are need not be large to be found. */
function calm(encoding, epochs) {
  const least = Math.min(...epochs.map(({ accuracy }) => accuracy ?? 1));
  if (least > MOSTLY_RIGHT) return encoding;
  const { style } = encoding;
  for (let at = 3; at < style.length; at += 4) style[at] = (style[at] & ~GROWTH) | Math.min(style[at] & GROWTH, SMALL_GROWTH);
  return encoding;
}

/** Times are counted in whole numbers. */
function inWhole(encoding) {
  const { legend } = encoding;
  if (!legend) return encoding;
  const ticks = legend.ticks.filter(({ label }) => Number.isInteger(Number(label)));
  return { ...encoding, legend: { ...legend, ticks } };
}

/** What is wrong at the end comes after the last epoch, and stands out most. */
function encodeLearned(order, epochs) {
  const learned = study.columns.get('learned');
  if (!learned) return encode('', order);
  const [first, last] = [epochs[0].epoch, epochs.at(-1).epoch];
  const never = last + Math.max(1, 0.15 * (last - first));
  const values = learned.map((epoch) => (Number.isNaN(epoch) ? never : epoch));
  const encoding = encode('learned', order, values, Float32Array.of(first, never));
  const place = (epoch) => (epoch - first) / (never - first);
  const middle = Math.round((first + last) / 2);
  const between = middle > first && middle < last ? [{ at: place(middle), label: String(middle) }] : [];
  const ticks = [{ at: 0, label: `epoch ${first}` }, ...between, { at: 1, label: 'wrong at the end' }];
  return { ...encoding, legend: { ...encoding.legend, ticks } };
}

/**
 * Classes in an epoch's own legend: only seen, as hiding classes is about what the network says at the end.
 * @returns {HTMLElement}
 */
export function plainLegend({ entries }) {
  const marks = entries.map(({ label, color, shape, count }) => {
    const mark = make('i', { class: `map-mark map-mark-${shape}` });
    mark.style.background = color;
    return make('span', { class: 'epochs-mark', title: `${label}: ${count.toLocaleString('en')} images` }, [mark, label]);
  });
  return make('div', { class: 'map-legend' }, marks);
}
