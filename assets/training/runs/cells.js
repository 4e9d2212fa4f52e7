/** The cells of the runs' table. Each is a class as the grid wants it: `init`, `getGui`, `refresh`. Text only goes in as text. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';
import { formatDuration, formatExactly, formatMoment, formatNumber, formatValue, shortValue } from './format.js';
import { paintMark, runMark } from './mark.js';
import { paintStatus, statusMark } from './status.js';

// Letters of a name that is cut in its middle, and of its end that stays.
const LONG = 22;
const TAIL = 9;

class Cell {
  init(params) {
    this.element = this.build(params.data);
    this.refresh(params);
  }

  getGui() {
    return this.element;
  }

  refresh({ value, data }) {
    if (data) this.show(value, data);
    return true;
  }

  build() {
    return make('span');
  }

  /** Only where it is new: the browser would lay out the row again every second. */
  put(text, title = text, element = this.element) {
    if (element.textContent !== text) element.textContent = text;
    if (element.title !== title) element.title = title;
  }
}

export class NameCell extends Cell {
  build(run) {
    this.mark = runMark(run);
    this.name = make('b');
    this.hidden = make('small', { text: 'hidden' });
    this.shown = null;
    return make('span', { class: 'run-name' }, [this.mark, this.name, this.hidden]);
  }

  show(_value, run) {
    paintMark(this.mark, run);
    this.#put(run.name || run.id, run.id);
    this.hidden.hidden = !run.hidden;
  }

  /** Long names of a sweep differ at their ends: what is cut is the middle. */
  #put(name, id) {
    if (this.shown === name) return;
    this.shown = name;
    this.name.title = `${name}\n${id}`;
    const parts = name.length > LONG ? [name.slice(0, -TAIL), name.slice(-TAIL)] : [name];
    this.name.replaceChildren(...parts.map((text) => make('span', { text })));
  }
}

export class StatusCell extends Cell {
  build(run) {
    return statusMark(run);
  }

  show(_value, run) {
    paintStatus(this.element, run);
  }
}

export class MomentCell extends Cell {
  show(value) {
    this.put(formatMoment(value), formatExactly(value));
  }
}

export class DurationCell extends Cell {
  show(value) {
    this.put(formatDuration(value), typeof value === 'number' ? `${Math.round(value).toLocaleString('en')} seconds` : '');
  }
}

/** A parameter or a text. */
export class ValueCell extends Cell {
  show(value) {
    this.element.classList.toggle('run-none', value === null || value === undefined);
    this.put(shortValue(value), formatValue(value));
  }
}

export class MetricCell extends Cell {
  show(value) {
    this.element.classList.toggle('run-none', value === null || value === undefined);
    this.put(formatNumber(value), typeof value === 'number' ? String(value) : formatNumber(value));
  }
}

export class TagsCell extends Cell {
  build() {
    return make('span', { class: 'run-tags' });
  }

  show(_value, run) {
    const wanted = run.tags.join('\n');
    if (this.shown === wanted) return;
    this.shown = wanted;
    this.element.replaceChildren(...run.tags.map((tag) => make('span', { class: 'run-tag', text: tag, title: tag })));
  }
}

/** Colours have changed: the marks follow without the grid. */
export function repaintMarks(element) {
  for (const row of element.querySelectorAll('.ag-row[row-id]')) {
    const run = training.run(row.getAttribute('row-id'));
    const mark = row.querySelector('.run-mark');
    if (run && mark) paintMark(mark, run);
  }
}
