/** A chart of many curves: Plotly's axes, our own lines over them. */
import { css, isDark, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { isShown } from '../shown.js';
import { Axes, MARGIN } from './axes.js';
import { ChartPointer } from './pointer.js';
import { Picture } from './picture.js';
import { registerChart } from './registry.js';
import { Extent, Scale, lowerBound, padded } from './scale.js';

const SPACE_Y = 0.05;
const END = 0.006;
const NEAR = 0.02;
// A growing curve has some room to grow into, so that the axes do not move with every point.
const ROOM = 0.06;
// A picture that takes longer than this is moved while the view moves, and drawn anew when it rests.
const QUICK_MS = 12;
const REST_MS = 90;

/**
 * @typedef {object} Line
 * @property {import('../state.js').Run} run @property {string} tag
 * @property {'training'|'validation'|null} split validation is dashed @property {boolean} behind faint, behind the others
 * @typedef {{line: Line, curve: import('./feed.js').Curve, color: string}} Drawn
 */
export class Chart {
  /** @type {HTMLElement} */
  element = make('div', { class: 'chart', tabIndex: 0, role: 'img' });
  /** @type {Drawn[]} */
  drawn = [];
  /** @type {Scale|null} of the plot, in CSS pixels */
  scale = null;
  isVisible = false;
  /** @type {boolean|null} logarithmic, other than the settings say */
  ownLogY = null;
  /** What is to be said of the curves, for the head of a card. */
  fact = make('span', { class: 'chart-fact' });
  #host = make('div', { class: 'chart-plot' });
  #note = make('p', { class: 'chart-note', hidden: true });
  #axes = new Axes(this.#host);
  #picture = new Picture();
  #lines = [];
  #wanted = [];
  #y = null;
  #auto = { x: null, y: null, of: '' };
  #frame = 0;
  #resting = null;
  #last = null;
  #painted = '';
  #ready;
  #off = [];

  /**
   * @param {import('./board.js').Board} board
   * @param {{title: string, wheel?: boolean, fill?: boolean, docked?: HTMLElement|null}} options wheel: turning it zooms without Ctrl;
   *   fill: the ground between training and validation; docked: where the values at the pointer stand, instead of beside it
   */
  constructor(board, options) {
    this.board = board;
    this.options = options;
    this.element.append(this.#host, this.#picture.element, this.#note);
    this.element.setAttribute('aria-label', `${options.title}: curves. Arrow keys move along them, plus and minus zoom, 0 shows all, Enter picks the run.`);
    this.pointer = new ChartPointer(this);
    Object.assign(this.#axes, { onMoving: (x, y) => this.#move(x, y), onMoved: (x, y) => this.#moved(x, y), onReset: () => this.reset() });
    this.#ready = this.#axes.load().then(() => this.draw());
    this.#follow();
  }

  #follow() {
    const { board } = this;
    const watch = new IntersectionObserver((entries) => this.#see(entries.at(-1).isIntersecting), { rootMargin: '160px' });
    watch.observe(this.element);
    const size = new ResizeObserver(() => this.draw());
    size.observe(this.element);
    const draw = () => this.draw();
    this.#off = [
      () => watch.disconnect(), () => size.disconnect(),
      () => this.pointer.destroy(), board.on('range', draw), board.on('reset', () => this.#forgetY()), board.on('visibility', () => this.#want()), board.on('look', draw), board.settings.on('change', draw),
      registerChart(this), board.feed.on('curves', draw), board.feed.on('failure', draw), board.feed.add(this), board.on('highlight', () => this.#mark()),
    ];
  }

  #see(visible) {
    if (visible === this.isVisible) return;
    this.isVisible = visible;
    if (!visible) return;
    this.board.feed.hurry();
    this.draw();
  }

  destroy() {
    for (const off of this.#off) off();
    this.isVisible = false;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#resting);
    this.#axes.purge();
    this.element.remove();
  }

  /** @param {Line[]} lines those behind others first */
  setLines(lines) {
    this.#lines = lines;
    this.#want();
  }

  get lines() {
    return this.#lines;
  }

  #want() {
    this.#wanted = this.#lines.filter(({ run }) => !this.board.isHidden(run)).map(({ run, tag }) => ({ run: run.id, tag }));
    if (this.isVisible) this.board.feed.want();
    this.draw();
  }

  /** @returns {{run: string, tag: string}[]} the curves it needs */
  wanted() {
    return this.#wanted;
  }

  get pixels() {
    return Math.max(0, Math.round((this.element.clientWidth - MARGIN.l - MARGIN.r) * devicePixelRatio));
  }

  get logY() {
    return this.ownLogY ?? this.board.settings.logY;
  }

  /** Every value again, in all charts. */
  reset() {
    this.board.resetAll();
  }

  #forgetY() {
    this.#y = null;
    this.#auto = { x: null, y: null, of: '' };
    this.draw();
  }

  get isZoomed() {
    return this.#y !== null || this.board.range !== null;
  }

  /** @param {[number, number]|null} y the part of y that is shown; null for what the values need */
  setY(y) {
    this.#y = y;
    this.draw();
  }

  toggleLog() {
    this.ownLogY = !this.logY;
    this.setY(null);
  }

  /** Draws in the next frame. */
  draw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.isVisible && isShown(this.board.tab)) this.#draw();
    });
  }

  // ---- what is drawn

  #collect() {
    const { board } = this;
    const drawn = [];
    for (const line of this.#lines) {
      if (board.isHidden(line.run)) continue;
      const held = board.feed.get(line.run.id, line.tag);
      const curve = held && (covers(held.range, board.range) ? held.part ?? held.whole : held.whole ?? held.part);
      if (curve?.x.length) drawn.push({ line, curve, color: board.colorOf(line.run) });
    }
    return drawn;
  }

  #ranges(drawn) {
    const { settings, range, feed } = this.board;
    const of = `${feed.x} ${this.#isLogX} ${this.logY} ${settings.robust}`;
    if (this.#auto.of !== of) {
      if (this.#auto.of) this.#y = null;
      this.#auto = { x: null, y: null, of };
    }
    const x = range ?? this.#autoX(drawn);
    return { x, y: this.#y ?? this.#autoY(drawn, x) };
  }

  get #isLogX() {
    return this.board.settings.logX && this.board.feed.x !== 'clock';
  }

  #autoX(drawn) {
    const extent = new Extent({ positive: this.#isLogX });
    for (const { curve } of drawn) {
      if (this.#isLogX) extent.add(curve.x, 0, Math.min(curve.x.length, 3));
      extent.add([curve.first, curve.last]);
    }
    if (extent.isEmpty) return this.#auto.x ?? (this.#isLogX ? [1, 10] : [0, 1]);
    const [low, last] = extent.bounds;
    // Step 1 of many is as good as the beginning.
    const first = low > 0 && low < NEAR * last && !this.#isLogX ? 0 : low;
    // The dot at the end of a curve is to be seen whole.
    const bounds = [first, this.#isLogX ? last : last + END * (last - first)];
    this.#auto.x = bounds[0] === bounds[1] ? padded(bounds, this.#isLogX, 0) : settle(this.#auto.x, bounds, 0, this.#isLogX);
    return this.#auto.x;
  }

  #autoY(drawn, [left, right]) {
    const { settings } = this.board;
    const extent = new Extent({ positive: this.logY, robust: settings.robust });
    for (const { curve } of drawn) {
      const from = lowerBound(curve.x, left);
      const to = lowerBound(curve.x, right) + 1;
      if (curve.smoothed) extent.add(curve.smoothed, from, Math.min(to, curve.x.length));
      if (!curve.smoothed || settings.raw) extent.add(curve.y, from, Math.min(to, curve.x.length));
    }
    if (extent.isEmpty) return this.#auto.y ?? (this.logY ? [0.1, 1] : [0, 1]);
    this.#auto.y = settle(this.#auto.y, extent.bounds, SPACE_Y, this.logY);
    return this.#auto.y;
  }

  #draw() {
    const drawn = this.#collect();
    const { x, y } = this.#ranges(drawn);
    const { settings } = this.board;
    const width = this.element.clientWidth - MARGIN.l - MARGIN.r;
    const height = this.element.clientHeight - MARGIN.t - MARGIN.b;
    if (width < 20 || height < 20) return;
    const how = { logX: this.#isLogX, logY: this.logY, width, height };
    this.scale = new Scale(x, y, how);
    this.#axes.show({ x, y, axis: this.board.axis, logX: how.logX, logY: how.logY, wheel: this.options.wheel ?? false });
    this.#last = { x, y };
    const sign = JSON.stringify([x, y, how, settings.raw, isDark(), devicePixelRatio, this.board.look]);
    const same = sign === this.#painted && sameCurves(drawn, this.drawn);
    this.drawn = drawn;
    if (!same) this.#paint();
    this.#painted = sign;
    this.#tell(drawn);
  }

  #paint() {
    const theme = { card: css(themeColor(this.element, '--card')), ink: css(themeColor(this.element, '--ink')) };
    this.#picture.paint(this.drawn, this.scale, { board: this.board, fill: this.options.fill ?? false, theme });
    this.#mark();
    this.pointer.refresh();
  }

  #mark() {
    if (this.scale && this.isVisible) this.#picture.mark(this.drawn, this.scale, this.board, this.pointer.place ?? this.board.place);
  }

  #tell(drawn) {
    const missing = this.#wanted.filter(({ run, tag }) => !this.board.feed.get(run, tag)).length;
    const holes = this.#picture.holes;
    this.element.dataset.curves = String(drawn.length);
    this.element.dataset.state = missing ? 'waiting' : 'drawn';
    this.element.classList.toggle('is-zoomed', this.isZoomed);
    const sentence = this.board.feed.failure ?? (drawn.length ? '' : missing ? 'Reading the curves …' : this.#emptySentence);
    this.#note.textContent = sentence;
    this.#note.hidden = !sentence;
    this.#note.classList.toggle('chart-note-empty', !drawn.length);
    this.fact.textContent = holes ? holeSentence(holes) : '';
  }

  get #emptySentence() {
    if (this.#lines.length && !this.#wanted.length) return 'All runs are hidden: click one in the legend to show it.';
    if (this.#lines.some(({ run }) => run.alive)) return 'Nothing yet: the first values appear by themselves.';
    return 'These runs have logged nothing of this.';
  }

  // ---- while somebody drags or turns the wheel

  #move(x, y) {
    if (!this.#last) return;
    const next = new Scale(x ?? this.#last.x, y ?? this.#last.y, this.scale);
    // What is painted is no longer that of the last drawing.
    this.#painted = '';
    if (this.#picture.cost < QUICK_MS) {
      this.scale = next;
      this.#paint();
      return;
    }
    this.#picture.shift(next);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.scale = next;
      this.#paint();
    }, REST_MS);
  }

  #moved(x, y) {
    clearTimeout(this.#resting);
    if (y && !sameRange(y, this.#last?.y)) this.#y = y;
    if (x && !sameRange(x, this.#last?.x)) this.board.setRange(x);
    this.draw();
  }

  /** Zooms about the middle, or about a place. @param {number} factor below 1 is closer @param {number} [at] of x */
  zoom(factor, at) {
    if (!this.scale) return;
    const { scale } = this;
    const middle = at === undefined ? scale.width / 2 : scale.px(at);
    this.board.setRange([scale.xAt(middle - middle * factor), scale.xAt(middle + (scale.width - middle) * factor)]);
  }

  /** Milliseconds that the last picture took. */
  get cost() {
    return this.#picture.cost;
  }

  /** @returns {boolean} whether all that is known by now is drawn */
  get isDrawn() {
    return !this.#frame && this.element.dataset.state === 'drawn';
  }

  /** @returns {Promise<void>} once the axes can be drawn */
  get ready() {
    return this.#ready;
  }
}

const sameRange = (a, b) => Boolean(a && b) && Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) <= 1e-9 * (Math.abs(b[1] - b[0]) || 1);

const sameCurves = (a, b) => a.length === b.length && a.every((one, k) => one.curve === b[k].curve && one.color === b[k].color && one.line.behind === b[k].line.behind);

const covers = (held, wanted) => Boolean(held && wanted) && held[0] <= wanted[0] && held[1] >= wanted[1];

/** The range of an axis for these bounds: the one before, while they fit well. */
function settle(before, bounds, space, log) {
  const wanted = padded(bounds, log, space);
  if (!before) return wanted;
  const at = (value) => (log ? Math.log10(value) : value);
  const span = at(before[1]) - at(before[0]);
  const fits = at(bounds[0]) >= at(before[0]) && at(bounds[1]) <= at(before[1]);
  const tight = at(wanted[1]) - at(wanted[0]) >= 0.86 * span;
  if (fits && tight) return before;
  const room = (grown) => (grown ? ROOM * (at(wanted[1]) - at(wanted[0])) : 0);
  const [low, high] = [at(wanted[0]) - room(space && bounds[0] < before[0]), at(wanted[1]) + room(bounds[1] > before[1])];
  return log ? [10 ** low, 10 ** high] : [low, high];
}

function holeSentence({ nan, infinite }) {
  return [nan && '× not a number', infinite && '∧∨ infinite'].filter(Boolean).join('   ');
}
