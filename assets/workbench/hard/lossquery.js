/** The queries that the histogram of the loss writes, and reads back to show what is selected. */

const NUMBER = '(\\d+(?:\\.\\d*)?(?:e[+-]?\\d+)?)';
const BETWEEN = new RegExp(`^${NUMBER} <= loss <=? ${NUMBER}$`);
const FROM = new RegExp(`^loss >=? ${NUMBER}$`);
const TO = new RegExp(`^loss <=? ${NUMBER}$`);

/**
 * @typedef {object} LossRange
 * @property {string|null} from a number as it is written, this loss included; null without a lower bound
 * @property {string|null} to a number as it is written, this loss left out; null without an upper bound
 * @property {boolean|null} correct only the right ones, only the wrong ones, or null for both
 */

/** @param {LossRange} range @returns {string} '' for all samples */
export function formatLossQuery({ from, to, correct }) {
  const parts = [];
  if (from !== null && to !== null) parts.push(`${from} <= loss < ${to}`);
  else if (from !== null) parts.push(`loss >= ${from}`);
  else if (to !== null) parts.push(`loss < ${to}`);
  if (correct !== null) parts.push(correct ? 'correct' : 'not correct');
  return parts.join(' and ');
}

/** @param {string} query @returns {LossRange|null} null when it says something else */
export function parseLossQuery(query) {
  const range = { from: null, to: null, correct: null };
  if (!query) return range;
  const parts = query.split(' and ');
  const last = parts[parts.length - 1];
  if (last === 'correct' || last === 'not correct') {
    range.correct = last === 'correct';
    parts.pop();
  }
  if (parts.length > 1) return null;
  if (parts.length === 0) return range;
  const between = parts[0].match(BETWEEN);
  range.from = between?.[1] ?? parts[0].match(FROM)?.[1] ?? null;
  range.to = between?.[2] ?? parts[0].match(TO)?.[1] ?? null;
  return range.from === null && range.to === null ? null : range;
}
