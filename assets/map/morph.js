/** The passage from one layout to the next. */

export const MORPH_MS = 700;

export class Morph {
  /** @type {Float32Array|null} (N * 2) */
  start = null;
  /** @type {Float32Array|null} (N * 2) */
  end = null;
  /** 0..1, eased: how far the points are on their way. */
  mixed = 1;
  #since = 0;
  #ms = 0;

  /** Sets out for another layout from wherever the points are now. @param {Float32Array} points (N * 2) */
  go(points, now, ms = MORPH_MS) {
    const from = this.end && this.end.length === points.length ? this.snapshot() : points;
    this.start = from;
    this.end = points;
    this.#since = now;
    this.#ms = from === points ? 0 : ms;
    this.mixed = this.#ms ? 0 : 1;
  }

  get running() {
    return this.mixed < 1;
  }

  /** @returns {boolean} whether anything moved */
  step(now) {
    if (!this.running) return false;
    const t = Math.min(1, Math.max(0, (now - this.#since) / this.#ms));
    this.mixed = t < 1 ? t * t * (3 - 2 * t) : 1;
    return true;
  }

  /** @returns {Float32Array} (N * 2) where the points are now */
  snapshot() {
    if (!this.running) return this.end;
    return this.end.map((value, at) => this.start[at] + (value - this.start[at]) * this.mixed);
  }

  /** @returns {[number, number]} world coordinates of one sample, now */
  at(index) {
    return [0, 1].map((axis) => {
      const from = this.start[2 * index + axis];
      return from + (this.end[2 * index + axis] - from) * this.mixed;
    });
  }
}
