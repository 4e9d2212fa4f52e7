/** What a field looks like on the map: colour, size and shape of each sample, the order of drawing, and the legend. */
import { absent, correctness, css, heat, neutral, palette } from '../shared/colors.js';
import { orderByRank } from './order.js';
import { scaleFor } from './scales.js';
import { study } from '../shared/study.js';

/** Fourth byte of a point's style: bits 0..4 its growth in sixteenths, then the flags. */
export const GROWTH = 31;
export const DIAMOND = 32;
export const FADED = 64;

const WRONG_GROWTH = 26;
/** In place of a class's number where there is none. */
const NONE = -1;
const TITLES = { predicted: 'prediction', correct: 'correctness' };
const NOT_FIELDS = new Set(['index', 'id']);

/** @returns {string[]} the fields that can be shown now */
export function fields() {
  const names = (study.info?.columns ?? []).map((column) => column.name).filter((name) => !NOT_FIELDS.has(name));
  return names.includes('label') || !study.labelled ? names : ['label', ...names];
}

export const fieldTitle = (field) => TITLES[field] ?? field;

const describedAs = (field) => study.info?.columns?.find((column) => column.name === field);

function kindOf(field) {
  if (field === 'label' || field === 'predicted') return 'category';
  return describedAs(field)?.kind ?? 'number';
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
 * @param {Float32Array|Int32Array|Uint8Array|undefined} [values] (N,) of the field, where it is not the study's own column
 * @param {Float32Array} [range] numbers whose scale these are to have, so that several such maps can be compared
 * @returns {Encoding} neutral points while the column is not there
 */
export function encode(field, permuted, values = study.columns.get(field), range = values) {
  if (!values) return plain(permuted);
  if (field === 'correct') return encodeCorrect(values, permuted);
  const kind = kindOf(field);
  return kind === 'number' ? encodeNumbers(field, values, permuted, range) : encodeClasses(field, kind, values, permuted);
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

/** Names of a field's classes, by number. */
function namesOf(field, kind) {
  if (kind === 'boolean') return ['no', 'yes'];
  return kind === 'words' ? describedAs(field).names : study.info.class_names;
}

/** Classes, by their colours; what is in none is grey and lies below the others. */
function encodeClasses(field, kind, values, permuted) {
  const names = namesOf(field, kind);
  const counts = count(values, names.length);
  const colors = palette(counts.length);
  const grey = absent();
  const entry = (value, label, color, amount) => ({ value, label, color: css(color), shape: 'disc', count: amount });
  const entries = counts.map((amount, value) => entry(value, (names[value] ?? String(value)) || '(empty)', colors[value], amount));
  const without = values.length - counts.reduce((sum, amount) => sum + amount, 0);
  if (without) entries.push(entry(NONE, kind === 'category' ? study.className(NONE) : 'none', grey, without));
  return {
    style: paint(values, (value) => colors[value] ?? grey, () => 0),
    order: without ? orderByRank(Uint16Array.from(values, (value) => (value < 0 ? 0 : 1)), permuted) : permuted,
    legend: { kind: 'classes', field, entries },
  };
}

function encodeCorrect(values, permuted) {
  // Wrong, right, and what has no label: neither.
  const colors = [...correctness(), absent()];
  const counts = count(values, 3);
  const entries = (counts[2] ? [1, 0, 2] : [1, 0]).map((value) => ({
    value,
    label: ['wrong', 'correct', study.className(NONE)][value],
    color: css(colors[value]),
    shape: value ? 'disc' : 'diamond',
    count: counts[value],
  }));
  return {
    style: paint(values, (value) => colors[value], (value) => (value ? 0 : WRONG_GROWTH | DIAMOND)),
    order: orderByRank(Uint16Array.from(values, (value) => 2 - value), permuted),
    legend: { kind: 'classes', field: 'correct', entries },
  };
}

function encodeNumbers(field, values, permuted, range) {
  const scale = scaleFor(field, range);
  // A thousand steps of colour are more than an eye can tell, and save a million calls.
  const table = Array.from({ length: 1001 }, (_, k) => heat(scale.tint(k / 1000)));
  const growth = Uint8Array.from(table, (_, k) => Math.round(16 * scale.weight(k / 1000)));
  const step = (value) => Math.round(1000 * scale.place(value)) || 0;
  // What is not known recedes, and lies below the rest.
  const unknown = field === 'loss' ? heat(0) : neutral();
  // By the place and not the weight, which is none for every small loss.
  const rising = scale.tint(1) >= scale.tint(0);
  const rank = Uint16Array.from(values, (value) => 65535 * (rising ? scale.place(value) : 1 - scale.place(value)) || 0);
  const stops = Array.from({ length: 25 }, (_, k) => css(heat(scale.tint(k / 24))));
  return {
    style: paint(values, (value) => (Number.isNaN(value) ? unknown : table[step(value)]), (value) => (Number.isNaN(value) ? 0 : growth[step(value)])),
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

/** @returns {number[]} how often each class occurs, at least `least` of them; what is in none is not counted */
function count(values, least) {
  const counts = new Array(least).fill(0);
  for (const value of values) {
    if (value < 0) continue;
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
