/** What the server tells of precision-recall curves, as points to draw, and how their numbers are written. */

const PLACES = 4;

/**
 * One place of a curve: all thresholds that call the same samples positive.
 * @typedef {{low: number, high: number, tp: number, fp: number, tn: number, fn: number, recall: number, precision: number}} Point
 *   thresholds from `low` to `high`
 * @typedef {{id: string, step: number, area: number|null, points: Point[], positives: number, samples: number}} Curve
 *   area: the average precision, of all thresholds; points from the strictest threshold that calls anything positive to the most lenient
 */

/** @param {object} answer of api/training/pr @returns {{total: number, curves: Curve[], steps: number[]}} */
export function readCurves({ total, thresholds, curves }) {
  const read = curves.map((curve) => readCurve(curve, thresholds[curve.thresholds]));
  return { total, curves: read, steps: read.map(({ step }) => step) };
}

function readCurve({ id, step, average_precision: area, tp, fp, tn, fn }, thresholds) {
  const points = [];
  for (let k = thresholds.length - 1; k >= 0; k--) {
    const last = points.at(-1);
    if (last && last.tp === tp[k] && last.fp === fp[k]) last.low = thresholds[k];
    else points.push({ low: thresholds[k], high: thresholds[k], tp: tp[k], fp: fp[k], tn: tn[k], fn: fn[k], recall: tp[k] / (tp[k] + fn[k]), precision: tp[k] / (tp[k] + fp[k]) });
  }
  const [{ tp: hits, fp: alarms, tn: passed, fn: misses }] = [points.at(-1) ?? { tp: 0, fp: 0, tn: 0, fn: 0 }];
  // Where nothing is called positive there is no precision, and without a positive no recall.
  const drawn = points.filter(({ recall, precision }) => Number.isFinite(recall) && Number.isFinite(precision));
  return { id, step, area, points: drawn, positives: hits + misses, samples: hits + alarms + passed + misses };
}

/** @param {number|null} share 0..1 @returns {string} "0.9986"; what is not quite 1 never reads as 1 */
export function shareText(share) {
  if (share === null) return '–';
  if (share === 0 || share === 1) return String(share);
  const unit = 10 ** PLACES;
  return (Math.min(unit - 1, Math.max(1, Math.round(share * unit))) / unit).toFixed(PLACES);
}

/** @returns {string} a count of samples, or the sum of their weights */
export const countText = (count) => count.toLocaleString('en', { maximumFractionDigits: 2 });

/** @param {Point} point @returns {string} */
export function thresholdText({ low, high }) {
  const text = (value) => String(Number(value.toPrecision(4)));
  return low === high ? `threshold ${text(low)}` : `thresholds ${text(low)} to ${text(high)}`;
}
