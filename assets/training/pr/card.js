/** The curves of all runs under one tag at a step: a chart, what is said of the point looked at, and a legend. */
import { css, isDark, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { loadPlotly } from '../../shared/plotly.js';
import { nearestBefore } from '../media/steps.js';
import { breakable } from '../media/taglist.js';
import { CONFIG, MARGIN, corner, guessing, layout, traces } from './figure.js';
import { Legend } from './legend.js';
import { Readout } from './readout.js';
import { turn } from './turns.js';

/** @typedef {{run: import('../state.js').Run, color: string, shape: number, name: string, value: {curves: object[], steps: number[]}}} Row */

export class Card {
  /** @type {() => void} its size has changed */
  onSize = () => {};
  inView = false;
  /** @type {{row: Row, curve: import('./data.js').Curve|null}[]} what the legend lists */
  entries = [];
  #chart = make('div', { class: 'pr-chart' });
  #note = make('p', { class: 'pr-note waiting' });
  #readout = new Readout();
  #legend;
  #plotly = null;
  #drawn = '';
  #waits = false;
  #lines = [];
  /** Those of the picture, which follow when the chart's turn has come. */
  #painted = [];
  #strong = null;
  #part = 1;
  #sizes = new ResizeObserver(() => this.onSize());

  /** @param {string} tag @param {(run: string) => void} hide a run, or shows it again */
  constructor(tag, hide) {
    this.tag = tag;
    this.#legend = new Legend(hide, (run) => this.#stress(run));
    const label = `Precision over recall of ${tag}; the arrows up and down go through the thresholds`;
    this.place = make('div', { class: 'pr-place', tabIndex: 0, role: 'group', 'aria-label': label, on: {
      keydown: (event) => this.#press(event),
      focus: () => this.place.matches(':focus-visible') && this.#walk(0),
      blur: () => this.#say(null),
    } }, [this.#chart, this.#readout.dot, this.#readout.element, this.#note]);
    this.element = make('figure', { class: 'pr-card', 'data-tag': tag }, [make('h3', { class: 'pr-title', text: breakable(tag), title: tag }), this.place, this.#legend.element]);
    this.#sizes.observe(this.#chart);
  }

  destroy() {
    this.#sizes.disconnect();
    this.#plotly?.purge(this.#chart);
  }

  /** @returns {{name: string, curve: import('./data.js').Curve}[]} the curves that are drawn */
  get shown() {
    return this.#lines.map(({ entry, curve }) => ({ name: entry.row.name, curve }));
  }

  /** @returns {import('./data.js').Point|null} the point that is looked at */
  get looked() {
    const { looked } = this.#readout;
    return looked && looked.line.curve.points[looked.at];
  }

  /** @param {{rows: Row[], reading: boolean, step: number|null, hidden: Set<string>, inCorner: boolean}} options */
  show({ rows, reading, step, hidden, inCorner }) {
    this.entries = rows.map((row) => ({ row, curve: row.value.curves[nearestBefore(row.value.steps, step)] ?? null }));
    this.#note.textContent = rows.length ? '' : reading ? 'reading …' : 'The runs chosen have logged nothing under this tag.';
    this.#legend.show(this.entries, step, hidden);
    this.#lines = this.entries.filter(({ row, curve }) => curve && !hidden.has(row.run.id)).map((entry) => ({ entry, curve: entry.curve, color: entry.row.color, shape: entry.row.shape }));
    this.#part = inCorner ? corner(this.#lines) : 1;
    this.draw();
  }

  async draw() {
    // What is to be drawn may change while the chart waits.
    if (this.#waits) return;
    this.#waits = true;
    this.#plotly ??= await loadPlotly().catch(() => null);
    await turn();
    this.#waits = false;
    if (!this.#plotly) return void (this.#note.textContent = 'Plotly could not be loaded, so the curves are not drawn.');
    const { width, height } = this.#chart.getBoundingClientRect();
    if (width < 60 || height < 60) return;
    const strong = this.#strongPlace;
    const drawn = JSON.stringify([width, height, isDark(), this.#part, strong, this.#lines.map(({ curve, color, shape }) => [curve.id, color, shape])]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#painted = this.#lines;
    const fresh = !this.#chart.on;
    const color = (name) => css(themeColor(this.#chart, name));
    const colors = { mute: color('--mute'), line: color('--line') };
    await this.#plotly.react(this.#chart, traces(this.#lines, strong), layout({ width, height, part: this.#part, level: guessing(this.#lines), colors }), CONFIG);
    if (fresh) this.#listen();
    this.#readout.keep(this.#lines);
    this.#mark();
  }

  get #strongPlace() {
    const at = this.#lines.findIndex(({ entry }) => entry.row.run.id === this.#strong);
    return at < 0 ? null : at;
  }

  #stress(run) {
    this.#strong = run;
    this.draw();
  }

  #listen() {
    // The first point of a trace leads from a recall of 0 to the first threshold.
    this.#chart.on('plotly_hover', ({ points: [{ curveNumber, pointNumber }] }) => this.#say({ line: this.#painted[curveNumber], at: Math.max(0, pointNumber - 1) }));
    this.#chart.on('plotly_unhover', () => this.#say(null));
    this.#chart.on('plotly_relayout', () => this.#mark());
  }

  #press(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.#walk(by);
  }

  /** Along the curve looked at, else the first one, from the middle of its thresholds. */
  #walk(by) {
    const { looked } = this.#readout;
    const line = looked?.line ?? this.#lines.find(({ curve }) => curve.points.length);
    if (!line) return;
    const { points } = line.curve;
    const middle = points.findIndex(({ low }) => low <= 0.5);
    const at = looked ? looked.at + by : Math.max(0, middle);
    this.#say({ line, at: Math.min(points.length - 1, Math.max(0, at)) });
  }

  #say(looked) {
    this.#readout.say(looked);
    this.#mark();
  }

  #mark() {
    const { xaxis, yaxis } = this.#chart.layout ?? {};
    if (!xaxis) return;
    const { width, height } = this.#chart.getBoundingClientRect();
    this.#readout.mark([xaxis.range, yaxis.range], [width, height], MARGIN);
  }
}
