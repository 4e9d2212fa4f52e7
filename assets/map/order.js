/** Orders in which points are drawn. */

/** A small seeded generator (xorshift): the same sample of a million points at every visit. @returns {() => number} in [0, 1) */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

/** @returns {Uint32Array} a seeded permutation of 0..n-1; any prefix is a fair sample */
export function permutation(n, seed = 20) {
  const random = generator(seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}

/**
 * Orders by rank, lowest first, keeping the order given among equals (a counting sort: a million points in milliseconds).
 * @param {Uint16Array} rank (N,)
 * @param {Uint32Array} base (N,) the order among equals
 * @returns {Uint32Array} (N,)
 */
export function orderByRank(rank, base) {
  const starts = new Uint32Array(65537);
  for (let i = 0; i < rank.length; i++) starts[rank[i] + 1]++;
  for (let k = 0; k < 65536; k++) starts[k + 1] += starts[k];
  const order = new Uint32Array(base.length);
  for (const i of base) order[starts[rank[i]]++] = i;
  return order;
}

/**
 * The index list to draw: hidden samples left out, selected ones last, so on top.
 * @param {Uint32Array} order (N,)
 * @param {Uint8Array|null} visible (N,)
 * @param {Uint8Array|null} selection (N,)
 */
export function drawList(order, visible, selection) {
  if (!visible && !selection) return order;
  const list = new Uint32Array(order.length);
  let count = 0;
  for (let pass = 0; pass < (selection ? 2 : 1); pass++) {
    for (const i of order) {
      if (visible && !visible[i]) continue;
      if (selection && selection[i] !== pass) continue;
      list[count++] = i;
    }
  }
  return list.subarray(0, count);
}

/** @returns {Uint32Array} at most `limit` of `list`, a fair sample of it, in its own order */
export function thin(list, permuted, limit) {
  if (list.length <= limit) return list;
  const inList = new Uint8Array(permuted.length);
  for (const i of list) inList[i] = 1;
  let kept = 0;
  for (const i of permuted) {
    if (!inList[i]) continue;
    if (kept++ < limit) inList[i] = 2;
  }
  return list.filter((i) => inList[i] === 2);
}

const permutations = new Map();

/** The permutation that all tiles of a study share. @returns {Uint32Array} (N,) */
export function fairOrder(n) {
  if (!permutations.has(n)) permutations.set(n, permutation(n));
  return permutations.get(n);
}
