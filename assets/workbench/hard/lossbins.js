/** The bins of the histogram, by the edges that views/hard.py chose. */

export class LossBins {
  #limits;

  /** @param {string[]} edges decimals, rising; bin k lies between edges[k - 1] and edges[k], the outer ones are open */
  constructor(edges) {
    this.edges = edges;
    // Rounded as the column is, so that a bar holds what the query of its edges finds.
    this.#limits = Float32Array.from(edges, Number);
  }

  get count() {
    return this.edges.length + 1;
  }

  /** @param {number} loss @returns {number} its bin */
  binOf(loss) {
    let [low, high] = [0, this.#limits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#limits[middle] <= loss) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @returns {{from: string|null, to: string|null}} the losses of the bins `first` to `last`, both included */
  range(first, last) {
    return { from: first > 0 ? this.edges[first - 1] : null, to: last < this.edges.length ? this.edges[last] : null };
  }

  /** @param {number} loss @returns {number} where it stands along the axis, 0 to 1 */
  place(loss) {
    const bin = this.binOf(Math.fround(loss));
    const from = Number(this.edges[bin - 1]);
    const to = Number(this.edges[bin]);
    const within = bin === 0 ? loss / to : bin === this.edges.length ? 0.5 * (loss > from) : Math.log(loss / from) / Math.log(to / from);
    return (bin + Math.min(1, Math.max(0, within))) / this.count;
  }

  /**
   * @param {Float32Array} losses (N,) @param {Uint8Array} correct (N,) @param {Uint8Array|null} mask (N,) those to count, null for all
   * @returns {{right: number[], wrong: number[]}} (bins,) each
   */
  tally(losses, correct, mask) {
    const counts = { right: new Array(this.count).fill(0), wrong: new Array(this.count).fill(0) };
    for (let i = 0; i < losses.length; i++) {
      if ((mask && !mask[i]) || Number.isNaN(losses[i])) continue;
      (correct[i] ? counts.right : counts.wrong)[this.binOf(losses[i])]++;
    }
    return counts;
  }
}
