/** The samples on top of a map: a mark each; a ring round those that the map gives another class. */
import { css } from '../../shared/colors.js';
import { NONE } from './field.js';

const SMALL = 7;
const LARGE = 11;
const RING = { [SMALL]: 4.5, [LARGE]: 6.5 };
// So many rings hide what they are round: they are drawn finer.
const CROWD = 120;

/**
 * @param {import('./fields.js').ClassPoints} points @param {import('./field.js').Mixture} mixture
 * @returns {{wrong: Uint8Array, count: number, known: number}} 1 where the map gives another class; how many, of how
 *   many that have a class and lie on the map
 */
export function judge({ places, labels }, mixture) {
  const shares = new Float64Array(mixture.classes);
  const wrong = new Uint8Array(labels.length);
  let [count, known] = [0, 0];
  for (let k = 0; k < labels.length; k += 1) {
    const winner = labels[k] < 0 ? NONE : mixture.read(places[2 * k], places[2 * k + 1], shares);
    if (winner === NONE) continue;
    known += 1;
    wrong[k] = Number(winner !== labels[k]);
    count += wrong[k];
  }
  return { wrong, count, known };
}

/**
 * @param {CanvasRenderingContext2D} context @param {import('./plane.js').Plane} plane
 * @param {import('./fields.js').ClassPoints} points @param {Uint8Array|null} wrong
 * @param {import('./shapes.js').Sprites} sprites @param {{which: 'all'|'wrong', ring: number[], rim: number[]}} how
 */
export function drawPoints(context, plane, points, wrong, sprites, { which, ring, rim }) {
  const { places, labels } = points;
  const { box } = plane;
  const size = points.count > 2000 ? SMALL : LARGE;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  const rings = [];
  for (let k = 0; k < labels.length; k += 1) {
    if (which === 'wrong' && !wrong?.[k]) continue;
    const [x, y] = [plane.px(places[2 * k]), plane.py(places[2 * k + 1])];
    context.drawImage(sprites.get(labels[k], size), x - size / 2, y - size / 2, size, size);
    if (wrong?.[k]) rings.push([x, y]);
  }
  // Above all marks, and light within dark, so that they are seen on every colour.
  const path = new Path2D();
  for (const [x, y] of rings) {
    path.moveTo(x + RING[size], y);
    path.arc(x, y, RING[size], 0, 2 * Math.PI);
  }
  const crowded = rings.length > CROWD;
  context.globalAlpha = crowded ? 0.7 : 1;
  for (const [color, width] of crowded
    ? [[ring, 0.8]]
    : [
        [rim, 3],
        [ring, 1.4],
      ]) {
    context.strokeStyle = css(color);
    context.lineWidth = width;
    context.stroke(path);
  }
  context.restore();
}
