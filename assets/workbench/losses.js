/** Samples in the order of their loss, the hardest first. */
import { orderByRank } from '../map/order.js';
import { study } from '../shared/study.js';

let known = { losses: null, order: null };

/**
 * @param {Float32Array} losses (N,), not negative
 * @returns {Uint32Array} (N,) the sample of the highest loss first; equal ones by their index
 */
export function sortByLoss(losses) {
  // The bits of floats that are not negative rise as the floats do: two counting sorts, whatever the number.
  const bits = new Uint32Array(Float32Array.from(losses, (loss) => (loss > 0 ? loss : 0)).buffer);
  const half = (shift) => Uint16Array.from(bits, (value) => 65535 - ((value >>> shift) & 65535));
  const byIndex = Uint32Array.from(bits, (_, i) => i);
  return orderByRank(half(16), orderByRank(half(0), byIndex));
}

/** @returns {Uint32Array|null} (N,) all samples, the hardest first, those without a loss last; null while the losses are not known */
export function hardestFirst() {
  const losses = study.columns.get('loss');
  if (!losses) return null;
  if (known.losses !== losses) known = { losses, order: sortByLoss(losses) };
  return known.order;
}

/** @param {ArrayLike<number>} indices @returns {number[]} the same, the hardest first; as given while the losses are not known */
export function sortHardestFirst(indices) {
  const order = hardestFirst();
  if (!order) return Array.from(indices);
  const among = new Uint8Array(order.length);
  for (let k = 0; k < indices.length; k++) among[indices[k]] = 1;
  return Array.from(order.filter((index) => among[index]));
}
