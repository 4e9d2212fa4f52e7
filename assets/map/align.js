/**
 * Layouts made comparable: centred, at unit size, and turned or mirrored to lie as the one before did, so that a
 * morph shows what moved and not a needless spin.
 */

const SAMPLE = 20000;

/** @param {Float32Array} points (N * 2) @returns {Float32Array} (N * 2) mean zero, root mean square radius one */
export function normalise(points) {
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
  const scale = square > 0 ? Math.sqrt(n / square) : 1;
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    result[i] = (points[i] - mx) * scale;
    result[i + 1] = (points[i + 1] - my) * scale;
  }
  return result;
}

/**
 * Turns `points` in place by the rotation or reflection that brings them nearest to `target` (orthogonal Procrustes).
 * In the plane it has a closed form: of the best rotation and the best reflection, the one with the larger trace.
 * @param {Float32Array} points (N * 2), normalised
 * @param {Float32Array} target (N * 2), normalised
 */
export function alignTo(points, target) {
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
  if (!(size > 0)) return points;
  const cos = (mirrored ? xx - yy : xx + yy) / size;
  const sin = (mirrored ? xy + yx : xy - yx) / size;
  const flip = mirrored ? -1 : 1;
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i];
    const y = points[i + 1] * flip;
    points[i] = cos * x - sin * y;
    points[i + 1] = sin * x + cos * y;
  }
  return points;
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
