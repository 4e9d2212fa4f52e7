/** The confusion matrix of the epoch shown; from one epoch to the next its cells change before one's eyes. */
import { AWAY } from '../../shared/ask.js';
import { onThemeChange } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { applyQuery } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { cellOf, ConfusionMatrix, describeCell, queryOf } from '../confusion/data.js';
import { peakOf } from '../confusion/matrixfigure.js';
import { MatrixView } from '../confusion/matrixview.js';

const KEYS =
  'Confusion matrix of the epoch, label in rows, prediction in columns. Arrow keys move, Enter selects the images of a cell.';
const CHANGE_MS = 300;
// Plotly draws a frame of the change in tens of milliseconds, and the map moves at the same time.
const FRAME_MS = 60;
// Of more classes nobody sees single cells change.
const MOVED = 24;

const still = matchMedia('(prefers-reduced-motion: reduce)');

export class Matrix {
  #history;
  #player;
  #view;
  #title = make('h3', { text: 'Confusion' });
  #said = make('p', { class: 'confusion-said', role: 'status' });
  #sentence = make('p', { class: 'waiting', hidden: true });
  #plot = make('div', { class: 'confusion-plot', id: 'epochs-matrix', tabIndex: 0, role: 'application', 'aria-label': KEYS });
  #shares = false;
  #peaks = { counts: 0, shares: 0 };
  #order = null;
  /** @type {{matrix: ConfusionMatrix, position: number, peak: number}|null} */
  #shown = null;
  /** @type {{mask: Uint8Array, cell: import('../confusion/matrixview.js').Cell, position: number}|null} */
  #picked = null;
  #turn = 0;
  #picks = 0;
  /** Whether the server was away when it was asked for what is to be shown. */
  #missed = false;

