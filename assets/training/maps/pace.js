/** How finely a map is drawn while it moves: where there is no graphics card, a fine picture takes half a second. */

const SLOW_MS = 45;
// A picture of four times the pixels would be fast enough, too.
const FAST_MS = 5;
const SCALES = [1, 0.5, 0.25, 0.125];

class Pace {
  #at = 0;

  /** @returns {number} of the screen's pixels along each axis; all of them once the map is at rest */
  get scale() {
    return SCALES[this.#at];
  }

  /** @param {number} ms that a picture took */
  learn(ms) {
    if (ms > SLOW_MS) this.#at = Math.min(SCALES.length - 1, this.#at + 1);
    else if (ms < FAST_MS) this.#at = Math.max(0, this.#at - 1);
  }
}

export const pace = new Pace();
