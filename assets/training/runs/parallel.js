/**
 * Parallel coordinates: an axis for each parameter and result, a line for each run. A stretch that is drawn on an axis picks
 * the runs that pass through it, everywhere; what is picked elsewhere stands out here.
 *
 * Drawn as SVG: Plotly's are WebGL, know no picks but their own, and name no line.
 */
import { make } from '../../shared/dom.js';
import { onThemeChange } from '../../shared/colors.js';
import { whileShown } from '../shown.js';
import { training } from '../state.js';
import { axesMenu } from './axesmenu.js';
import { firstAxes, idOf, makeAxis } from './axes.js';
import { Brushes } from './brushes.js';
import { mainTags } from './main.js';
import { svg } from './svg.js';

const TOP = 34;
const BOTTOM = 30;
const SIDE = 58;
// A label of the last axis needs as much.
const RIGHT = 88;
// Pixels by which runs of the same value stand apart, to either side.
const SPREAD = 6;
const KEY = 'innerview-parallel';

export class Parallel {
  #axes = [];
  #wanted = null;
  #lines = new Map();
  #size = { width: 0, height: 0 };
  #own = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.brushes = new Brushes(() => this.#brushed());
    this.lines = svg('g', { class: 'parallel-lines' });
    this.axes = svg('g', { class: 'parallel-axes' });
    this.svg = svg('svg', { class: 'parallel-chart', role: 'group', 'aria-label': 'A line for each run, an axis for each parameter and result' }, [this.lines, this.axes]);
    this.tip = make('div', { class: 'parallel-tip', hidden: true });
    this.note = make('p', { class: 'waiting parallel-note', role: 'status' });
    this.body = make('div', { class: 'parallel-body' }, [this.svg, this.tip, this.note]);
    this.clear = make('button', { type: 'button', class: 'bar-button', text: 'Clear the stretches', hidden: true, on: { click: () => this.brushes.clear() } });
    const title = make('h3', { text: 'Parallel coordinates' });
    const hint = make('small', { text: 'Draw along an axis to pick runs; click its name to colour by it' });
    const head = make('div', { class: 'parallel-head' }, [this.#fold(), title, hint, make('span', { class: 'runs-space' }), this.clear, ...axesMenu(this)]);
    element.append(head, this.body);
    this.#listen();
  }

  /** @returns {string[]} ids of the columns that are axes */
  get chosen() {
    return this.#wanted ?? firstAxes(training.columns, training.runs, mainTags.main);
  }

  /** @param {string[]|null} ids null for those drawn at first */
  choose(ids) {
    this.#wanted = ids;
    this.brushes.keepOnly(ids ?? this.chosen);
    this.#draw();
  }

  #fold() {
    let folded = isFolded();
    const button = make('button', { type: 'button', class: 'icon-button parallel-fold' });
    const show = () => {
      this.element.classList.toggle('folded', folded);
      button.setAttribute('aria-expanded', String(!folded));
      button.title = folded ? 'Show the parallel coordinates' : 'Fold them away';
      button.setAttribute('aria-label', button.title);
    };
    button.addEventListener('click', () => {
      folded = !folded;
      keepFolded(folded);
      show();
    });
    show();
    return button;
  }