  /**
   * @param {HTMLElement} host
   * @param {import('./history.js').History} history
   * @param {import('../../training/media/steps.js').Steps} player its steps are positions of epochs
   */
  constructor(host, history, player) {
    this.#history = history;
    this.#player = player;
    const on = { change: () => this.#choose(cells.value === 'shares') };
    const cells = make('select', { class: 'map-select', 'aria-label': 'Cells show', title: 'Cells show', on }, [
      make('option', { value: 'counts', text: 'counts' }),
      make('option', { value: 'shares', text: 'shares of the label' }),
    ]);
    host.append(make('section', { class: 'epochs-card epochs-matrix', 'aria-label': 'Confusion matrix of the epoch' }, [
      make('div', { class: 'epochs-card-head' }, [this.#title, cells]),
      this.#sentence,
      this.#plot,
      this.#said,
    ]));
    this.#view = new MatrixView(this.#plot);
    this.#view.onPick = (cell) => this.#pick(cell);
    this.#view.onPoint = (cell) => this.#say(cell);
    hub.on('query', () => this.#frame());
    hub.on('selection', () => this.#frame());
    study.on('health', () => this.#missed && hub.page === 'epochs' && this.show());
    onThemeChange(() => this.#view.draw());
  }

  #choose(shares) {
    this.#shares = shares;
    if (this.#shown) this.#draw(this.#shown.matrix);
  }

  /** Shows the epoch that the player is at. */
  async show() {
    const turn = ++this.#turn;
    const { step: position } = this.#player;
    this.#missed = false;
    if (position === null) return;
    try {
      const [matrix] = await Promise.all([this.#history.confusion(position), this.#measure(position)]);
      if (turn !== this.#turn) return;
      const before = this.#shown?.matrix;
      const { peak } = this;
      if (before === matrix && this.#shown.position === position && this.#shown.peak === peak) return;
      this.#shown = { matrix, position, peak };
      this.#title.textContent = `Confusion, ${this.#history.name(position)}`;
      this.#sentence.hidden = true;
      this.#plot.hidden = false;
      this.#frame();
      await this.#change(before, this.#shown);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#missed = Boolean(error.isAway);
      if (this.#shown) return;
      this.#sentence.textContent = error.message;
      this.#sentence.hidden = false;
      this.#plot.hidden = true;
    }
  }

  get peak() {
    return this.#shares ? this.#peaks.shares : this.#peaks.counts;
  }

  prepare(position) {
    return this.#history.confusion(position).catch(() => null);
  }

  /** The deepest colour is that of the fullest cell of all epochs known, so that a colour means the same in each of them. */
  async #measure(position) {
    const wanted = this.#history.isDone ? [0, this.#history.epochs.length - 1, position] : [position];
    for (const matrix of await Promise.all(wanted.map((at) => this.#history.confusion(at)))) {
      this.#peaks.counts = Math.max(this.#peaks.counts, peakOf({ matrix, shares: false }));
      this.#peaks.shares = Math.max(this.#peaks.shares, peakOf({ matrix, shares: true }));
    }
  }

  /** As long as no other matrix is to be shown: what is shown already may be asked for again meanwhile. */
  async #change(before, shown) {
    const { matrix } = shown;
    const { playing, speed } = this.#player;
    const ms = playing ? Math.min(CHANGE_MS, 500 / speed) : CHANGE_MS;
    const moves = before && before !== matrix && before.classes === matrix.classes && matrix.classes <= MOVED && !still.matches;
    const started = performance.now();
    for (let t = 0; moves && (t = (performance.now() - started) / ms) < 1; ) {
      await this.#draw(between(before, matrix, t));
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
      if (shown !== this.#shown) return;
    }
    await this.#draw(matrix);
    if (shown === this.#shown) this.#say(null);
  }

  #draw(matrix) {
    this.#order ??= Array.from({ length: matrix.classes }, (_, k) => k);
    const names = this.#order.map((k) => study.className(k));
    return this.#view.show({ matrix, order: this.#order, shares: this.#shares, names, peak: this.peak });
  }

  // ---- selecting

  /** Selects a cell's images: by a query where the table says the same as this epoch, else one by one. Again: not any more. */
  async #pick(cell) {
    const { position } = this.#shown;
    if (sameCell(this.#selected(), cell)) return hub.query ? applyQuery('') : hub.setSelection(null);
    if (this.#isTable(position)) {
      const query = queryOf(cell.label, cell.predicted);
      return applyQuery(query).catch((error) => hub.emit('mistake', { query, error }));
    }
    const pick = ++this.#picks;
    const before = hub.selection;
    const found = await Promise.all([this.#history.column('predicted', position), study.column('label')]).catch(() => []);
    // Something else was selected while the predictions were on their way.
    if (pick !== this.#picks || hub.selection !== before) return undefined;
    const [predicted, labels] = found;
    if (!predicted || !labels) return this.#tell(AWAY);
    const fits = (wanted, value) => wanted === null || value === wanted;
    const isIn = (i) => fits(cell.label, labels[i]) && fits(cell.predicted, predicted[i]);
    // What has no label is in no cell.
    const mask = Uint8Array.from(predicted, (_, i) => (labels[i] >= 0 && isIn(i) ? 1 : 0));
    this.#picked = { mask, cell, position };
    return hub.setSelection(mask);
  }

  /** Whether an epoch is that of the network opened: of that one is the samples table, and so is every query. */
  #isTable(position) {
    return position === this.#history.info.network;
  }

  /** @returns {import('../confusion/matrixview.js').Cell|null} the cell, row or column of this epoch that is selected */
  #selected() {
    const position = this.#shown?.position;
    if (this.#picked && hub.selection === this.#picked.mask) return position === this.#picked.position ? this.#picked.cell : null;
    const cell = this.#isTable(position) ? cellOf(hub.query) : null;
    const classes = this.#shown?.matrix.classes ?? 0;
    return cell && [cell.label, cell.predicted].every((value) => value === null || value < classes) ? cell : null;
  }

  #frame() {
    this.#view.select(this.#selected());
    this.#say(null);
  }

  #tell(sentence) {
    this.#said.textContent = this.#said.title = sentence;
  }

  /** A cell in words; without one, the selected cell, or all of them. */
  #say(cell) {
    if (!this.#shown) return;
    const { matrix } = this.#shown;
    const told = cell ?? this.#selected();
    const wrong = matrix.mistakes.reduce((sum, { count }) => sum + count, 0);
    const all = matrix.labelled.reduce((sum, count) => sum + count, 0);
    const overall = `${wrong.toLocaleString('en')} of ${all.toLocaleString('en')} images wrong`;
    this.#tell(told ? describeCell(matrix, told) : overall);
  }
}

const sameCell = (a, b) => Boolean(a && b) && a.label === b.label && a.predicted === b.predicted;

/** @param {number} t 0..1 @returns {ConfusionMatrix} on its way from one to the other */
function between(from, to, t) {
  const { classes } = to;
  const cells = [];
  for (let k = 0; k < classes * classes; k++) {
    const count = Math.round(from.counts[k] + (to.counts[k] - from.counts[k]) * t);
    if (count) cells.push(Math.floor(k / classes), k % classes, count);
  }
  return new ConfusionMatrix(classes, Int32Array.from(cells));
}
