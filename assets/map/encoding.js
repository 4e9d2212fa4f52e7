/** What a field looks like on the map: colour, size and shape of each sample, the order of drawing, and the legend. */
import { correctness, css, heat, neutral, palette } from '../shared/colors.js';
import { orderByRank } from './order.js';
import { scaleFor } from './scales.js';
import { study } from '../shared/study.js';

/** Fourth byte of a point's style: bits 0..4 its growth in sixteenths, then the flags. */
export const GROWTH = 31;
export const DIAMOND = 32;
export const FADED = 64;

const WRONG_GROWTH = 26;
const TITLES = { label: 'label', predicted: 'prediction', correct: 'correctness' };
const NOT_FIELDS = new Set(['index', 'id']);

/** @returns {string[]} the fields that can be shown now */
export function fields() {
  const names = (study.info?.columns ?? []).map((column) => column.name).filter((name) => !NOT_FIELDS.has(name));
  return names.includes('label') ? names : ['label', ...names];
}

export const fieldTitle = (field) => TITLES[field] ?? field;

function kindOf(field) {
  if (field === 'label' || field === 'predicted') return 'category';
  return study.info?.columns?.find((column) => column.name === field)?.kind ?? 'number';
}

/**
 * @typedef {object} Encoding
 * @property {Uint8Array} style (N * 4) red, green, blue, growth and flags
 * @property {Uint32Array} order (N,) first drawn first
 * @property {object|null} legend see legend.js
 */

/**
 * @param {string} field
 * @param {Uint32Array} permuted (N,) a fair order
 * @returns {Encoding} neutral points while the column is not there
 */
export function encode(field, permuted) {
  const values = study.columns.get(field);
  if (!values) return plain(permuted);
  if (field === 'correct') return encodeCorrect(values, permuted);
  const kind = kindOf(field);
  return kind === 'number' ? encodeNumbers(field, values, permuted) : encodeClasses(field, kind, values, permuted);
}

function plain(permuted) {
  const style = new Uint8Array(permuted.length * 4);
  const [r, g, b] = neutral();
  for (let at = 0; at < style.length; at += 4) {
    style[at] = r;
    style[at + 1] = g;
    style[at + 2] = b;
  }
  return { style, order: permuted, legend: null };
}

function encodeClasses(field, kind, values, permuted) {
  const named = field === 'label' || field === 'predicted';
  const counts = count(values, named ? study.info.class_names.length : 0);
  const colors = palette(counts.length);
  const label = (value) => (named ? study.className(value) : kind === 'boolean' ? ['no', 'yes'][value] : String(value));
  const entries = counts.map((amount, value) => ({ value, label: label(value), color: css(colors[value]), shape: 'disc', count: amount }));
  return {
    style: paint(values, (value) => colors[value] ?? neutral(), () => 0),
    order: permuted,
    legend: { kind: 'classes', field, entries },
  };
}

function encodeCorrect(values, permuted) {
  const colors = correctness();
  const counts = count(values, 2);
  const entries = [1, 0].map((value) => ({
    value,
    label: value ? 'correct' : 'wrong',
    color: css(colors[value]),
    shape: value ? 'disc' : 'diamond',
    count: counts[value],
  }));
  return {
    style: paint(values, (value) => colors[value], (value) => (value ? 0 : WRONG_GROWTH | DIAMOND)),
    order: orderByRank(Uint16Array.from(values, (value) => 1 - value), permuted),
    legend: { kind: 'classes', field: 'correct', entries },
  };
}

function encodeNumbers(field, values, permuted) {
  const scale = scaleFor(field, values);
  // A thousand steps of colour are more than an eye can tell, and save a million calls.
  const table = Array.from({ length: 1001 }, (_, k) => heat(scale.tint(k / 1000)));
  const growth = Uint8Array.from(table, (_, k) => Math.round(16 * scale.weight(k / 1000)));
  const step = (value) => Math.round(1000 * scale.place(value)) || 0;
  // By the place and not the weight, which is none for every small loss.
  const rising = scale.tint(1) >= scale.tint(0);
  const rank = Uint16Array.from(values, (value) => 65535 * (rising ? scale.place(value) : 1 - scale.place(value)) || 0);
  const stops = Array.from({ length: 25 }, (_, k) => css(heat(scale.tint(k / 24))));
  return {
    style: paint(values, (value) => table[step(value)], (value) => growth[step(value)]),
    order: orderByRank(rank, permuted),
    legend: { kind: 'scale', field, stops, ticks: scale.ticks, unit: field === 'loss' || field === 'entropy' ? 'nats' : '' },
  };
}

function paint(values, colorOf, flagsOf) {
  const style = new Uint8Array(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const color = colorOf(values[i]);
    style[4 * i] = color[0];
    style[4 * i + 1] = color[1];
    style[4 * i + 2] = color[2];
    style[4 * i + 3] = flagsOf(values[i]);
  }
  return style;
}

/** @returns {number[]} how often each class occurs, at least `least` of them */
function count(values, least) {
  const counts = new Array(least).fill(0);
  for (const value of values) {
    while (counts.length <= value) counts.push(0);
    counts[value]++;
  }
  return counts;
}

// A handful among thousands must be found at a glance; of many, none needs to be larger than it is.
const FEW = 0.05;
const SELECTED_GROWTH = 14;

/**
 * @param {Uint8Array} style (N * 4) @param {Uint8Array|null} selection (N,)
 * @returns {Uint8Array} (N * 4) with the rest faded, and the selected ones larger where they are few
 */
export function encodeSelection(style, selection) {
  if (!selection) return style;
  const result = style.slice();
  let count = 0;
  for (let i = 0; i < selection.length; i++) {
    if (selection[i]) count++;
    else result[4 * i + 3] |= FADED;
  }
  if (count > FEW * selection.length) return result;
  for (let i = 0; i < selection.length; i++) {
    const flags = style[4 * i + 3];
    if (selection[i] && (flags & GROWTH) < SELECTED_GROWTH) result[4 * i + 3] = (flags & ~GROWTH) | SELECTED_GROWTH;
  }
  return result;
}
