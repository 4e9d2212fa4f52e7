/** Which recorded maps a moment lies between; of several runs, by their epochs where all have them. */
import { short, whole } from '../media/numbers.js';
import { nearestBefore } from '../media/steps.js';

/**
 * @typedef {{id: string, step: number, time: number, epoch: number|null, width: number, height: number}} MapInfo
 * @typedef {{from: MapInfo, to: MapInfo|null, share: number}} Moment between two maps; alone where `to` is null
 */

/** @param {MapInfo[][]} lists of each run @returns {'epoch'|'step'} what the slider counts */
export function unitOf(lists) {
  return lists.flat().every(({ epoch }) => epoch !== null) ? 'epoch' : 'step';
}

/** @param {MapInfo[]} maps @param {'epoch'|'step'} unit @returns {MapInfo[]} in the order in which they are played */
export function inOrder(maps, unit) {
  return [...maps].sort((a, b) => a[unit] - b[unit] || a.step - b.step);
}

/** @param {MapInfo[][]} lists @param {'epoch'|'step'} unit @returns {number[]} the notches of the slider, rising */
export function notchesOf(lists, unit) {
  return [...new Set(lists.flat().map((map) => map[unit]))].sort((a, b) => a - b);
}

/**
 * @param {MapInfo[]} maps in order @param {'epoch'|'step'} unit @param {number} value of the slider
 * @param {boolean} between whether there is anything between two maps
 * @returns {Moment|null} null before the first map
 */
export function momentAt(maps, unit, value, between) {
  const at = nearestBefore(
    maps.map((map) => map[unit]),
    value,
  );
  if (at < 0) return null;
  const [from, to] = [maps[at], maps[at + 1] ?? null];
  const share = to && between ? (value - from[unit]) / (to[unit] - from[unit]) : 0;
  return share > 0 ? { from, to, share } : { from, to: null, share: 0 };
}

/** @param {'epoch'|'step'} unit @param {number} value @returns {string} epoch 3; epoch 3.25 */
export function sayMoment(unit, value) {
  const isWhole = Number.isInteger(value) || unit === 'step';
  return `${unit} ${isWhole ? whole(value) : short(Number(value.toFixed(2)), 7)}`;
}
