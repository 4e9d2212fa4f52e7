/** Numbers as the tabs write them. */

/** @returns {string} 1,200 */
export const whole = (value) => Math.round(value).toLocaleString('en');

/** @param {number} value @param {number} [digits] @returns {string} short, and never 0 for what is not: 0.0123, −4, 1.2e-7 */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value).replace('-', '−');
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(digits - 1).replace('e+', 'e').replace(/-/g, '−');
  return Number(value.toPrecision(digits)).toLocaleString('en', { maximumFractionDigits: 10 }).replace('-', '−');
}

/** @param {number} step @param {number|null} epoch @returns {string} where a run has arrived: step 1,200, epoch 3 */
export function at(step, epoch) {
  return epoch === null ? `step ${whole(step)}` : `step ${whole(step)}, epoch ${short(epoch)}`;
}
