/** From values to pixels and back, and which part of the values an axis shows. */

export class Scale {
  /**
   * @param {[number, number]} x @param {[number, number]} y in units of the data, positive where logarithmic
   * @param {{logX: boolean, logY: boolean, width: number, height: number}} how
   */
  constructor(x, y, { logX, logY, width, height }) {
    Object.assign(this, { x, y, logX, logY, width, height });
    const [left, right] = logX ? x.map(Math.log10) : x;
    const [low, high] = logY ? y.map(Math.log10) : y;
    this.left = left;
    this.low = low;
    this.perX = width / (right - left || 1);
    this.perY = height / (high - low || 1);
  }

  px(x) {
    return ((this.logX ? Math.log10(x) : x) - this.left) * this.perX;
  }

  py(y) {
    return this.height - ((this.logY ? Math.log10(y) : y) - this.low) * this.perY;
  }

  xAt(px) {
    const at = this.left + px / this.perX;
    return this.logX ? 10 ** at : at;
  }

  yAt(py) {
    const at = this.low + (this.height - py) / this.perY;
    return this.logY ? 10 ** at : at;
  }

  /** @param {Scale} to @returns {string} the CSS transform that moves a picture of this scale to where it lies in another */
  transformTo(to) {
    const a = to.perX / this.perX;
    const d = to.perY / this.perY;
    const e = (this.left - to.left) * to.perX;
    const f = to.height - (this.low - to.low) * to.perY - d * this.height;
    return `matrix(${a}, 0, 0, ${d}, ${e}, ${f})`;
  }
}

/** @param {ArrayLike<number>} sorted @returns {number} the first index whose value is not below `value` */
export function lowerBound(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// At most so many values are sorted to find the extreme ones.
const SAMPLE = 20_000;
const TAIL = 0.03;

/** The smallest and largest of many values: finite, and positive on a logarithmic axis. */
export class Extent {
  low = Infinity;
  high = -Infinity;
  #values;

  /** @param {{positive?: boolean, robust?: boolean}} how robust: the outer 3 % on either side do not count */
  constructor({ positive = false, robust = false } = {}) {
    this.positive = positive;
    this.#values = robust ? [] : null;
  }

  /** @param {ArrayLike<number>} values @param {number} from @param {number} to not included */
  add(values, from = 0, to = values.length) {
    let { low, high } = this;
    const stride = this.#values ? Math.max(1, Math.ceil((to - from) / 1000)) : 1;
    for (let k = from; k < to; k += 1) {
      const value = values[k];
      if (!(value > -Infinity && value < Infinity) || (this.positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      if (this.#values && (k - from) % stride === 0 && this.#values.length < SAMPLE * 10) this.#values.push(value);
    }
    Object.assign(this, { low, high });
  }

  get isEmpty() {
    return this.low > this.high;
  }

  /** @returns {[number, number]} */
  get bounds() {
    const values = this.#values;
    if (!values || values.length < 8) return [this.low, this.high];
    const stride = Math.ceil(values.length / SAMPLE);
    const sorted = Float64Array.from(stride > 1 ? values.filter((_, k) => k % stride === 0) : values).sort();
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    return [at(TAIL), at(1 - TAIL)];
  }
}

/** @param {[number, number]} bounds @param {boolean} log @param {number} share of the span that is added on both sides @returns {[number, number]} */
export function padded([low, high], log, share) {
  if (log) {
    const factor = low === high ? 2 : (high / low) ** share;
    return [low / factor, high * factor];
  }
  const by = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * share;
  return [low - by, high + by];
}
