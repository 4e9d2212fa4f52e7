/** The confusion matrix in the page: drawn by Plotly, with a cursor for the keyboard and a frame round what is selected. */
import { themeColor } from '../../shared/colors.js';
import { loadPlotly } from '../../shared/plotly.js';
import { cellAt, drawMatrix, measure, peakOf, ZOOMED } from './matrixfigure.js';

const CONFIG = { displayModeBar: false, doubleClick: 'reset', showAxisDragHandles: false, responsive: false, showTips: false };
// Pixels that a frame is wide at least, however small the cell.
const LEAST_FRAME = 7;

/** @typedef {{label: number|null, predicted: number|null}} Cell a row has no prediction, a column no label */

export class MatrixView {
  /** @type {(cell: Cell) => void} */
  onPick = () => {};
  /** @type {(cell: Cell|null) => void} */
  onPoint = () => {};
  /** @type {(isPart: boolean) => void} only a part is shown, or all again */
  onZoom = () => {};
  #host;
  #plotly = null;
  #shown = null;
  #places = new Map();
  #view = null;
  #selected = null;
  /** @type {{row: number, column: number}|null} -1 is the headings */
  #cursor = null;

  /** @param {HTMLElement} host an empty element of a size of its own */
  constructor(host) {
    this.#host = host;
    host.addEventListener('keydown', (event) => this.#press(event));
    host.addEventListener('focus', () => this.#isSteered() && this.#moveTo(this.#cursor ?? { row: 0, column: 0 }));
    host.addEventListener('blur', () => this.#mark());
    host.addEventListener('click', (event) => this.#clickHeading(event));
    host.addEventListener('pointermove', (event) => this.#pointHeading(event));
    host.addEventListener('pointerleave', () => this.onPoint(null));
    new ResizeObserver(() => this.draw()).observe(host);
  }

  /** @param {{matrix: import('./data.js').ConfusionMatrix, order: Int32Array|number[], shares: boolean, names: string[], peak?: number}} what see Shown */
  async show(what) {
    // Another count of the same classes leaves the view: the epochs of a training, say.
    const same = this.#shown?.matrix.classes === what.matrix.classes && this.#shown.order === what.order;
    this.#shown = what;
    if (!same) this.reset();
    this.#places = new Map(Array.from(what.order, (label, at) => [label, at]));
    this.#plotly ??= await loadPlotly();
    await this.draw();
  }

  /** @param {Cell|null} cell framed as what is selected */
  select(cell) {
    this.#selected = cell;
    this.#mark();
  }

  /** The value that has the deepest colour. */
  get peak() {
    return peakOf(this.#shown);
  }

  #figure() {
    const { width, height } = this.#host.getBoundingClientRect();
    const stops = (name) => [0, 1, 2].map((k) => themeColor(this.#host, `--${name}-${k}`));
    const colors = { errors: stops('confused'), right: stops('right') };
    return { ...this.#shown, colors, width: Math.floor(width), height: Math.floor(height), view: this.#view };
  }

  /** Draws anew: another size, theme, or part of it. */
  async draw() {
    if (!this.#plotly || !this.#shown) return;
    const figure = this.#figure();
    if (figure.width < 100 || figure.height < 100) return;
    const { data, layout } = drawMatrix(figure);
    const fresh = !this.#host.on;
    const config = { ...CONFIG, scrollZoom: this.#shown.matrix.classes > ZOOMED };
    await this.#plotly.react(this.#host, data, { ...layout, shapes: this.#shapes() }, config);
    if (fresh) this.#listen();
  }

  #listen() {
    this.#host.on('plotly_click', ({ points }) => this.#pick(this.#cellOfPoint(points[0])));
    this.#host.on('plotly_hover', ({ points }) => this.onPoint(this.#cellOfPoint(points[0])));
    this.#host.on('plotly_unhover', () => this.onPoint(null));
    this.#host.on('plotly_relayout', (change) => {
      if (Object.keys(change).some((key) => /^[xy]axis\./.test(key))) this.#zoom();
    });
  }

  /** Whole cells, and the numbers and names that there is room for now. */
  #zoom() {
    const { xaxis, yaxis } = this.#host.layout;
    const most = this.#shown.matrix.classes - 1;
    const within = (range) => {
      const [low, high] = [Math.min(...range), Math.max(...range)].map(Math.round);
      const first = Math.max(0, Math.min(most, low));
      return [first, Math.min(most, Math.max(first, high - 1))];
    };
    const view = { x: within(xaxis.range), y: within(yaxis.range) };
    const all = view.x[0] === 0 && view.y[0] === 0 && view.x[1] === most && view.y[1] === most;
    this.#show(all ? null : view);
  }

  /** Shows all again. */
  reset() {
    this.#show(null);
  }

  #show(view) {
    this.#view = view;
    this.onZoom(view !== null);
    return this.draw();
  }

  #cellOfPoint({ x, y, data }) {
    const { order } = this.#shown;
    if (data.name === 'precision') return { label: null, predicted: order[x] };
    if (data.name === 'recall') return { label: order[y], predicted: null };
    const [row, column] = cellAt(this.#figure(), { x, y });
    return { label: order[row], predicted: order[column] };
  }

  /** The row or the column whose name, or share, is at a place of the screen. */
  #headingAt({ clientX, clientY }) {
    if (!this.#shown || !this.#host.on) return null;
    const box = this.#host.getBoundingClientRect();
    const place = measure(this.#figure());
    const column = place.x[0] + Math.floor((clientX - box.left - place.left) / place.cellWidth);
    const row = place.y[0] + Math.floor((clientY - box.top - place.top) / place.cellHeight);
    const isIn = (at, [first, last]) => at >= first && at <= last;
    if (clientX - box.left < place.left && isIn(row, place.y)) return { label: this.#shown.order[row], predicted: null };
    if (clientY - box.top < place.top && isIn(column, place.x)) return { label: null, predicted: this.#shown.order[column] };
    return null;
  }

  #clickHeading(event) {
    const heading = this.#headingAt(event);
    if (heading) this.#pick(heading);
  }

  /** The keyboard goes on from where the mouse was. */
  #pick(cell) {
    const at = (value) => (value === null ? -1 : this.#places.get(value));
    this.#cursor = { row: at(cell.label), column: at(cell.predicted) };
    this.onPick(cell);
  }

  /** Whether the keyboard has the matrix: after a click there is no need for a cursor. */
  #isSteered() {
    return this.#host.matches(':focus-visible');
  }

  #pointHeading(event) {
    const heading = this.#headingAt(event);
    if (heading) this.onPoint(heading);
    this.#host.classList.toggle('on-heading', heading !== null);
  }

  #press(event) {
    if (!this.#shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = this.#cursor ?? { row: 0, column: 0 };
    const most = this.#shown.matrix.classes - 1;
    const next = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      Home: { row, column: 0 },
      End: { row, column: most },
      PageUp: { row: 0, column },
      PageDown: { row: most, column },
    }[event.key];
    if (event.key === '0') this.reset();
    else if (next) this.#moveTo(next);
    else if (event.key === 'Enter' || event.key === ' ') this.#pickCursor();
    else return;
    event.preventDefault();
  }

  #moveTo({ row, column }) {
    if (!this.#shown) return;
    const most = this.#shown.matrix.classes - 1;
    const clamp = (at, least) => Math.max(least, Math.min(most, at));
    // The corner between the headings is no cell.
    const first = row < 0 ? 0 : -1;
    this.#cursor = { row: clamp(row, -1), column: clamp(column, first) };
    this.#scrollTo(this.#cursor);
    this.#mark();
    this.onPoint(this.#cellOfCursor());
  }

  /** Keeps the cursor in sight while only a part is shown. */
  #scrollTo({ row, column }) {
    if (!this.#view) return;
    const move = ([first, last], at) => {
      const by = at < 0 ? 0 : Math.min(0, at - first) + Math.max(0, at - last);
      return [first + by, last + by];
    };
    const view = { x: move(this.#view.x, column), y: move(this.#view.y, row) };
    if (view.x[0] === this.#view.x[0] && view.y[0] === this.#view.y[0]) return;
    this.#view = view;
    this.draw();
  }

  #cellOfCursor() {
    const { order } = this.#shown;
    const { row, column } = this.#cursor;
    return { label: row < 0 ? null : order[row], predicted: column < 0 ? null : order[column] };
  }

  #pickCursor() {
    if (this.#cursor) this.#pick(this.#cellOfCursor());
  }

  #mark() {
    if (this.#host.on) this.#plotly.relayout(this.#host, { shapes: this.#shapes() });
  }

  #shapes() {
    const shapes = [];
    const color = (name) => `rgb(${themeColor(this.#host, name)})`;
    if (this.#selected) shapes.push(this.#frame(this.#selected, { color: color('--accent'), width: 2.5 }));
    if (this.#cursor && this.#isSteered()) {
      shapes.push(this.#frame(this.#cellOfCursor(), { color: color('--ink'), width: 2, dash: '3px,2px' }));
    }
    return shapes;
  }

  #frame({ label, predicted }, line) {
    const { cellWidth, cellHeight } = measure(this.#figure());
    const most = this.#shown.matrix.classes - 0.5;
    const span = (value, size) => {
      if (value === null) return [-0.5, most];
      const at = this.#places.get(value);
      const half = Math.max(0.5, LEAST_FRAME / 2 / size);
      return [at - half, at + half];
    };
    const [x0, x1] = span(predicted, cellWidth);
    const [y0, y1] = span(label, cellHeight);
    return { type: 'rect', xref: 'x', yref: 'y', x0, x1, y0, y1, line, fillcolor: 'rgba(0,0,0,0)' };
  }
}
