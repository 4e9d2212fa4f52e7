/** The numbers beside the curves: a card a run. */
import { make } from '../../shared/dom.js';
import { formatClock, formatSpan, formatValue } from '../chart/format.js';
import { drawSwatch } from '../chart/swatch.js';
import { valueOf } from '../chart/values.js';
import { isShown } from '../shown.js';
import { training } from '../state.js';
import { QUANTITIES, SPLITS } from './tags.js';

const MOST = 6;
const TICK_MS = 1000;
const STATES = { done: 'done', stopped: 'stopped', failed: 'failed', running: 'running' };

export class Numbers {
  element = make('div', { class: 'live-numbers' });
  #board;
  #facts;
  #runs = [];

  /** @param {import('../chart/board.js').Board} board @param {import('./facts.js').RunFacts} facts */
  constructor(board, facts) {
    this.#board = board;
    this.#facts = facts;
    facts.on('change', () => this.draw());
    board.on('look', () => this.draw());
    // Times go on while nothing is logged.
    setInterval(() => isShown(board.tab) && !document.hidden && this.#runs.some((run) => run.status === 'running') && this.draw(), TICK_MS);
  }

  /** @param {import('../state.js').Run[]} runs */
  show(runs) {
    this.#runs = runs;
    this.#facts.want(runs.slice(0, MOST));
    this.draw();
  }

  draw() {
    const cards = this.#runs.slice(0, MOST).map((run) => this.#card(run));
    const more = this.#runs.length - MOST;
    if (more > 0) cards.push(make('p', { class: 'live-more', text: `and ${more.toLocaleString('en')} more runs: the tab Runs has all their numbers` }));
    this.element.replaceChildren(...cards);
  }

  #card(run) {
    const facts = this.#facts.get(run);
    const shape = this.#board.entries.length > 1 ? this.#board.shapeOf(run) : null;
    const name = make('b', { class: 'live-name', text: training.name(run), title: run.name });
    const head = make('div', { class: 'live-card-head' }, [drawSwatch({ color: this.#board.colorOf(run), shape }), name, state(run)]);
    const card = make('section', { class: 'live-card', 'aria-label': run.name, 'data-run': run.id }, [head]);
    if (facts) card.append(table(facts, this.#unit(run)), this.#pace(run, facts));
    else card.append(make('p', { class: 'waiting', text: 'Reading its numbers …' }));
    return card;
  }

  #unit(run) {
    return valueOf(run, 'epoch') === null ? 'step' : 'epoch';
  }

  #pace(run, { epoch, epochSeconds, stepsPerSecond }) {
    const parts = [];
    const part = (name, value, title) => parts.push(make('dt', { text: name }), make('dd', { text: value, ...(title && { title }) }));
    const planned = run.parameters.epochs;
    if (epoch !== null) part('epochs done', Number.isFinite(planned) && planned >= epoch ? `${count(epoch)} of ${count(planned)}` : count(epoch));
    // A file that tells no times, such as CSVLogger's, has all of them at once.
    if (epochSeconds > 0) part('time per epoch', formatSpan(epochSeconds), 'Over the last three epochs');
    if (stepsPerSecond !== null) part('rate', `${Number(stepsPerSecond.toPrecision(3)).toLocaleString('en')} steps/s`);
    const now = run.alive ? Date.now() / 1000 : run.updated;
    const took = Math.max(0, Math.round(now - run.started));
    if (run.alive || took) part(run.alive ? 'running for' : 'ran for', formatSpan(took), `Since ${formatClock(run.started)}`);
    part('started', formatClock(run.started));
    return make('dl', { class: 'live-pace' }, parts);
  }
}

const count = (value) => Number(value.toFixed(1)).toLocaleString('en');

function state(run) {
  const lost = run.status === 'running' && !run.alive;
  const text = lost ? `lost: its writer has said nothing for ${formatSpan(Math.max(0, Math.round(Date.now() / 1000 - run.updated)))}` : STATES[run.status] ?? run.status;
  return make('span', { class: 'live-state', 'data-state': lost ? 'lost' : run.status, text, title: lost ? 'Its process may have been killed' : '' });
}

/** Last and best, training and validation, and how far they are apart. */
function table({ figures }, unit) {
  const rows = QUANTITIES.filter((quantity) => SPLITS.some((split) => figures[`${quantity} ${split}`])).map((quantity) => row(quantity, figures, unit));
  if (!rows.length) return make('p', { class: 'waiting live-wait', text: 'No accuracy and no cross-entropy yet.' });
  const heads = ['', ...SPLITS, 'gap'].map((text) => make('th', { text, scope: 'col', ...(text === 'gap' && { title: 'Generalisation gap: how much worse validation is than training' }) }));
  return make('table', { class: 'live-figures' }, [make('thead', {}, [make('tr', {}, heads)]), make('tbody', {}, rows)]);
}

function row(quantity, figures, unit) {
  const cells = SPLITS.map((split) => cell(quantity, figures[`${quantity} ${split}`], unit));
  return make('tr', {}, [make('th', { text: quantity, scope: 'row' }), ...cells, gap(quantity, figures)]);
}

function cell(quantity, figure, unit) {
  if (!figure) return make('td', { class: 'number', text: '–' });
  const best = Number.isNaN(figure.best) ? [] : [`best ${format(quantity, figure.best)}`, `${unit} ${count(figure.bestAt)}`];
  return make('td', { class: 'number' }, [make('span', { class: 'live-big', text: format(quantity, figure.last) }), ...best.map((text) => make('small', { text }))]);
}

function gap(quantity, figures) {
  const [own, validation] = SPLITS.map((split) => figures[`${quantity} ${split}`]?.last);
  if (!Number.isFinite(own) || !Number.isFinite(validation)) return make('td', { class: 'number', text: '–' });
  const worse = quantity === 'accuracy' ? own - validation : validation - own;
  const text = quantity === 'accuracy' ? `${(100 * worse).toFixed(1)} pts` : formatValue(worse).replace(/(\.\d\d\d?)\d*$/, '$1');
  return make('td', { class: 'number live-gap' }, [make('span', { text: worse >= 0 ? text : text.replace('-', '−') })]);
}

// Four digits and an exponent, twice beside each other, are wider than the card.
const SMALL = 1e-3;

function format(quantity, value) {
  if (quantity === 'accuracy' && value >= 0 && value <= 1) return `${(100 * value).toFixed(value === 1 ? 0 : 2)} %`;
  return value !== 0 && Math.abs(value) < SMALL ? value.toExponential(1).replace('-', '−') : formatValue(value);
}
