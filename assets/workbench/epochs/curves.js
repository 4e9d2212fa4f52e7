/** Accuracy, mean loss and the focused image's loss over the epochs; a click or a drag moves the line at the epoch. */
import { shortNumber } from '../../map/scales.js';
import { onThemeChange } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { loadPlotly } from '../../shared/plotly.js';
import { study } from '../../shared/study.js';
import { percent } from '../confusion/data.js';
import { drawCurves, ROWS } from './curvesfigure.js';

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false };
const NO_FOCUS = 'Click an image to see its loss';

export class Curves {
  #history;
  #player;
  #plotly = null;
  #plot = make('div', { class: 'epochs-plot', id: 'epochs-plot' });
  #heads = ROWS.map(({ key }) => make('p', { class: `epochs-head epochs-head-${key}` }));
  #dots = ROWS.map(() => make('i', { class: 'epochs-dot', hidden: true }));
  #line = make('i', { class: 'epochs-playhead', hidden: true });
  #ghost = make('i', { class: 'epochs-ghost', hidden: true });
  #layer;
  /** @type {{index: number, loss: (number|null)[], predicted: number[]}|null} of the focused image */
  #sample = null;
  #pointed = null;
  #turn = 0;
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
    this.#layer = make('div', { class: 'epochs-plot-layer' }, [this.#ghost, this.#line, ...this.#heads, ...this.#dots]);
    host.append(make('section', { class: 'epochs-card epochs-curves', 'aria-label': 'Curves over the epochs' }, [
      make('div', { class: 'epochs-card-head' }, [make('h3', { text: 'Over the epochs' }), ...saveButtons()]),
      make('div', { class: 'epochs-plot-place' }, [this.#plot, this.#layer]),
    ]));
    this.#listen();
    this.#follow();
  }

  #listen() {
    const { epochs } = this.#history;
    let known = JSON.stringify(epochs);
    this.#history.on('change', () => {
      const now = JSON.stringify(this.#history.epochs);
      if (now === known) return;
      known = now;
      this.#follow();
    });
    this.#player.on('step', () => this.#mark());
    hub.on('focus', () => this.#follow());
    study.on('health', () => this.#missed && hub.page === 'epochs' && this.#follow());
    onThemeChange(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.#plot);
    const layer = this.#layer;
    layer.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      layer.setPointerCapture(event.pointerId);
      this.#set(event);
    });
    layer.addEventListener('pointermove', (event) => {
      if (layer.hasPointerCapture(event.pointerId)) this.#set(event);
      else this.#point(this.#at(event));
    });
    layer.addEventListener('pointerleave', () => this.#point(null));
  }

  /** Fetches what is to be seen of the focused image, and draws. */
  async #follow() {
    const turn = ++this.#turn;
    const index = hub.focus;
    this.#missed = false;
    if (index === null || index >= study.n || !study.labelled) this.#sample = null;
    else if (this.#sample?.index !== index || this.#history.isDone) {
      const found = await this.#history.sample(index).catch(({ isAway }) => {
        if (turn === this.#turn) this.#missed = Boolean(isAway);
        return null;
      });
      if (turn !== this.#turn) return;
      this.#sample = found && { index, ...found };
    }
    await this.draw();
  }

  async draw() {
    if (!this.#plot.clientWidth || this.#plot.clientHeight < 60 || !this.#history.epochs.length) return;
    this.#plotly ??= await loadPlotly();
    const { clientWidth: width, clientHeight: height } = this.#plot;
    const theme = getComputedStyle(this.#plot);
    const color = (name) => theme.getPropertyValue(name).trim();
    const { data, layout } = drawCurves({ epochs: this.#history.epochs, sample: this.#sample, width, height, color });
    await this.#plotly.react(this.#plot, data, layout, CONFIG);
    this.#mark();
  }

  // ---- the line at the epoch

  #x(position) {
    const { xaxis } = this.#plot._fullLayout;
    return xaxis._offset + xaxis.l2p(this.#history.epochs[position].epoch);
  }

  #at(event) {
    const { epochs } = this.#history;
    if (!this.#plot._fullLayout || !epochs.length) return null;
    const x = event.clientX - this.#plot.getBoundingClientRect().left;
    let best = 0;
    for (let k = 1; k < epochs.length; k++) if (Math.abs(this.#x(k) - x) < Math.abs(this.#x(best) - x)) best = k;
    return best;
  }

  #set(event) {
    const position = this.#at(event);
    if (position === null) return;
    this.#player.stop();
    this.#player.go(position);
  }

  #point(position) {
    if (position === this.#pointed) return;
    this.#pointed = position;
    this.#mark();
  }

  #values(row, position) {
    if (row.key === 'sample') return this.#sample?.loss?.[position] ?? null;
    return this.#history.epochs[position]?.[row.key] ?? null;
  }

  #mark() {
    const { step: position } = this.#player;
    const told = this.#pointed ?? position;
    this.#heads.forEach((head, k) => head.replaceChildren(...this.#words(ROWS[k], told)));
    const layout = this.#plot._fullLayout;
    const there = Boolean(layout?.xaxis && position !== null && this.#history.epochs[position]);
    this.#line.hidden = !there;
    this.#ghost.hidden = !there || this.#pointed === null || this.#pointed === position;
    if (there) this.#line.style.transform = `translateX(${this.#x(position)}px)`;
    if (!this.#ghost.hidden) this.#ghost.style.transform = `translateX(${this.#x(told)}px)`;
    this.#dots.forEach((dot, k) => {
      const value = there ? this.#values(ROWS[k], position) : null;
      dot.hidden = value === null;
      if (value === null) return;
      const axis = layout[`yaxis${k ? k + 1 : ''}`];
      dot.style.transform = `translate(${this.#x(position)}px, ${axis._offset + axis.l2p(value)}px)`;
    });
  }

  /** A row's name and its value at an epoch. */
  #words(row, position) {
    const value = position === null ? null : this.#values(row, position);
    const bold = (text) => make('b', { text });
    if (row.key === 'accuracy') return [row.title, bold(value === null ? ' –' : ` ${percent(value)} %`)];
    if (row.key === 'mean_loss') return [row.title, bold(value === null ? ' –' : ` ${shortNumber(value)} nats`)];
    if (!this.#sample) return [study.labelled ? NO_FOCUS : ''];
    const predicted = this.#sample.predicted?.[position];
    const said = predicted == null ? '' : `, predicted ${study.className(predicted)}`;
    return [`Loss of image ${this.#sample.index}`, bold(value === null ? ' –' : ` ${shortNumber(value)} nats`), said];
  }
}

function saveButtons() {
  return ['svg', 'png'].map((format) => {
    const name = format.toUpperCase();
    const attributes = { title: `Save the curves as ${name}`, 'data-plot': 'epochs-plot', 'data-format': format };
    return make('button', { type: 'button', class: 'quiet', text: name, ...attributes });
  });
}
