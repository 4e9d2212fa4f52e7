/** Shapes that tell curves apart where colours alone would have to. */

// Paths round (0, 0), at most 1 away from it.
const SHAPES = [
  [[1, 0, 0.7, 0.7, 0, 1, -0.7, 0.7, -1, 0, -0.7, -0.7, 0, -1, 0.7, -0.7]],
  [[-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85]],
  [[0, -1.1, 1, 0.75, -1, 0.75]],
  [[0, -1.2, 1.1, 0, 0, 1.2, -1.1, 0]],
  [[0, 1.1, 1, -0.75, -1, -0.75]],
  [[-1, -0.35, -0.35, -0.35, -0.35, -1, 0.35, -1, 0.35, -0.35, 1, -0.35, 1, 0.35, 0.35, 0.35, 0.35, 1, -0.35, 1, -0.35, 0.35, -1, 0.35]],
  [[-1.1, 0.15, 0, -1.1, 1.1, 0.15, 0.7, 1, -0.7, 1]],
];
export const SHAPE_COUNT = SHAPES.length;

/** @param {number} shape which, any whole number @param {number} size half its width @returns {string} an SVG path round (x, y) */
export function shapePath(shape, size, x, y) {
  return SHAPES[shape % SHAPE_COUNT].map((path) => `M${path.map((value, k) => (value * size + (k % 2 ? y : x)).toFixed(2)).join(' ')}Z`).join('');
}

/** @param {CanvasRenderingContext2D} context @param {number} shape @param {number} size half its width */
export function drawShape(context, shape, x, y, size, color, ground) {
  context.beginPath();
  for (const path of SHAPES[shape % SHAPE_COUNT]) {
    for (let k = 0; k < path.length; k += 2) context.lineTo(x + path[k] * size, y + path[k + 1] * size);
    context.closePath();
  }
  context.fillStyle = color;
  context.strokeStyle = ground;
  context.lineWidth = size * 0.4;
  context.stroke();
  context.fill();
}
