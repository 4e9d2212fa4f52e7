/** The values at the pointer: of the curve that is meant, and of the others there, best first. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';
import { MARGIN } from './axes.js';
import { formatValue, formatX } from './format.js';
import { momentOf } from './moments.js';
import { swatch } from './swatch.js';

const MOST_ROWS = 8;
const MOST_DOCKED = 200;
const GAP = 16;
const REST_MS = 120;
// Of the window, which stays free.
const EDGE = 8;

export class Readout {
  #chart;
  #element = make('div', { class: 'chart-readout', hidden: true });
  #resting = null;
  #asked = 0;

  /** @param {import('./chart.js').Chart} chart */
  constructor(chart) {
    this.#chart = chart;
    const { docked } = chart.options;
    if (docked) this.#element.classList.add('chart-readout-docked');
    (docked ?? chart.element).append(this.#element);
  }

  /** @param {{rows: object[], strong: object|null, at: {x: number, y: number}, x: number}} what rows: best first */
  show({ rows, strong, at, x }) {
    const { axis } = this.#chart.board;
    const where = make('p', { class: 'chart-readout-x' });
    where.append(make('b', { text: formatX(axis, x) }));
    this.#element.replaceChildren(where, ...this.#head(strong), this.#table(rows, strong));
    this.#element.hidden = false;
    if (!this.#chart.options.docked) this.#place(at);
    this.#locate(where, strong, axis);
  }

  #head(strong) {
    if (!strong) return [];
    const { board } = this.#chart;
    const { group, label } = training;
    const more = [label !== null && strong.run.name, group !== null && group !== label && `${group} = ${board.keyOf(strong.run)}`];
    const notes = more.filter(Boolean).map((text) => make('small', { text }));
    return [make('p', { class: 'chart-readout-run' }, [swatch(strong, board), make('b', { text: training.name(strong.run) }), ...notes])];
  }

  #table(rows, strong) {
    const most = this.#chart.options.docked ? MOST_DOCKED : MOST_ROWS;
    const shown = rows.slice(0, most);
    // The one that is meant is always among them.
    if (strong && !shown.includes(strong)) shown.splice(most - 1, 1, strong);
    const smoothed = rows.some((row) => row.smoothed !== null);
    const lines = shown.map((row) => this.#line(row, smoothed));
    const heads = smoothed ? [make('thead', {}, [make('tr', {}, ['', 'smoothed', 'raw'].map((text) => make('th', { text })))])] : [];
    const table = make('table', {}, [...heads, make('tbody', {}, lines)]);
    const more = rows.length - shown.length;
    return make('div', {}, more > 0 ? [table, make('p', { class: 'chart-readout-more', text: `and ${more.toLocaleString('en')} more` })] : [table]);
  }

  #line(row, smoothed) {
    const split = row.line.split ? make('small', { text: ` ${row.line.split}` }) : '';
    const name = make('td', {}, [swatch(row, this.#chart.board), make('span', { class: 'chart-readout-name', text: training.name(row.run) }), split]);
    const cells = smoothed ? [formatValue(row.smoothed), formatValue(row.value)] : [formatValue(row.value)];
    return make('tr', { class: row.strong ? 'strong' : '' }, [name, ...cells.map((text) => make('td', { class: 'number', text }))]);
  }

  /** Step, epoch and time of the place, whatever runs along x; asked for when the pointer rests. */
  #locate(where, strong, axis) {
    clearTimeout(this.#resting);
    const turn = ++this.#asked;
    if (!strong) return;
    this.#resting = setTimeout(async () => {
      const moment = await momentOf(strong.run, strong.line.tag, axis, strong.x).catch(() => null);
      if (turn !== this.#asked || !moment) return;
      const others = ['step', 'epoch', 'time'].filter((name) => name !== axis && moment[name] !== null);
      where.append(...others.map((name) => make('span', { text: formatX(name, moment[name]) })));
    }, REST_MS);
  }

  /** Beside the pointer, over what lies next to the chart too, but within the window. */
  #place({ x, y }) {
    const { offsetWidth: width, offsetHeight: height } = this.#element;
    const box = this.#chart.element.getBoundingClientRect();
    const right = x + MARGIN.l + GAP;
    const left = box.left + right + width < innerWidth - EDGE ? right : Math.max(EDGE - box.left, x + MARGIN.l - GAP - width);
    const top = Math.max(EDGE - box.top, Math.min(y + MARGIN.t - height / 2, innerHeight - EDGE - height - box.top));
    Object.assign(this.#element.style, { left: `${left}px`, top: `${top}px` });
  }

  hide() {
    clearTimeout(this.#resting);
    this.#asked += 1;
    if (!this.#chart.options.docked) this.#element.hidden = true;
  }
}
