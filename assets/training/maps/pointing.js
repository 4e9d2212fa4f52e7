/** A place on the plane, pointed at with the pointer or by keys; a click or Enter pins it, so that it stays. */

// Of an axis, by one press of an arrow key.
const STRIDE = 1 / 50;

export class Pointing {
  #sheet;
  #plane;
  #tell;
  #place;

  /**
   * @param {import('../histograms/canvas.js').Sheet} sheet @param {() => import('./plane.js').Plane|null} plane
   * @param {(place: {x: number, y: number, pinned: boolean, byKeys?: boolean}|null) => void} tell
   * @param {() => object|null} place the one there is
   */
  constructor(sheet, plane, tell, place) {
    this.#sheet = sheet;
    this.#plane = plane;
    this.#tell = tell;
    this.#place = place;
    const { element } = sheet;
    element.tabIndex = 0;
    element.setAttribute('role', 'application');
    element.setAttribute('aria-label', 'Map: arrow keys point at a place, Enter pins it, Escape lets it go');
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerleave', () => !this.#place()?.pinned && tell(null));
    element.addEventListener('click', (event) => this.#click(event));
    element.addEventListener('keydown', (event) => this.#press(event));
    element.addEventListener('blur', () => this.#place()?.byKeys && !this.#place().pinned && tell(null));
  }

  #at(event) {
    const found = this.#plane()?.at(...this.#sheet.place(event));
    return found && { x: found[0], y: found[1] };
  }

  #move(event) {
    if (this.#place()?.pinned) return;
    const at = this.#at(event);
    if (at || this.#place()) this.#tell(at ? { ...at, pinned: false } : null);
  }

  #click(event) {
    const at = this.#at(event);
    if (at) this.#tell({ ...at, pinned: !this.#place()?.pinned });
  }

  #press(event) {
    const plane = this.#plane();
    if (!plane || event.ctrlKey || event.altKey || event.metaKey) return;
    const place = this.#place();
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (by) this.#tell({ ...shifted(place, plane, by), pinned: place?.pinned ?? false, byKeys: true });
    else if (event.key === 'Enter' && place) this.#tell({ ...place, pinned: !place.pinned, byKeys: true });
    else if (event.key === 'Escape' && place) this.#tell(null);
    else return;
    // The arrows would move the slider, too.
    event.preventDefault();
  }
}

/** @returns {{x: number, y: number}} the middle at first; never beyond the plane */
function shifted(place, { x, y }, by) {
  if (!place) return { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2 };
  const step = ([low, high], value, sign) => Math.max(low, Math.min(high, value + sign * STRIDE * (high - low)));
  return { x: step(x, place.x, by[0]), y: step(y, place.y, by[1]) };
}