  #listen() {
    const draw = whileShown('runs', () => this.#follow());
    for (const event of ['runs', 'chosen', 'group']) training.on(event, draw);
    mainTags.on('change', draw);
    training.on('store', () => {
      this.#wanted = null;
      this.brushes.forget();
    });
    training.on('picked', () => this.#picked());
    training.on('focus', () => this.#mark());
    onThemeChange(draw);
    new ResizeObserver(() => this.#draw()).observe(this.body);
    this.lines.addEventListener('pointerover', (event) => this.#hover(event));
    this.lines.addEventListener('pointerout', () => this.#leave());
    this.lines.addEventListener('click', ({ target }) => target.dataset.id && training.setFocus(target.dataset.id));
    this.#follow();
  }

  async #follow() {
    const asked = mainTags.refresh();
    if (!mainTags.isKnown) await asked;
    this.#draw();
    // Runs that are new, or have come into a stretch, are picked as those before.
    if (this.brushes.some) this.#brushed();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.body;
    if (!width || !height) return;
    this.#size = { width, height };
    const runs = training.found;
    const byId = new Map(training.columns.map((column) => [idOf(column), column]));
    const columns = this.chosen.map((id) => byId.get(id)).filter(Boolean);
    // By all runs of the store: an axis that moved with each query could not be read.
    this.#axes = columns.map((column) => makeAxis(column, training.runs));
    const few = runs.length < 2 || this.#axes.length < 2;
    this.note.hidden = !few;
    this.svg.toggleAttribute('hidden', few);
    this.clear.hidden = !this.brushes.some;
    if (few) {
      this.note.textContent = runs.length < 2 ? 'Two runs or more are compared here.' : 'The runs differ in no parameter; choose at least two axes by the button at the right.';
      return;
    }
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#drawAxes();
    this.#drawLines(runs);
    this.#mark();
  }

  x(k) {
    const last = this.#axes.length - 1;
    return SIDE + (k * (this.#size.width - SIDE - RIGHT)) / Math.max(1, last);
  }

  y(place) {
    // Below the axis: no value.
    if (place === null) return this.#size.height - 9;
    return TOP + (1 - place) * (this.#size.height - TOP - BOTTOM);
  }

  /** @returns {number} 0..1 */
  placeAt(clientY) {
    const { top } = this.svg.getBoundingClientRect();
    const { height } = this.#size;
    return Math.min(1, Math.max(0, 1 - (clientY - top - TOP) / (height - TOP - BOTTOM)));
  }

  #drawAxes() {
    const key = JSON.stringify([this.#size, training.group, this.#axes.map(({ id, ticks, hasGaps }) => [id, ticks, hasGaps]), this.brushes.state]);
    if (this.axes.dataset.key === key) return;
    const held = this.axes.contains(document.activeElement) ? document.activeElement.dataset.axis : null;
    this.axes.dataset.key = key;
    this.axes.replaceChildren(...this.#axes.map((axis, k) => this.#axis(axis, k)));
    if (held) this.axes.querySelector(`[data-axis="${CSS.escape(held)}"]`)?.focus();
  }

  #axis(axis, k) {
    const x = this.x(k);
    const room = Math.floor((this.x(1) - this.x(0)) / 7.6 - 1);
    const cut = (text, most) => (text.length > most ? `${text.slice(0, Math.max(3, most - 1))}…` : text);
    const grouped = training.group === axis.name;
    const name = svg('text', { class: grouped ? 'parallel-name grouped' : 'parallel-name', x, y: 14, 'text-anchor': 'middle' });
    // Names such as model.block0.dropout differ at their ends.
    name.textContent = axis.name.length > room ? `…${axis.name.slice(-Math.max(3, room - 1))}` : axis.name;
    const title = svg('title');
    title.textContent = `${axis.name}${axis.logarithmic ? ', by order of magnitude' : ''}\nClick to ${grouped ? 'give each run its own colour' : 'colour by it'}`;
    name.append(title);
    name.addEventListener('click', () => training.setGroup(grouped ? null : axis.name));
    const scale = svg('text', { class: 'parallel-scale', x, y: 25, 'text-anchor': 'middle' });
    scale.textContent = axis.logarithmic ? 'log' : '';
    const ticks = axis.ticks.map(({ at, text }) => this.#tick(x, this.y(at), cut(text, room)));
    const gaps = axis.hasGaps ? [this.#tick(x, this.y(null), 'none')] : [];
    const line = svg('line', { class: 'parallel-axis', x1: x, x2: x, y1: this.y(1), y2: this.y(0) });
    return svg('g', {}, [line, ...ticks, ...gaps, name, scale, this.brushes.handle(axis, x, this)]);
  }

  #tick(x, y, text) {
    const label = svg('text', { class: 'parallel-tick', x: x + 7, y: y + 3.5 });
    label.textContent = text;
    return svg('g', {}, [svg('line', { class: 'parallel-axis', x1: x - 3, x2: x + 3, y1: y, y2: y }), label]);
  }

  /** The lines that are there are moved: hundreds of new ones every second would be slow. */
  #drawLines(runs) {
    // The more there are, the more each has to let through.
    this.lines.style.setProperty('--opacity', Math.min(0.8, Math.max(0.22, 5 / Math.sqrt(runs.length))).toFixed(2));
    const there = new Set(runs.map(({ id }) => id));
    for (const [id, line] of this.#lines) {
      if (there.has(id)) continue;
      line.remove();
      this.#lines.delete(id);
    }
    for (const [k, run] of runs.entries()) {
      const path = this.#path(run, runs.length < 2 ? 0 : (2 * k) / (runs.length - 1) - 1);
      let line = this.#lines.get(run.id);
      if (!line) {
        line = svg('path', { 'data-id': run.id });
        this.#lines.set(run.id, line);
        this.lines.append(line);
      }
      if (line.getAttribute('d') !== path) line.setAttribute('d', path);
      line.style.stroke = training.color(run);
    }
  }

  /** @param {number} aside -1..1, where the run lies among those that have the same value */
  #path(run, aside) {
    const y = (axis) => this.y(axis.place(run)) + (axis.isCrowded ? aside * SPREAD : 0);
    return this.#axes.map((axis, k) => `${k ? 'L' : 'M'}${this.x(k).toFixed(1)} ${y(axis).toFixed(1)}`).join('');
  }

  /** What is picked, or looked at, stands out. */
  #mark() {
    const some = training.picked.size > 0;
    this.lines.classList.toggle('some', some);
    this.lines.style.setProperty('--picked', Math.min(1, Math.max(0.3, 8 / Math.sqrt(training.picked.size || 1))).toFixed(2));
    for (const [id, line] of this.#lines) {
      const picked = some && training.picked.has(id);
      const focused = id === training.focus;
      line.setAttribute('class', `${picked ? 'picked' : ''} ${focused ? 'focused' : ''}`.trim());
    }
  }

  #brushed() {
    this.clear.hidden = !this.brushes.some;
    this.#drawAxes();
    const passing = this.brushes.some ? training.found.filter((run) => this.brushes.pass(run, this.#axes)) : [];
    this.#own = new Set(passing.map(({ id }) => id));
    training.pick(this.#own);
    this.note.hidden = !this.brushes.some || passing.length > 0;
    if (!this.note.hidden) this.note.textContent = 'No run passes through all stretches.';
    this.#mark();
  }

  /** Picked elsewhere: the stretches say something else, so they go. */
  #picked() {
    const own = this.#own && this.#own.size === training.picked.size && [...this.#own].every((id) => training.picked.has(id));
    if (!own && this.brushes.some) {
      this.brushes.forget();
      this.clear.hidden = true;
      this.#drawAxes();
    }
    this.#mark();
  }

  #hover({ target, clientX, clientY }) {
    const run = training.run(target.dataset?.id);
    if (!run) return;
    this.#leave();
    target.classList.add('hovered');
    this.lines.append(target);
    const values = this.#axes.map((axis) => [make('dt', { text: axis.name }), make('dd', { text: axis.text(run) })]);
    this.tip.replaceChildren(make('b', { text: training.name(run) }), make('dl', {}, values.flat()));
    this.tip.hidden = false;
    const { left, top, width, height } = this.body.getBoundingClientRect();
    const x = clientX - left + 14;
    this.tip.style.left = `${x + this.tip.offsetWidth > width ? x - this.tip.offsetWidth - 28 : x}px`;
    this.tip.style.top = `${Math.max(0, Math.min(height - this.tip.offsetHeight, clientY - top - 20))}px`;
  }

  #leave() {
    this.tip.hidden = true;
    this.lines.querySelector('.hovered')?.classList.remove('hovered');
  }
}

function isFolded() {
  try {
    return localStorage.getItem(KEY) === 'folded';
  } catch {
    return false;
  }
}

function keepFolded(folded) {
  try {
    localStorage.setItem(KEY, folded ? 'folded' : '');
  } catch {
    // Without storage it holds until the page is loaded anew.
  }
}
