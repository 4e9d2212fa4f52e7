/** Pan and zoom of one tile. World coordinates are the layout's, y up; screen ones are CSS pixels, y down. */

const MARGIN = 0.05;
const DEEPEST = 3000;

export class Camera {
  /** World coordinates of the middle of the view, and CSS pixels a world unit. */
  view = { x: 0, y: 0, k: 1 };
  home = { x: 0, y: 0, k: 1 };
  width = 1;
  height = 1;
  #box = { x0: -1, y0: -1, x1: 1, y1: 1 };
  #flight = null;
  /** True until the user moves: then resizing or a new layout no longer moves the view. */
  atHome = true;

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.#findHome();
    if (this.atHome) this.#land(this.home);
  }

  /** @param {{x0: number, y0: number, x1: number, y1: number}} box @param {number} ms 0 jumps */
  fit(box, now, ms = 0) {
    this.#box = box;
    this.#findHome();
    if (!this.atHome) return;
    if (ms) this.#fly(this.home, now, ms);
    else this.#land(this.home);
  }

  #findHome() {
    const { x0, y0, x1, y1 } = this.#box;
    const room = 1 - 2 * MARGIN;
    const k = Math.min((this.width * room) / (x1 - x0 || 1), (this.height * room) / (y1 - y0 || 1));
    this.home = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, k };
  }

  reset(now, ms = 350) {
    this.atHome = true;
    this.#fly(this.home, now, ms);
  }

  /** Shows a point in the middle, at least so deep. */
  goTo(x, y, now, ms = 350) {
    this.atHome = false;
    this.#fly({ x, y, k: this.view.k }, now, ms);
  }

  pan(dx, dy) {
    this.#grab();
    this.view.x -= dx / this.view.k;
    this.view.y += dy / this.view.k;
  }

  /** Zooms so that the world point under (px, py) stays there. */
  zoomAt(px, py, factor) {
    this.#grab();
    const [wx, wy] = this.toWorld(px, py);
    const k = Math.min(this.home.k * DEEPEST, Math.max(this.home.k * 0.4, this.view.k * factor));
    this.view = { x: wx - (px - this.width / 2) / k, y: wy + (py - this.height / 2) / k, k };
  }

  /** How deep the view is: 1 when all is shown. */
  get zoom() {
    return this.view.k / this.home.k;
  }

  toScreen(x, y) {
    return [this.width / 2 + (x - this.view.x) * this.view.k, this.height / 2 - (y - this.view.y) * this.view.k];
  }

  toWorld(px, py) {
    return [this.view.x + (px - this.width / 2) / this.view.k, this.view.y - (py - this.height / 2) / this.view.k];
  }

  get flying() {
    return this.#flight !== null;
  }

  /** Moves on along a flight. @returns {boolean} whether the view moved */
  step(now) {
    if (!this.#flight) return false;
    const { from, to, start, ms } = this.#flight;
    const t = Math.min(1, Math.max(0, (now - start) / ms));
    const eased = t * t * (3 - 2 * t);
    const k = from.k * (to.k / from.k) ** eased;
    // Moving the middle in step with the scale keeps the flight straight on the screen.
    const share = Math.abs(to.k - from.k) < 1e-9 * to.k ? eased : (1 / from.k - 1 / k) / (1 / from.k - 1 / to.k);
    this.view = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, k };
    if (t === 1) this.#land(to);
    return true;
  }

  #fly(to, now, ms) {
    this.#flight = { from: { ...this.view }, to: { ...to }, start: now, ms };
  }

  #land(to) {
    this.#flight = null;
    this.view = { ...to };
  }

  #grab() {
    this.#flight = null;
    this.atHome = false;
  }
}
