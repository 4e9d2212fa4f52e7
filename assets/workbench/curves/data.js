/** What the server tells of the curves, and how its numbers are written. */
import { shortNumber } from '../../map/scales.js';
import { ask } from '../../shared/ask.js';

/** Numbers of the lines that are of no class. */
export const MICRO = -1;
export const MACRO = -2;

const PLACES = 4;

/**
 * @typedef {object} Line columns (n) each, from the strictest threshold to the most lenient
 * @property {Float64Array} thresholds NaN where none is worth having
 * @property {Float64Array} rate false positives @property {Float64Array} hits true positive rate
 * @property {Float64Array} recall @property {Float64Array} precision
 */

/** @returns {Promise<{state: string, message: string, fraction: number, figures: object|null}>} */
export const fetchFigures = async () => (await ask('api/curves')).json();

/** @param {number} [number] a class of which no curve is drawn yet @returns {Promise<Map<number, Line>>} by class */
export async function fetchLines(number) {
  const response = await ask('api/curves/lines', number === undefined ? {} : { query: { class: number } });
  const values = new Float64Array(await response.arrayBuffer());
  const lines = new Map();
  let start = 0;
  for (const [line, count] of JSON.parse(response.headers.get('X-Lines'))) {
    const column = (k) => Float64Array.from({ length: count }, (_, at) => values[5 * (start + at) + k]);
    lines.set(line, { thresholds: column(0), rate: column(1), hits: column(2), recall: column(3), precision: column(4) });
    start += count;
  }
  return lines;
}

/** @param {number} number @param {string} at the threshold as text @param {AbortSignal} signal */
export const fetchOutcome = async (number, at, signal) => (await ask('api/curves/threshold', { query: { class: number, at }, signal })).json();

/** @returns {Promise<{error: number|null, bins: object[]}>} the reliability of one class's probability */
export const fetchReliability = async (number) => (await ask('api/curves/reliability', { query: { class: number } })).json();

/** @param {number|null|undefined} share 0..1 @returns {string} "0.9986"; what is not quite one never reads as one */
export function shareText(share) {
  if (share === null || share === undefined) return '–';
  if (share === 1 || share === 0) return String(share);
  const unit = 10 ** PLACES;
  return (Math.min(unit - 1, Math.max(1, Math.round(share * unit))) / unit).toFixed(PLACES);
}

/** @param {number|'Infinity'|null} loss nats */
export function lossText(loss) {
  if (loss === null) return '–';
  if (loss === 'Infinity') return '∞';
  return loss >= 0.001 && loss < 1000 ? loss.toFixed(3) : shortNumber(Number(loss.toPrecision(3)));
}

/** @param {number|null} share 0..1 @returns {string} "0.42 %" */
export const percentText = (share) => (share === null ? '–' : `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`);

export const countText = (count) => count.toLocaleString('en');
export const imagesText = (count) => `${countText(count)} ${count === 1 ? 'image' : 'images'}`;
