/** Finding the curve under the pointer: our own search, as the curves are our own drawing. */
import { lowerBound } from './scale.js';

/**
 * @typedef {{x: Float64Array, y: Float64Array}} Drawn
 * @param {Drawn[]} curves @param {import('./scale.js').Scale} scale @param {number} px @param {number} py @param {number} reach in the same pixels
 * @returns {{curve: number, distance: number}|null} index of the curve that passes nearest, if one is within reach
 */
export function nearestCurve(curves, scale, px, py, reach) {
  const [left, right] = [scale.xAt(px - reach), scale.xAt(px + reach)];
  let best = null;
  for (let c = 0; c < curves.length; c += 1) {
    const { x, y } = curves[c];
    const from = Math.max(0, lowerBound(x, left) - 1);
    const to = Math.min(x.length - 1, lowerBound(x, right));
    let [lastX, lastY] = [NaN, NaN];
    for (let k = from; k <= to; k += 1) {
      const [toX, toY] = [scale.px(x[k]), scale.py(y[k])];
      const distance = Number.isNaN(lastY) ? Math.hypot(toX - px, toY - py) : toSegment(px, py, lastX, lastY, toX, toY);
      if (distance <= reach && (!best || distance < best.distance)) best = { curve: c, distance };
      [lastX, lastY] = [toX, Number.isFinite(toY) ? toY : NaN];
    }
  }
  return best;
}

function toSegment(px, py, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/** @returns {number} index of the point that is nearest along x, by the pixels of the axis; -1 for an empty curve */
export function nearestPoint(x, scale, px) {
  if (!x.length) return -1;
  const k = Math.min(x.length - 1, lowerBound(x, scale.xAt(px)));
  return k > 0 && Math.abs(scale.px(x[k - 1]) - px) <= Math.abs(scale.px(x[k]) - px) ? k - 1 : k;
}
