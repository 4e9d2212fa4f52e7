/**
 * Waveforms: a layer's activations unit by unit, as light SVG paths. A vector wider than the screen comes from the server
 * in pieces of neighbouring units: the least, the greatest and the mean value of each.
 *
 * @typedef {{low: Float32Array, high: Float32Array, mean: Float32Array}} Wave one value a piece; the same array thrice
 *   where each unit is a piece of its own
 */

export const WIDTH = 200;
export const HEIGHT = 46;

// Of the smoothing, in shares of the vector: two units of 128.
const SIGMA = 1 / 64;
const LEAST_SIGMA = 0.8;
const FEWEST_UNITS = 8;

/** @param {Float32Array} values (n * pieces) or (n * 3 * pieces) @param {number} units of a vector @returns {Wave[]} */
export function splitWaves(values, pieces, units) {
  const each = pieces === units ? pieces : 3 * pieces;
  return Array.from({ length: values.length / each }, (_, k) => {
    const part = (at) => values.subarray(k * each + at * pieces, k * each + (at + 1) * pieces);
    if (each === pieces) return { low: part(0), high: part(0), mean: part(0) };
    return { low: part(0), high: part(1), mean: part(2) };
  });
}

/** @returns {number} standard deviation of the smoothing in units; 0 where there are too few to smooth */
export const sigmaOf = (units) => (units < FEWEST_UNITS ? 0 : Math.max(LEAST_SIGMA, units * SIGMA));

/** @param {Wave} wave @param {number} units @returns {Float32Array} the means smoothed by a Gaussian, normalised at the ends */
export function smooth({ mean }, units) {
  const sigma = (sigmaOf(units) * mean.length) / units;
  if (!sigma) return mean;
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp(-0.5 * (d / sigma) ** 2));
  return mean.map((_, at) => {
    let [sum, weight] = [0, 0];
    for (let k = Math.max(0, at - reach); k <= Math.min(mean.length - 1, at + reach); k++) {
      sum += kernel[Math.abs(k - at)] * mean[k];
      weight += kernel[Math.abs(k - at)];
    }
    return sum / weight;
  });
}

/** @param {Wave[]} waves @returns {{min: number, max: number}} one scale for all, with zero on it */
export function rangeOf(waves) {
  let [min, max] = [0, 0];
  for (const { low, high } of waves) {
    for (const value of low) if (value < min) min = value;
    for (const value of high) if (value > max) max = value;
  }
  return { min, max: max > min ? max : min + 1 };
}

/** @returns {string} path through one value a piece, in a box of WIDTH x HEIGHT */
export function linePath(values, range) {
  let path = '';
  const step = WIDTH / values.length;
  for (let k = 0; k < values.length; k++) path += `${k ? 'L' : 'M'}${((k + 0.5) * step).toFixed(1)} ${height(values[k], range)}`;
  // A single unit is a line across, or it would not be seen.
  return values.length === 1 ? `M0 ${height(values[0], range)}H${WIDTH}` : path;
}

/** @param {Wave} wave @returns {string} path of all values; where several share a column, from the least to the greatest */
export function rawPath({ low, high }, range) {
  const columns = Math.min(low.length, WIDTH);
  if (low === high && low.length <= 2 * WIDTH) return linePath(low, range);
  let path = '';
  for (let column = 0; column < columns; column++) {
    const [from, to] = [column, column + 1].map((edge) => Math.floor((edge * low.length) / columns));
    let [least, greatest] = [low[from], high[from]];
    for (let k = from + 1; k < to; k++) {
      if (low[k] < least) least = low[k];
      if (high[k] > greatest) greatest = high[k];
    }
    const x = (((column + 0.5) * WIDTH) / columns).toFixed(1);
    path += `${column ? 'L' : 'M'}${x} ${height(least, range)}L${x} ${height(greatest, range)}`;
  }
  return path;
}

const height = (value, { min, max }) => (HEIGHT - 1 - ((value - min) / (max - min)) * (HEIGHT - 2)).toFixed(1);
