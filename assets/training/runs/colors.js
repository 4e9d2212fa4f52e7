/**
 * The colours of runs: each its own, by age; or by a column: one colour a value, or a ramp from small to large where a
 * number takes many values. A run or value that has a colour keeps it as long as the page is open.
 */
import { css, isDark, neutral, palette } from '../../shared/colors.js';

// More values of a number than this are a ramp; results are one always.
const MOST_KINDS = 8;
// From small to large, dark enough on white and light enough on black.
const RAMP = {
  light: ['#3b4cc0', '#2f7fbf', '#1d9a8a', '#6a9f2b', '#d08a12', '#d1492e', '#8e1446'],
  dark: ['#8ea2ff', '#5fb2ee', '#45cdb4', '#a5cf55', '#f2bd4b', '#ff8566', '#ff6fa3'],
};

export class Colors {
  #ages = new Map();
  #kinds = new Map();
  #ramps = new Map();

  /** Learns of runs and values that are new. @param {import('../state.js').Training} training */
  learn({ runs, columns, group }) {
    for (let k = runs.length - 1; k >= 0; k--) if (!this.#ages.has(runs[k].id)) this.#ages.set(runs[k].id, this.#ages.size);
    if (group === null) return;
    const values = runs.map((run) => run.values[group]).filter(isThere);
    const column = columns.find(({ name }) => name === group);
    const most = column?.source === 'last' || column?.source === 'best' ? 1 : MOST_KINDS;
    const ramp = column?.kind === 'number' && new Set(values).size > most ? makeRamp(values) : null;
    this.#ramps.set(group, ramp);
    // What is still training takes another value every second: those are no kinds to be kept.
    if (!ramp) this.#learnKinds(group, values);
  }

  #learnKinds(group, values) {
    const known = this.#kinds.get(group) ?? new Map();
    const fresh = [...new Set(values)].filter((value) => !known.has(String(value)));
    const order = fresh.every((value) => typeof value === 'number') ? (a, b) => a - b : (a, b) => String(a).localeCompare(String(b), undefined, { numeric: true });
    for (const value of fresh.sort(order)) known.set(String(value), known.size);
    this.#kinds.set(group, known);
  }

  /** @param {import('../state.js').Run} run @param {string|null} group a column's name @returns {string} a CSS colour */
  of(run, group) {
    if (group === null) return nth(this.#ages.get(run.id) ?? 0);
    const value = run.values[group];
    if (!isThere(value)) return css(neutral());
    const ramp = this.#ramps.get(group);
    if (ramp) return rampColor(ramp.place(Number(value)));
    return nth(this.#kinds.get(group)?.get(String(value)) ?? 0);
  }

  /** @returns {{low: number, high: number, logarithmic: boolean, place: (value: number) => number}|null} where the column is a ramp */
  ramp(group) {
    return this.#ramps.get(group) ?? null;
  }
}

const isThere = (value) => value !== null && value !== undefined && value !== '';

const colors = [];

function nth(place) {
  if (place >= colors.length) colors.splice(0, colors.length, ...palette(2 * place + 16).map(css));
  return colors[place];
}

/** By size, or by order of magnitude where the values span more than two of them. */
function makeRamp(values) {
  const finite = values.filter((value) => typeof value === 'number' && Number.isFinite(value));
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const logarithmic = isLogarithmic(finite);
  const scale = logarithmic ? Math.log : (value) => value;
  const width = scale(high) - scale(low) || 1;
  const place = (value) => Math.min(1, Math.max(0, (scale(value) - scale(low)) / width));
  return { low, high, logarithmic, place };
}

/** @param {number[]} values @returns {boolean} whether they are told apart better by their order of magnitude */
export function isLogarithmic(values) {
  let [low, high] = [Infinity, 0];
  for (const value of values) {
    if (!(value > 0) || value === Infinity) return false;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high / low > 50;
}

/** @param {number} at 0..1 @returns {string} a CSS colour */
export function rampColor(at) {
  const stops = RAMP[isDark() ? 'dark' : 'light'].map((hex) => [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16)));
  const place = Math.min(0.999999, Math.max(0, Number.isFinite(at) ? at : 0)) * (stops.length - 1);
  const k = Math.floor(place);
  return css(stops[k].map((from, i) => Math.round(from + (stops[k + 1][i] - from) * (place - k))));
}

/** @returns {[number, string][]} the ramp for Plotly */
export const rampScale = () => RAMP[isDark() ? 'dark' : 'light'].map((color, k, all) => [k / (all.length - 1), color]);
