/**
 * Layouts made comparable: centred, at unit size, and turned or mirrored to lie as the one before did, so that a
 * morph shows what moved and not a needless spin.
 */

const SAMPLE = 20000;

/**
 * @param {Float32Array} points (N * 2)
 * @returns {[number, number, number]} their mean, and the scale that makes their root mean square radius one
 */
function moments(points) {
  const n = points.length / 2;
  let mx = 0;
  let my = 0;
  for (let i = 0; i < points.length; i += 2) {
    mx += points[i];
    my += points[i + 1];
  }
  mx /= n || 1;
  my /= n || 1;
  let square = 0;
  for (let i = 0; i < points.length; i += 2) square += (points[i] - mx) ** 2 + (points[i + 1] - my) ** 2;
  return [mx, my, square > 0 ? Math.sqrt(n / square) : 1];
}

/** @param {Float32Array} points (N * 2) @returns {Float32Array} (N * 2) mean zero, root mean square radius one */
export function normalise(points) {
  const [mx, my, scale] = moments(points);
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    result[i] = (points[i] - mx) * scale;
    result[i + 1] = (points[i + 1] - my) * scale;
  }
  return result;
}

/**
 * The rotation or reflection that brings `points` nearest to `target` (orthogonal Procrustes).
 * In the plane it has a closed form: of the best rotation and the best reflection, the one with the larger trace.
 * @param {Float32Array} points (N * 2) @param {Float32Array} target (N * 2), mean zero
 * @returns {{cos: number, sin: number, flip: 1|-1}|null} null where nothing tells one from another
 */
function turnTo(points, target) {
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (let i = 0; i < points.length; i += 2) {
    xx += points[i] * target[i];
    xy += points[i] * target[i + 1];
    yx += points[i + 1] * target[i];
    yy += points[i + 1] * target[i + 1];
  }
  const rotation = Math.hypot(xx + yy, xy - yx);
  const reflection = Math.hypot(xx - yy, xy + yx);
  const mirrored = reflection > rotation;
  const size = mirrored ? reflection : rotation;
  if (!(size > 0)) return null;
  const [cos, sin] = mirrored ? [xx - yy, xy + yx] : [xx + yy, xy - yx];
  return { cos: cos / size, sin: sin / size, flip: mirrored ? -1 : 1 };
}

/**
 * Turns `points` in place, by rotation or reflection, as near to `target` as they come.
 * @param {Float32Array} points (N * 2), normalised
 * @param {Float32Array} target (N * 2), normalised
 */
export function alignTo(points, target) {
  const turn = turnTo(points, target);
  if (!turn) return points;
  const { cos, sin, flip } = turn;
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i];
    const y = points[i + 1] * flip;
    points[i] = cos * x - sin * y;
    points[i + 1] = sin * x + cos * y;
  }
  return points;
}

/**
 * Where the server's places lie in what is shown: world = (a x + c y + e, b x + d y + f), as CSS writes a matrix.
 * @typedef {{a: number, b: number, c: number, d: number, e: number, f: number}} Placement
 */

/**
 * How `shown` came from `raw`, by `normalise` and `alignTo`.
 * @param {Float32Array} raw (N * 2) the server's @param {Float32Array} shown (N * 2) @returns {Placement}
 */
export function placementOf(raw, shown) {
  // What is shown has mean zero, so that the mean and the scale of the other do not matter.
  const { cos, sin, flip } = turnTo(raw, shown) ?? { cos: 1, sin: 0, flip: 1 };
  const [mx, my, scale] = moments(raw);
  const [a, b, c, d] = [scale * cos, scale * sin, -scale * sin * flip, scale * cos * flip];
  return { a, b, c, d, e: -(a * mx + c * my), f: -(b * mx + d * my) };
}

/** @param {Placement} placement @returns {[number, number]} where a place of the server's is shown */
export function toShown({ a, b, c, d, e, f }, x, y) {
  return [a * x + c * y + e, b * x + d * y + f];
}

/** @param {Placement} placement @returns {[number, number]} the server's place of what is shown */
export function toServer({ a, b, c, d, e, f }, x, y) {
  const determinant = a * d - b * c;
  return [(d * (x - e) - c * (y - f)) / determinant, (a * (y - f) - b * (x - e)) / determinant];
}

/**
 * The box to fit the view to. A few far outliers must not shrink the rest to a dot: where the box of all points is
 * much larger than that of 99.6 % of them, the latter counts.
 * @param {Float32Array} points (N * 2)
 * @returns {{x0: number, y0: number, x1: number, y1: number}}
 */
export function robustBox(points) {
  const xs = axis(points, 0);
  const ys = axis(points, 1);
  return { x0: xs[0], x1: xs[1], y0: ys[0], y1: ys[1] };
}

function axis(points, offset) {
  const n = points.length / 2;
  if (n === 0) return [-1, 1];
  const step = Math.max(1, Math.floor(n / SAMPLE));
  const values = new Float32Array(Math.ceil(n / step));
  for (let k = 0; k < values.length; k++) values[k] = points[2 * k * step + offset];
  values.sort();
  const last = values.length - 1;
  const low = values[Math.floor(last * 0.002)];
  const high = values[Math.ceil(last * 0.998)];
  const margin = (high - low) * 0.15 || 0.5;
  return [Math.max(values[0], low - margin), Math.min(values[last], high + margin)];
}
