/** Maps drawn without a graphics card: coarser, by the same rules. */
import { NONE } from './field.js';

// Cells along the longer side.
const SIDE = 160;

/**
 * @param {import('./field.js').Mixture} mixture @param {import('./painter.js').Look} look
 * @returns {HTMLCanvasElement} to be stretched
 */
export function paintPlainly(mixture, look) {
  const scale = Math.min(1, SIDE / Math.max(look.width, look.height));
  const [width, height] = [look.width, look.height].map((pixels) => Math.max(1, Math.round(pixels * scale)));
  const { winners, sure } = answer(mixture, look, width, height);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let at = 0; at < winners.length; at += 1)
    image.data.set([...colorAt(at, winners, sure, look, width), 255], 4 * at);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

/** Of every cell, from above: its class, -1 for none, and how sure, 0 being chance. */
function answer(mixture, { x, y }, width, height) {
  const shares = new Float64Array(mixture.classes);
  const winners = new Int32Array(width * height).fill(-1);
  const sure = new Float64Array(width * height);
  const chance = 1 / mixture.classes;
  for (let at = 0; at < winners.length; at += 1) {
    const [column, row] = [at % width, Math.floor(at / width)];
    const px = x[0] + ((column + 0.5) / width) * (x[1] - x[0]);
    const py = y[1] - ((row + 0.5) / height) * (y[1] - y[0]);
    const winner = mixture.read(px, py, shares);
    if (winner === NONE) continue;
    winners[at] = winner;
    sure[at] = Math.max(0, (shares[winners[at]] - chance) / (1 - chance));
  }
  return { winners, sure };
}

function colorAt(at, winners, sure, { regions, shaded, colors, ramp, ground, ink }, width) {
  const mine = winners[at];
  if (mine < 0) return ground;
  if (!regions) return ramp[Math.round(sure[at] * (ramp.length - 1))];
  const share = shaded ? 0.1 + 0.52 * sure[at] : 0.5;
  const own = blend(ground, colors[mine % colors.length], share);
  const right = (at + 1) % width ? winners[at + 1] : mine;
  const above = winners[at - width] ?? mine;
  return [right, above].some((other) => other >= 0 && other !== mine) ? blend(own, ink, 0.6) : own;
}

const blend = (from, to, share) => from.map((value, k) => value + (to[k] - value) * share);
