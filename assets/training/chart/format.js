/** Numbers as charts write them. */

/** @returns {string} a value of a curve, to four places that count */
export function formatValue(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value === 'inf' ? '∞' : value === '-inf' ? '−∞' : value;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return sign(value.toExponential(3).replace(/\.?0+e/, 'e'));
  if (size < 10) return sign(value.toFixed(4));
  return sign(size >= 1000 && Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(5))));
}

const sign = (text) => text.replace(/^-/, '−').replace('e-', 'e−').replace('e+', 'e');

/** @param {number} seconds @returns {string} "48 s", "3 min 20 s", "5 h 10 min", "2 d 3 h" */
export function formatSpan(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const two = (large, a, small, b) => (small ? `${large} ${a} ${small} ${b}` : `${large} ${a}`);
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86400), 'd', Math.floor((whole % 86400) / 3600), 'h');
}

/** @param {number} seconds since 1970 */
export function formatClock(seconds) {
  const options = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false };
  return new Date(seconds * 1000).toLocaleString('en', options);
}

/** @param {import('./settings.js').XAxis} axis @returns {string} a place on the x axis, with its unit */
export function formatX(axis, value) {
  if (axis === 'step') return `step ${Math.round(value).toLocaleString('en')}`;
  if (axis === 'epoch') return `epoch ${Number(value.toFixed(2))}`;
  return axis === 'time' ? formatSpan(value) : formatClock(value);
}

const RISING = /acc|auc|f1|precision|recall|score|r2|iou|bleu|dice|top_?\d|reward|return|snr/i;
const FALLING = /loss|error|entropy|perplexity|ms[el]e?\b|mae|rmse|\bfid\b|nll|divergence/i;

/** @returns {1|-1|0} whether more is better, or less, or nobody knows */
export function betterOf(tag, quantity) {
  if (quantity === 'accuracy') return 1;
  if (quantity === 'cross-entropy' || quantity === 'loss') return -1;
  if (FALLING.test(tag)) return -1;
  return RISING.test(tag) ? 1 : 0;
}
