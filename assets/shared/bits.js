/** Selections as they travel: a bit a sample, the lowest bit of a byte first. */

/** @param {Uint8Array} mask (N,) 0 or 1 @returns {Uint8Array} (ceil(N / 8),) */
export function pack(mask) {
  const bits = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) bits[i >> 3] |= mask[i] << (i & 7);
  return bits;
}

/** @param {Uint8Array} bits (ceil(n / 8),) @returns {Uint8Array} (n,) 0 or 1 */
export function unpack(bits, n) {
  return Uint8Array.from({ length: n }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
}

/** @param {Uint8Array|null} mask (N,) @returns {Int32Array} where it is 1, rising */
export function indicesOf(mask) {
  let count = 0;
  for (let i = 0; mask && i < mask.length; i++) count += mask[i];
  const indices = new Int32Array(count);
  for (let i = 0, at = 0; at < count; i++) if (mask[i]) indices[at++] = i;
  return indices;
}
