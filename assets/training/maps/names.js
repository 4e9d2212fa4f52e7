/** Where the name of a class stands: where its region is widest. */
import { css } from '../../shared/colors.js';
import { NONE } from './field.js';

const SIDE = 44;
// A region narrower than twice so many cells has no room for a name.
const ROOM = 2;
const LONGEST = 18;
const HEIGHT = 16;

/**
 * @param {import('./field.js').Mixture} mixture @param {[number, number]} xlim @param {[number, number]} ylim
 * @returns {{label: number, x: number, y: number}[]} a place for each class that has room, the roomiest first
 */
export function namePlaces(mixture, xlim, ylim) {
  const shares = new Float64Array(mixture.classes);
  const at = (k, [low, high]) => low + ((k + 0.5) / SIDE) * (high - low);
  const winners = Int32Array.from({ length: SIDE * SIDE }, (_, k) =>
    mixture.read(at(k % SIDE, xlim), at(Math.floor(k / SIDE), ylim), shares),
  );
  const room = distances(winners);
  const best = new Map();
  winners.forEach((label, k) => {
    if (label !== NONE && room[k] >= ROOM && !(room[k] <= room[best.get(label) ?? -1])) best.set(label, k);
  });
  return [...best]
    .sort(([, a], [, b]) => room[b] - room[a])
    .map(([label, k]) => ({ label, x: at(k % SIDE, xlim), y: at(Math.floor(k / SIDE), ylim) }));
}

/** How many cells each is away from another class or the edge, in two passes. */
function distances(winners) {
  const room = new Float64Array(winners.length).fill(0);
  const pass = (order, [dx, dy]) => {
    for (const k of order) {
      const [column, row] = [k % SIDE, Math.floor(k / SIDE)];
      const reach = (x, y) =>
        x < 0 || y < 0 || x >= SIDE || y >= SIDE || winners[y * SIDE + x] !== winners[k] ? 0 : room[y * SIDE + x];
      const near = 1 + Math.min(reach(column + dx, row), reach(column, row + dy));
      room[k] = room[k] ? Math.min(room[k], near) : near;
    }
  };
  const order = [...winners.keys()];
  pass(order, [-1, -1]);
  pass(order.reverse(), [1, 1]);
  return room;
}

/**
 * @param {CanvasRenderingContext2D} context @param {import('./plane.js').Plane} plane
 * @param {{label: number, x: number, y: number}[]} places @param {import('./legend.js').ClassLook} look
 */
export function drawNames(context, plane, places, look, { ink, ground }) {
  context.save();
  context.font = '600 11.5px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = css(ground);
  context.fillStyle = css(ink);
  const taken = [];
  for (const { label, x, y } of places) {
    const name = look.name(label);
    const text = name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
    const at = placeText(plane, [plane.px(x), plane.py(y)], context.measureText(text).width / 2 + 3);
    // Where names would lie upon each other, the legend has them all.
    if (!at || taken.some((other) => overlap(at, other))) continue;
    taken.push(at);
    context.strokeText(text, at.x, at.y);
    context.fillText(text, at.x, at.y);
  }
  context.restore();
}

/** @returns {{x: number, y: number, half: number}|null} within the plane; null where it is too long for it */
function placeText({ box }, [x, y], half) {
  if (2 * half > box.width) return null;
  return { x: Math.max(box.left + half, Math.min(box.left + box.width - half, x)), y, half };
}

const overlap = (a, b) => Math.abs(a.y - b.y) < HEIGHT && Math.abs(a.x - b.x) < a.half + b.half;
