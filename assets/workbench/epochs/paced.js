/** A morph that takes as long as it is told, evenly while one follows another: the points then never stop on their way. */
import { Morph, MORPH_MS } from '../../map/morph.js';

export class PacedMorph extends Morph {
  /** Milliseconds from one layout to the next. */
  pace = MORPH_MS;
  /** Whether the next one sets out when this one arrives. */
  even = false;
  #since = 0;
  #ms = 0;

  go(points, now) {
    super.go(points, now, this.pace);
    this.#since = now;
    this.#ms = this.running ? this.pace : 0;
  }

  step(now) {
    if (!this.running || !this.even) return super.step(now);
    this.mixed = Math.min(1, Math.max(0, (now - this.#since) / (this.#ms || 1)));
    return true;
  }
}
