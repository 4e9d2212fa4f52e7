/** The tab Live: accuracy and cross-entropy, training and validation, of what runs just now. */
import '../chart/modules.js';
import { make } from '../../shared/dom.js';
import { Board } from '../chart/board.js';
import { ChartCard } from '../chart/card.js';
import { buildControls } from '../chart/controls.js';
import { Legend } from '../chart/legend.js';
import { valueOf } from '../chart/values.js';
import { emptyCard } from '../runs/empty.js';
import { whileShown } from '../shown.js';
import { training } from '../state.js';
import { demonstrationCard } from './demonstration.js';
import { RunFacts } from './facts.js';
import { Numbers } from './numbers.js';
import { LiveTags, QUANTITIES } from './tags.js';

// Says how far a run is, and nothing of what it learns.
const EPOCH = 'epoch';
const TITLES = { accuracy: 'Accuracy', 'cross-entropy': 'Cross-entropy' };

export function build(element) {
  const live = new Live(element);
  for (const event of ['runs', 'chosen', 'group', 'store']) training.on(event, whileShown('live', () => live.follow()));
  live.follow();
}

class Live {
  #board = new Board('live', { x: 'epoch' });
  #tags = new LiveTags();
  #facts = new RunFacts(this.#tags);
  #numbers = new Numbers(this.#board, this.#facts);
  #cards = new Map();
  #said = make('span', { class: 'live-said' });
  #other = make('div', { class: 'live-other', hidden: true });
  #body;
  #empty = null;
  #drawn = false;

  constructor(element) {
    this.#tags.on('change', () => this.follow());
    const charts = QUANTITIES.map((quantity) => this.#card(quantity));
    const top = make('div', { class: 'live-top' }, [buildControls(this.#board)]);
    const line = make('div', { class: 'live-line' }, [this.#said, new Legend(this.#board, { splits: true }).element]);
    this.#body = make('div', { class: 'live-body' }, [
      make('div', { class: 'live-main' }, [top, line, make('div', { class: 'live-charts' }, [...charts, this.#other])]),
      make('div', { class: 'live-side' }, [demonstrationCard(), this.#numbers.element]),
    ]);
    element.append(this.#body);
    this.element = element;
  }

  #card(quantity) {
    const card = new ChartCard(this.#board, { title: TITLES[quantity], wheel: true, fill: true });
    this.#cards.set(quantity, card);
    return card.element;
  }

  /** @returns {[import('../state.js').Run[], string]} those picked; else those that run; else the newest */
  #choose() {
    const { found } = training;
    const picked = found.filter((run) => training.picked.has(run.id));
    if (picked.length) return [picked, picked.length === 1 ? 'the picked run' : `the ${picked.length} picked runs`];
    const alive = found.filter((run) => run.alive);
    if (alive.length) return [alive, alive.length === 1 ? 'the run that is training' : `the ${alive.length} runs that are training`];
    return [found.slice(0, 1), found.length ? 'the newest run' : ''];
  }

  follow() {
    this.#showEmpty(training.known && !training.runs.length);
    if (training.known && !training.runs.length) return;
    if (training.known) this.#tags.refresh();
    if (!training.known || !this.#tags.isKnown) return void this.#wait();
    const [runs, words] = this.#choose();
    // A training that was just begun is picked, and may be none of those that the query finds.
    const left = training.picked.size && !runs.some((run) => training.picked.has(run.id)) ? '; the query leaves out what is picked' : '';
    this.#said.textContent = runs.length ? `Shown: ${words}${left}` : '';
    this.#said.title = 'Pick runs in the tab Runs, or by a click on a curve, to see others here';
    this.#drawn = true;
    this.#draw(runs);
    this.#numbers.show(runs);
  }

  /** Nothing of the store before may be seen under the name of another. */
  #wait() {
    if (!this.#drawn) return;
    this.#drawn = false;
    this.#said.textContent = '';
    this.#draw([]);
    this.#numbers.show([]);
    this.#other.replaceChildren(make('div', { class: 'live-none' }, [make('p', { class: 'lead', text: 'Reading the runs …' })]));
  }

  #draw(runs) {
    const lines = Object.fromEntries(QUANTITIES.map((quantity) => [quantity, runs.flatMap((run) => this.#tags.linesOf(run, quantity))]));
    this.#board.setRuns(runs);
    for (const [quantity, card] of this.#cards) {
      // Without any such curve in the store its place is the other's.
      card.element.hidden = !lines[quantity].length;
      card.chart.setLines(lines[quantity]);
    }
    const none = QUANTITIES.every((quantity) => !lines[quantity].length);
    this.#other.hidden = !none;
    if (none) this.#other.replaceChildren(!runs.length ? nothingCard() : runs.every(isWaiting) ? waitingCard(runs) : otherCard());
  }

  #showEmpty(empty) {
    if (empty && !this.#empty) this.element.append((this.#empty = emptyCard()));
    if (this.#empty) this.#empty.hidden = !empty;
    this.#body.hidden = empty;
  }
}

function otherCard() {
  const go = make('button', { type: 'button', class: 'bar-button', text: 'Show all scalars', on: { click: () => training.setTab('scalars') } });
  return make('div', { class: 'live-none' }, [
    make('p', { class: 'lead', text: 'No accuracy and no cross-entropy is logged here under a name that says so, such as accuracy, val_accuracy, loss, val_loss.' }),
    go,
  ]);
}

/** Whether a run is alive and has logged nothing yet that could be drawn. */
function isWaiting(run) {
  return run.alive && training.tags.scalars.every((tag) => tag === EPOCH || valueOf(run, tag) === null);
}

function waitingCard(runs) {
  const whose = runs.length === 1 ? training.name(runs[0]) : `${runs.length} runs`;
  return make('div', { class: 'live-none' }, [make('p', { class: 'lead', text: `Waiting for the first values of ${whose}. The curves appear here by themselves.` })]);
}

function nothingCard() {
  const text = training.query ? 'The query finds no run that is not hidden; take a part of it away to see curves.' : 'All runs are hidden; the tab Runs shows them again.';
  return make('div', { class: 'live-none' }, [make('p', { class: 'lead', text })]);
}
