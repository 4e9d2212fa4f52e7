/** What can be computed from a histogram: shapes that can be compared, percentiles, the same bins for all steps. */

/**
 * @typedef {{id: string, step: number, time: number, edges: number[], counts: number[]}} Histogram
 *   edges rise, one more than counts
 */

// A ridge this much taller than the usual one is cut: biases that start at 0 would flatten all that follow.
const OUTLIER = 3;

/** @returns {number} how many values a histogram counted */
export const total = ({ counts }) => counts.reduce((sum, count) => sum + count, 0);

/** @param {Histogram} histogram @returns {number[]} the share of the values in each bin, for a unit of its width */
export function densities({ edges, counts }) {
  const sum = counts.reduce((all, count) => all + count, 0) || 1;
  return counts.map((count, k) => (count ? count / sum / (edges[k + 1] - edges[k] || Number.EPSILON) : 0));
}

/** @param {Histogram[]} histograms @returns {[number, number]|null} where there are values at any step; null where nowhere */
export function span(histograms) {
  let [low, high] = [Infinity, -Infinity];
  for (const { edges, counts } of histograms) {
    const first = counts.findIndex((count) => count > 0);
    if (first < 0) continue;
    const last = counts.findLastIndex((count) => count > 0);
    if (Number.isFinite(edges[first])) low = Math.min(low, edges[first]);
    if (Number.isFinite(edges[last + 1])) high = Math.max(high, edges[last + 1]);
  }
  if (!(high >= low)) return null;
  const margin = (high - low) * 0.02 || Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

/** @param {([number, number]|null)[]} spans @returns {[number, number]|null} */
export function unite(spans) {
  const there = spans.filter(Boolean);
  return there.length ? [Math.min(...there.map(([low]) => low)), Math.max(...there.map(([, high]) => high))] : null;
}

/** @param {number[]} peaks one a step @returns {number} what the whole height stands for: the tallest, unless it is far from the others */
export function commonPeak(peaks) {
  const sorted = peaks.filter((peak) => peak > 0 && Number.isFinite(peak)).sort((a, b) => a - b);
  if (!sorted.length) return 1;
  return Math.min(sorted.at(-1), OUTLIER * sorted[Math.floor(sorted.length / 2)]);
}

/** @param {Histogram} histogram @param {number} share 0..1 @returns {number|null} below it lies that share, values spread evenly in their bin */
export function percentile({ edges, counts }, share) {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] && before + counts[k] >= wanted) return edges[k] + ((edges[k + 1] - edges[k]) * (wanted - before)) / counts[k];
    before += counts[k];
  }
  return null;
}

/**
 * @param {Histogram} histogram @param {[number, number]} range @param {number} bins equally wide
 * @returns {Float64Array} (bins,) share of the values in each, those of a bin spread evenly over it
 */
export function rebin({ edges, counts }, [low, high], bins) {
  const shares = new Float64Array(bins);
  const sum = counts.reduce((all, count) => all + count, 0) || 1;
  const width = (high - low) / bins;
  const clamp = (place) => Math.max(0, Math.min(bins, place));
  for (let k = 0; k < counts.length; k++) {
    if (!counts[k]) continue;
    const [from, to] = [clamp((edges[k] - low) / width), clamp((edges[k + 1] - low) / width)];
    if (to === from) {
      if (edges[k] >= low && edges[k + 1] <= high) shares[Math.min(bins - 1, Math.floor(from))] += counts[k] / sum;
      continue;
    }
    const whole = (edges[k + 1] - edges[k]) / width;
    for (let bin = Math.floor(from); bin < to; bin++) {
      shares[bin] += ((Math.min(to, bin + 1) - Math.max(from, bin)) / whole) * (counts[k] / sum);
    }
  }
  return shares;
}

/** @returns {number} the bin that holds a value; -1 where none does */
export function binAt({ edges, counts }, value) {
  if (!(value >= edges[0] && value <= edges.at(-1))) return -1;
  let [low, high] = [0, counts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @returns {number[]} about `count` round numbers within a range, both ends in */
export function ticks([low, high], count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}
