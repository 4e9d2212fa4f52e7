/** When the view is so deep that the images themselves find room, and which ones they are. */

const MOST = 400;
const SMALLEST = 24;
const LARGEST = 112;
const STEP = 1.25;

/**
 * @param {import('./mapview.js').MapView} view its camera; its grid is built only when asked for, which takes a while
 * @param {Uint8Array|null} visible (N,)
 * @returns {{indices: number[], side: number}|null} side in CSS pixels; null when the points lie too dense
 */
export function imagesInView(view, visible) {
  const { camera } = view;
  if (camera.zoom < 1.5 && view.morph.end.length > 2 * MOST) return null;
  const { grid } = view;
  const margin = LARGEST / 2;
  const [x0, y1] = camera.toWorld(-margin, -margin);
  const [x1, y0] = camera.toWorld(camera.width + margin, camera.height + margin);
  const indices = grid.inBox(x0, y0, x1, y1, visible, MOST);
  if (!indices?.length) return null;
  const room = spacing(indices, grid.points) * camera.view.k;
  if (room < SMALLEST) return null;
  // In steps, or the images would breathe with every move.
  const step = Math.floor(Math.log(Math.min(room, LARGEST) / SMALLEST) / Math.log(STEP));
  return { indices, side: Math.round(SMALLEST * STEP ** step) };
}

/** Twice the median distance to the nearest neighbour: what random points leave each of them on average. */
function spacing(indices, points) {
  if (indices.length < 2) return Infinity;
  const nearest = indices.map((i) => {
    let least = Infinity;
    for (const j of indices) {
      if (j === i) continue;
      const square = (points[2 * i] - points[2 * j]) ** 2 + (points[2 * i + 1] - points[2 * j + 1]) ** 2;
      if (square < least) least = square;
    }
    return least;
  });
  nearest.sort((a, b) => a - b);
  return 2 * Math.sqrt(nearest[Math.floor(nearest.length / 2)]);
}
