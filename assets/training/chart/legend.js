/** The legend of all charts of a tab: runs, or the values that colour them. A click hides one, a double click isolates it. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';
import { MARKED } from './board.js';
import { drawSwatch } from './swatch.js';

const HINT = 'Click to hide or show, double click (or shift-click) for this one alone.';

export class Legend {
  element = make('div', { class: 'chart-legend', role: 'group', 'aria-label': 'Runs' });
  #board;
  #buttons = new Map();
  #shown = '';
  #key;
  #off;

  /** @param {import('./board.js').Board} board @param {{splits?: boolean}} [options] splits: tells training from validation */
  constructor(board, { splits = false } = {}) {
    this.#board = board;
    this.#key = splits ? [splitKey()] : [];
    this.#off = [board.on('look', () => this.#show()), board.on('visibility', () => this.#update()), training.on('chosen', () => this.#show())];
    this.element.addEventListener('pointerleave', () => board.highlight({}));
    this.#show();
  }

  destroy() {
    for (const off of this.#off) off();
  }

  #show() {
    const { entries } = this.#board;
    const wanted = JSON.stringify([entries.map(({ key, label, color, runs, shape }) => [key, label, color, runs.length, shape]), training.chosen.length, [...training.picked], this.#board.hiddenCount > 0]);
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    const many = entries.length > MARKED;
    const listed = many ? [] : entries.map((entry) => this.#button(entry));
    const said = many ? [this.#summary(entries)] : [];
    this.element.replaceChildren(...this.#key, ...said, ...listed, ...this.#ways());
    this.#update();
  }

  #summary(entries) {
    const runs = entries.reduce((sum, entry) => sum + entry.runs.length, 0).toLocaleString('en');
    const text = training.group === null ? `${runs} runs, each in its colour: point at a curve for its name` : `${runs} runs, coloured by ${training.group}`;
    return make('span', { class: 'chart-legend-many', text });
  }

  #button(entry) {
    const { key, label, color, runs, shape } = entry;
    const many = runs.length > 1 ? make('small', { text: ` ${runs.length}` }) : '';
    const name = make('span', { class: 'chart-legend-name', text: label });
    const all = () => this.#board.entries.map((other) => other.key);
    const known = this.#buttons.get(key);
    // A button that is replaced between two clicks never sees the double click.
    const button = known ?? make('button', { type: 'button', class: 'chart-legend-entry', 'data-key': key, on: {
      click: (event) => (event.shiftKey ? this.#board.isolate(key, all()) : this.#board.toggle(key)),
      dblclick: () => this.#board.isolate(key, all()),
      pointerenter: () => this.#board.highlight({ group: key }),
      focus: () => button.matches(':focus-visible') && this.#board.highlight({ group: key }),
      blur: () => this.#board.highlight({}),
    } });
    button.title = `${label}. ${HINT}`;
    button.replaceChildren(drawSwatch({ color, shape: this.#board.entries.length > 1 ? shape : null }), name, many);
    this.#buttons.set(key, button);
    return button;
  }

  /** Ways back from what is left out. */
  #ways() {
    const ways = [];
    const way = (text, action, title) => ways.push(make('button', { type: 'button', class: 'quiet', text, title, on: { click: action } }));
    if (this.#board.hiddenCount) way('show hidden', () => this.#board.showAll(), 'Show all curves again');
    // A pick that the query leaves out narrows nothing down.
    const picked = training.found.filter((run) => training.picked.has(run.id)).length;
    if (picked) way(`${picked} picked: all again`, () => training.pick([]), 'Show all runs that the query finds');
    return ways;
  }

  #update() {
    for (const [key, button] of this.#buttons) button.setAttribute('aria-pressed', String(!this.#board.hides(key)));
    if (this.#board.hiddenCount > 0 !== JSON.parse(this.#shown || '[null,null,null,false]').at(-1)) this.#show();
  }
}

function splitKey() {
  const part = (text, dashed) => make('span', {}, [drawSwatch({ color: 'currentColor', dashed, width: 26 }), document.createTextNode(text)]);
  return make('span', { class: 'chart-legend-splits' }, [part('training', false), part('validation', true)]);
}
