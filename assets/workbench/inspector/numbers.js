/** Numbers as a person reads them, in the words of views/text.py. */

/** @param {number} fraction 0..1 @returns {string} "98.6 %"; never rounded up to 100 nor down to 0, which would say more */
export function percent(fraction) {
  const value = 100 * fraction;
  if (value >= 99.95 && value < 100) return '> 99.9 %';
  if (value > 0 && value < 0.05) return '< 0.1 %';
  return `${value.toFixed(1)} %`;
}

/** @param {number} value not negative @returns {string} "6.903"; a small one as "< 0.001", never as plain zero */
export function decimal(value) {
  if (Number.isNaN(value)) return 'unknown';
  if (value === Infinity) return '∞';
  return value > 0 && value < 0.0005 ? '< 0.001' : value.toFixed(3);
}

/** (1, "unit") -> "1 unit"; (4096, "unit") -> "4,096 units" */
export const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
