/** A recorded map in the browser: its probabilities, and what lies between its points and between two maps. */

const ONE = 65535;
// Half of what a store can tell from 0: where maps are mixed by their logarithms, no class is impossible for ever.
export const FLOOR = 1 / 131068;
const LANES = 4;
/** In the place of a class, where there is none. */
export const NONE = 65535;

/** @param {ArrayBuffer} buffer as the server packs it @returns {{header: object, at: number}} where its arrays begin */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), at: 4 + length };
}

/** Probabilities over a piece of the plane: rows from the lowest y. */
export class Field {
  /** @param {ArrayBuffer} buffer of api/training/map */
  constructor(buffer) {
    const { header, at } = unpack(buffer);
    const { width, height, layers } = header;
    /** Its id, step, epoch (null for none), xlim, ylim, width, height, classes and layers. */
    Object.assign(this, header);
    /** (layers, height, width, 4): four classes a texel */
    this.texels = new Uint16Array(buffer, at, layers * height * width * LANES);
    /** (height, width): the likeliest class at each point of the grid */
    this.winners = this.#findWinners();
    this.bytes = this.texels.byteLength + this.winners.byteLength;
  }

  #findWinners() {
    const { width, height, classes, texels } = this;
    const size = width * height;
    return Uint16Array.from({ length: size }, (_, point) => {
      let [winner, best] = [NONE, 0];
      for (let k = 0; k < classes; k += 1) {
        const share = texels[((k >> 2) * size + point) * LANES + (k & 3)];
        if (share > best) [winner, best] = [k, share];
      }
      return winner;
    });
  }

  /**
   * @returns {{point: number, right: number, up: number, u: number, v: number}|null} the point of the grid to the left
   *   of a place and below it, how far on its neighbours are, and their weights; null outside
   */
  #locate(x, y) {
    const [left, right] = this.xlim;
    const [low, high] = this.ylim;
    if (!(x >= left && x <= right && y >= low && y <= high)) return null;
    const across = ((x - left) / (right - left)) * (this.width - 1);
    const along = ((y - low) / (high - low)) * (this.height - 1);
    const [column, row] = [Math.floor(across), Math.floor(along)];
    return {
      point: row * this.width + column,
      right: column + 1 < this.width ? 1 : 0,
      up: row + 1 < this.height ? this.width : 0,
      u: across - column,
      v: along - row,
    };
  }

  /**
   * @param {Float64Array} into (at least classes,) linear between the points
   * @returns {number} of the classes that win at the four points around, the likeliest here: a close second of all of
   *   them is none; NONE where nothing is known
   */
  read(x, y, into) {
    const place = this.#locate(x, y);
    if (!place) return NONE;
    const { point, right, up, u, v } = place;
    const { classes, texels, winners } = this;
    const size = this.width * this.height;
    for (let k = 0; k < classes; k += 1) {
      const value = (at) => texels[((k >> 2) * size + at) * LANES + (k & 3)];
      const below = value(point) * (1 - u) + value(point + right) * u;
      const above = value(point + up) * (1 - u) + value(point + up + right) * u;
      into[k] = (below * (1 - v) + above * v) / ONE;
    }
    let winner = NONE;
    for (const at of [point, point + right, point + up, point + up + right]) {
      const label = winners[at];
      if (label !== NONE && (winner === NONE || into[label] > into[winner])) winner = label;
    }
    return winner;
  }
}

/** One map, or what lies between two: what is drawn, and by the same rules. */
export class Mixture {
  #other;

  /**
   * @param {Field} from @param {Field|null} to
   * @param {number} share 0..1 of `to` @param {boolean} geometric by the logarithms, else linear
   */
  constructor(from, to = null, share = 0, geometric = false) {
    Object.assign(this, { from, to, share, geometric });
    this.classes = Math.max(from.classes, to?.classes ?? 0);
    this.#other = to && new Float64Array(this.classes);
  }

  /**
   * @param {Float64Array} into (classes,) probabilities that sum to 1
   * @returns {number} the class that is drawn, which wins in one of both maps; NONE where nothing is known
   */
  read(x, y, into) {
    into.fill(0);
    let winner = this.from.read(x, y, into);
    if (winner !== NONE && this.to) winner = this.#mix(x, y, into, winner);
    if (winner === NONE) return NONE;
    let sum = 0;
    for (let k = 0; k < this.classes; k += 1) sum += into[k];
    for (let k = 0; k < this.classes; k += 1) into[k] /= sum;
    return winner;
  }

  #mix(x, y, into, winner) {
    const { share, geometric, to } = this;
    const other = this.#other.fill(0);
    const next = to.read(x, y, other);
    // Beyond the other map, this one stands alone.
    if (next === NONE) return isWithin(to, x, y) ? NONE : winner;
    for (let k = 0; k < this.classes; k += 1) {
      if (geometric) into[k] = Math.max(into[k], FLOOR) ** (1 - share) * Math.max(other[k], FLOOR) ** share;
      else into[k] += (other[k] - into[k]) * share;
    }
    return into[next] > into[winner] ? next : winner;
  }
}

const isWithin = ({ xlim, ylim }, x, y) => x >= xlim[0] && x <= xlim[1] && y >= ylim[0] && y <= ylim[1];

/** @returns {Uint16Array} (65536,) the half float of each probability, for graphics cards */
export function makeHalves() {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  return Uint16Array.from({ length: ONE + 1 }, (_, value) => {
    float[0] = value / ONE;
    const exponent = (bits[0] >>> 23) - 112;
    const mantissa = bits[0] & 0x7fffff;
    // The smallest have no leading one; all are rounded to the nearest.
    if (exponent <= 0) return Math.round(float[0] * 2 ** 24);
    return (exponent << 10) + Math.round(mantissa / 8192);
  });
}
