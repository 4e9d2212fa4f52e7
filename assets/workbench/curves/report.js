/** The figures of every class in a table: sorted by a click on a heading, a class chosen by a click on its row. */
import { make } from '../../shared/dom.js';
import { countText, lossText, shareText } from './data.js';

const COLUMNS = [
  ['name', 'class', 'The class: a click on a row chooses it'],
  ['precision', 'precision', 'The share of the images predicted to be of the class that are'],
  ['recall', 'recall', 'The share of the class that is predicted right'],
  ['f1', 'F1', 'The harmonic mean of precision and recall'],
  ['support', 'images', 'How many images are of the class'],
  ['ap', 'AP', 'Average precision: over all thresholds'],
  ['auc', 'AUC', 'Area under the ROC curve: the chance that an image of the class has a higher probability than one that is not'],
  ['loss', 'loss', 'The mean loss of its images, in nats'],
];
const AVERAGES = {
  micro: 'All predictions together',
  macro: 'The mean of the classes, each counting alike',
  weighted: 'The mean of the classes, each counting by its images',
};

const shown = (column, value) => ({ name: String, support: countText, loss: lossText })[column]?.(value) ?? shareText(value);
const asNumber = (value) => (value === 'Infinity' ? Infinity : value);

export class ReportTable {
  #choice;
  #rows = new Map();
  #heads = {};
  #body = make('tbody');
  #by = 'number';
  #falling = false;

  /** @param {import('./choice.js').Choice} choice */
  constructor(choice) {
    this.#choice = choice;
    const table = make('table', { class: 'curves-table', 'aria-label': 'Figures of every class' }, [this.#makeHead(), this.#body, this.#makeFoot()]);
    this.element = make('section', { class: 'curves-card curves-report' }, [table]);
    for (const one of choice.figures.classes) this.#rows.set(one.number, this.#makeRow(one));
    this.#body.addEventListener('click', (event) => this.#choose(event.target.closest('tr')));
    this.#body.addEventListener('keydown', (event) => this.#move(event));
    choice.on('class', () => this.#mark());
    this.#sort();
    this.#mark();
  }

  #makeHead() {
    const head = ([key, text, title]) => {
      const button = make('button', { type: 'button', text, title, on: { click: () => this.#sortBy(key) } });
      this.#heads[key] = make('th', { scope: 'col' }, [button]);
      return this.#heads[key];
    };
    return make('thead', {}, [make('tr', {}, COLUMNS.map(head))]);
  }

  #makeRow(one) {
    const name = make('button', { type: 'button', text: one.name, title: one.name, tabIndex: -1, disabled: one.column === null });
    const cells = COLUMNS.slice(1).map(([key]) => make('td', { text: shown(key, one[key]) }));
    const row = make('tr', {}, [make('th', { scope: 'row' }, [name]), ...cells]);
    row.dataset.number = one.number;
    return row;
  }

  #makeFoot() {
    const { averages, support } = this.#choice.figures;
    const line = ([kind, title]) => {
      const cells = COLUMNS.slice(1).map(([key]) => make('td', { text: key === 'support' ? countText(support) : shown(key, averages[kind][key]) }));
      return make('tr', { title }, [make('th', { scope: 'row', text: kind }), ...cells]);
    };
    return make('tfoot', {}, Object.entries(AVERAGES).map(line));
  }

  /** The worst first, or the largest class; then the other way; then as the classes are given. */
  #sortBy(key) {
    const first = key === 'support' || key === 'loss';
    if (this.#by !== key) [this.#by, this.#falling] = [key, first];
    else if (this.#falling === first) this.#falling = !first;
    else [this.#by, this.#falling] = ['number', false];
    this.#sort();
  }

  #sort() {
    const { classes } = this.#choice.figures;
    const sign = this.#falling ? -1 : 1;
    const value = (one) => asNumber(one[this.#by]);
    const compare = (a, b) => {
      const [first, second] = [value(a), value(b)];
      // What is not defined comes last, whichever way.
      if (first === null || second === null) return (first === null) - (second === null);
      const order = typeof first === 'string' ? first.localeCompare(second, undefined, { numeric: true }) : Math.sign(first - second);
      return sign * (order || 0) || a.number - b.number;
    };
    this.#body.append(...[...classes].sort(compare).map(({ number }) => this.#rows.get(number)));
    for (const [key, head] of Object.entries(this.#heads)) {
      if (key === this.#by) head.setAttribute('aria-sort', this.#falling ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
  }

  #choose(row) {
    const number = Number(row?.dataset.number);
    if (row && this.#choice.figures.classes[number].column !== null) this.#choice.set(number);
  }

  #move(event) {
    const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
    if (!step) return;
    event.preventDefault();
    let row = event.target.closest('tr')[step];
    while (row && row.querySelector('button').disabled) row = row[step];
    if (!row) return;
    this.#choose(row);
    row.querySelector('button').focus();
  }

  #mark() {
    const { number } = this.#choice;
    for (const [key, row] of this.#rows) {
      const isChosen = key === number;
      const button = row.querySelector('button');
      row.classList.toggle('chosen', isChosen);
      // One of them is in the order of tabs; arrow keys go to the others.
      button.tabIndex = isChosen ? 0 : -1;
      button.setAttribute('aria-pressed', String(isChosen));
    }
    this.reveal();
  }

  /** Scrolls the chosen class into sight, between the headings and the averages. */
  reveal() {
    const row = this.#rows.get(this.#choice.number);
    const [head, foot] = ['thead', 'tfoot'].map((name) => this.element.querySelector(name).offsetHeight);
    const [top, bottom] = [row.offsetTop - head, row.offsetTop + row.offsetHeight + foot - this.element.clientHeight];
    this.element.scrollTop = Math.min(top, Math.max(bottom, this.element.scrollTop));
  }
}
