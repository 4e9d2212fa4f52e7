/** The images shown at deep zoom: which, how large, and how far they have faded in. */
import { imagesInView } from './deepzoom.js';
import { thumbnails } from '../shared/thumbnails.js';

const FADE_MS = 200;

export class ImageLayer {
  /** @type {number[]} samples */
  indices = [];
  /** CSS pixels of the longer side. */
  side = 0;
  /** 0..1 */
  alpha = 0;

  /**
   * Looks what belongs into the view, and fades towards it.
   * @param {number} elapsed ms since the last frame
   * @param {import('./mapview.js').MapView} view
   * @param {Uint8Array|null} visible (N,)
   * @returns {boolean} whether the fading goes on
   */
  step(elapsed, view, visible) {
    const wanted = imagesInView(view, visible);
    if (wanted) {
      this.indices = wanted.indices;
      this.side = wanted.side;
      thumbnails.want(wanted.indices);
    }
    const goal = wanted && wanted.indices.some((index) => thumbnails.get(index)) ? 1 : 0;
    // After a rest the last frame is long ago; the first step must be seen all the same.
    const step = Math.min(0.34, elapsed / FADE_MS);
    this.alpha = goal ? Math.min(1, this.alpha + step) : Math.max(0, this.alpha - step);
    if (this.alpha === 0 && !wanted) this.indices = [];
    return this.alpha !== goal;
  }
}
