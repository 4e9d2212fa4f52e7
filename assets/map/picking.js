/** Finding points: the nearest to the pointer, those in a box, those in a lasso. A uniform grid over the layout. */

const PER_CELL = 4;

export class Grid {
  /** @param {Float32Array} points (N * 2) */
  constructor(points) {
    this.points = points;
    const n = points.length / 2;
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      x0 = Math.min(x0, points[i]);
      x1 = Math.max(x1, points[i]);
      y0 = Math.min(y0, points[i + 1]);
      y1 = Math.max(y1, points[i + 1]);
    }
    if (n === 0) [x0, y0, x1, y1] = [0, 0, 1, 1];
    this.x0 = x0;
    this.y0 = y0;
    this.side = Math.max(x1 - x0, y1 - y0, 1e-9) / Math.max(1, Math.sqrt(n / PER_CELL));
    this.columns = Math.floor((x1 - x0) / this.side) + 1;
    this.rows = Math.floor((y1 - y0) / this.side) + 1;
    this.#fill(n);
  }

  #fill(n) {
    const cells = new Uint32Array(n);
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    for (let i = 0; i < n; i++) {
      cells[i] = this.#column(this.points[2 * i]) + this.columns * this.#row(this.points[2 * i + 1]);
      this.starts[cells[i] + 1]++;
    }
    for (let c = 0; c < this.starts.length - 1; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.items = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.items[next[cells[i]]++] = i;
  }

  #column(x) {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.x0) / this.side)));
  }

  #row(y) {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.y0) / this.side)));
  }

  /** Calls `visit(index)` for every point in the cells that touch the box; stops when it returns true. */
  scan(x0, y0, x1, y1, visit) {
    for (let row = this.#row(y0); row <= this.#row(y1); row++) {
      const first = this.columns * row + this.#column(x0);
      const last = this.columns * row + this.#column(x1);
      for (let at = this.starts[first]; at < this.starts[last + 1]; at++) {
        if (visit(this.items[at])) return;
      }
    }
  }

  /**
   * @param {number} radius world units
   * @param {Uint8Array|null} visible (N,)
   * @returns {number|null} the visible point nearest to (x, y) within the radius
   */
  nearest(x, y, radius, visible) {
    let best = null;
    let least = radius * radius;
    this.scan(x - radius, y - radius, x + radius, y + radius, (i) => {
      if (visible && !visible[i]) return;
      const square = (this.points[2 * i] - x) ** 2 + (this.points[2 * i + 1] - y) ** 2;
      if (square <= least) {
        least = square;
        best = i;
      }
    });
    return best;
  }

  /** @returns {number[]|null} visible points in the box; null when there are more than `limit` */
  inBox(x0, y0, x1, y1, visible, limit) {
    const found = [];
    this.scan(x0, y0, x1, y1, (i) => {
      if (visible && !visible[i]) return;
      const x = this.points[2 * i];
      const y = this.points[2 * i + 1];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) found.push(i);
      return found.length > limit;
    });
    return found.length > limit ? null : found;
  }

  /** @param {number[][]} polygon world points @returns {number[]} the visible points that it encloses */
  inPolygon(polygon, visible) {
    const xs = polygon.map(([x]) => x);
    const ys = polygon.map(([, y]) => y);
    const found = [];
    this.scan(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), (i) => {
      if (visible && !visible[i]) return;
      if (encloses(polygon, this.points[2 * i], this.points[2 * i + 1])) found.push(i);
    });
    return found;
  }
}

/** Even-odd rule: a ray to the right crosses the outline an odd number of times. */
export function encloses(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
