/** The tab PR curves: precision over recall, a chart a tag, the runs overlaid, every logged step by one slider. */
import { onThemeChange } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { inAddress, readAddress } from '../address.js';
import { ask } from '../api.js';
import { epochs } from '../media/epochs.js';
import { Fresh } from '../media/fresh.js';
import { short, whole } from '../media/numbers.js';
import { noRuns } from '../media/runlist.js';
import { segments } from '../media/segments.js';
import { Steps } from '../media/steps.js';
import { TagFilter } from '../scalars/filter.js';
import { isShown, onShown, whileShown } from '../shown.js';
import { training } from '../state.js';
import { readCurves } from './data.js';
import { Grid } from './grid.js';
import { AREA } from './legend.js';
import { turnsDone } from './turns.js';

const EMPTY = 'No precision-recall curves are logged in this store. In a script: writer.add_pr_curve("digit 3", labels, probabilities, step), of labels 0 or 1 and probabilities from 0 to 1.';
const AXES = [
  ['whole', '0 to 1', 'All of both axes'],
  ['corner', 'Corner', 'Only the corner where the curves turn; in a chart, drag to zoom and double click for all'],
];
const HINT = 'beside a run: its average precision, the area under its steps; only logged thresholds count';
// Runs of a chart at first; each has its own curves to be read.
const RUNS = 12;

/** @param {HTMLElement} element */
export function build(element) {
  const tab = new PrCurves(element);
  window.innerview.prCurves = tab;
  return tab;
}

class PrCurves {
  #lists = new Fresh(async (run, tag) => readCurves(await ask('pr', { ...training.address, run, tag })));
  #steps = new Steps('curves');
  #filter = new TagFilter((tags) => this.#found(tags));
  #grid = new Grid((run) => this.#hide(run));
  #axes = segments('Axes', AXES, (name) => this.#choose(name));
  #epoch = make('output', { class: 'pr-epoch' });
  #more = make('button', { type: 'button', class: 'quiet', text: 'show more', on: { click: () => this.#showMore() } });
  #note = make('p', { class: 'pr-runs' });
  #empty = make('p', { class: 'media-empty waiting' });
  #main;
  #tags = [];
  #hidden = new Set();
  #view = 'whole';
  #most = RUNS;

  constructor(element) {
    this.draw = whileShown('pr', () => this.#draw());
    const bar = make('div', { class: 'media-bar' }, [this.#filter.element, make('small', { text: HINT, title: AREA }), make('span', { class: 'media-label' }, ['axes', this.#axes.element])]);
    const slider = make('div', { class: 'pr-slider' }, [this.#steps.element, this.#epoch]);
    this.#note.append(make('span'), this.#more);
    this.#main = make('div', { class: 'pr-main' }, [bar, slider, this.#note, this.#grid.element]);
    element.append(make('div', { class: 'pr' }, [this.#main, this.#empty]));
    this.#axes.show(this.#view);
    const write = inAddress('t-pr', () => this.#filter.text || null, (text) => this.#filter.type(text ?? ''));
    this.#filter.type(readAddress('t-pr') ?? '');
    this.#filter.element.addEventListener('input', () => setTimeout(write, 200));
    this.#listen();
    this.draw();
  }

  /** The charts of the document, by their tags. */
  get cards() {
    return this.#grid.cards;
  }

  get steps() {
    return this.#steps;
  }

  #listen() {
    for (const event of ['runs', 'chosen', 'group', 'store', 'failure']) training.on(event, this.draw);
    training.on('store', () => {
      this.#most = RUNS;
      this.#hidden.clear();
    });
    this.#lists.on('change', this.draw);
    epochs.on('change', this.draw);
    this.#steps.on('step', this.draw);
    this.#steps.ready = () => turnsDone();
    this.#grid.onView = this.draw;
    onThemeChange(this.draw);
    // Nobody sees it play in another tab.
    onShown(() => !isShown('pr') && this.#steps.stop());
    document.addEventListener('keydown', (event) => isShown('pr') && this.#steps.press(event));
  }

  #choose(view) {
    this.#view = view;
    this.draw();
  }

  #hide(run) {
    if (!this.#hidden.delete(run)) this.#hidden.add(run);
    this.draw();
  }

  #showMore() {
    this.#most += RUNS;
    this.draw();
  }

  #found(tags) {
    // The filter answers whenever it is asked, and drawing asks it.
    if (tags === this.#tags) return;
    this.#tags = tags;
    this.draw();
  }

  #draw() {
    const { chosen } = training;
    const all = training.tags.curves;
    const isEmpty = !chosen.length || !all.length;
    Object.assign(this.#empty, { hidden: !isEmpty, textContent: training.failure ?? (chosen.length ? EMPTY : noRuns()) });
    this.#main.hidden = isEmpty;
    if (isEmpty) return;
    this.#filter.setTags(all);
    this.#grid.lay(this.#tags);
    const seen = [...this.cards.values()].filter((card) => card.inView).map((card) => ({ card, ...this.#read(card.tag, chosen) }));
    // Those out of view have been in it: their steps are notches still.
    const before = [...this.cards.values()].filter((card) => !card.inView).flatMap((card) => card.entries.map(({ row }) => row.value.steps));
    this.#steps.show([...before, ...seen.flatMap(({ rows }) => rows.map(({ value }) => value.steps))].flat());
    const { step } = this.#steps;
    for (const { card, rows, reading } of seen) card.show({ rows, reading, step, hidden: this.#hidden, inCorner: this.#view === 'corner' });
    this.#tell(chosen, seen);
  }

  /** The first runs that have curves under a tag, with them, as far as is known. */
  #read(tag, chosen) {
    const rows = [];
    let reading = 0;
    let left = false;
    for (const [shape, run] of chosen.entries()) {
      left = rows.length + reading >= this.#most;
      if (left) break;
      const { value, failure } = this.#lists.get(run, tag);
      if (value?.curves.length) rows.push({ run, value, shape, color: training.color(run), name: training.name(run) });
      else if (!value && !failure) reading++;
    }
    return { rows, reading: reading > 0, left };
  }

  #tell(chosen, seen) {
    const left = seen.some((one) => one.left);
    const parts = [];
    if (!this.#tags.length && this.#filter.text) parts.push('No tag has this in its name; take a part of it away.');
    else if (left) parts.push(`${whole(this.#most)} of ${whole(chosen.length)} runs are drawn; pick runs in the table, or `);
    this.#note.firstChild.textContent = parts.join(' ');
    this.#more.hidden = !left;
    this.#note.hidden = !parts.length;
    this.#epoch.textContent = this.#epochText(seen);
  }

  /** How far the runs had come that logged at this very step. */
  #epochText(seen) {
    const { step } = this.#steps;
    const runs = new Set(seen.flatMap(({ rows }) => rows.filter(({ value }) => value.steps.includes(step)).map(({ run }) => run)));
    const found = [...runs].map((run) => epochs.at(run, step)).filter((epoch) => epoch !== null);
    if (!found.length) return '';
    const [first, last] = [Math.min(...found), Math.max(...found)];
    return first === last ? `epoch ${short(first)}` : `epochs ${short(first)} to ${short(last)}`;
  }
}
