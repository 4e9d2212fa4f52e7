/** The tab Histograms: the distributions of a tag over the steps, of one run or of two side by side. */
import { make, setOptions } from '../../shared/dom.js';
import { inAddress, readAddress } from '../address.js';
import { ask } from '../api.js';
import { epochs } from '../media/epochs.js';
import { Fresh } from '../media/fresh.js';
import { noRuns, runOptions } from '../media/runlist.js';
import { segments } from '../media/segments.js';
import { Steps } from '../media/steps.js';
import { TagList } from '../media/taglist.js';
import { isShown, onShown, whileShown } from '../shown.js';
import { training } from '../state.js';
import { unite } from './bins.js';
import { HistogramCard } from './card.js';

// More steps than this are neither told apart nor drawn fluently.
const MOST = 200;
const VIEWS = [
  ['ridges', 'Ridges', 'One behind the other, the newest in front; drag to zoom, double click for all'],
  ['heat', 'Heat map', 'How many values lie where, over the steps, and their median'],
  ['bands', 'Percentiles', 'Bands from 5 to 95 % and from 25 to 75 % of the values, and the median'],
];
// Runs that are looked through for the first one with such a histogram.
const LOOKED_THROUGH = 12;
// The newest runs, whose tags are looked through for one to show first.
const GUESSED_BY = 3;
// A handful of values says little at first sight; weights come after it in the order of names.
const BIAS = /bias/i;
const EMPTY = 'No histograms are logged in this store. In a script: writer.add_histogram("weights", values, step), or for Keras: innerview.KerasCallback("runs", histograms=True).';

/** @param {HTMLElement} element */
export function build(element) {
  const tab = new Histograms(element);
  window.innerview.histograms = tab;
  return tab;
}

class Histograms {
  #data = new Fresh((run, tag) => ask('histograms', { ...training.address, run, tag, most: String(MOST) }));
  #tags = new TagList('histograms');
  #steps = new Steps('histograms');
  #cards = [new HistogramCard(), new HistogramCard()];
  #row;
  #main;
  #empty = make('p', { class: 'media-empty waiting' });
  #selects;
  #views;
  #root;
  #whole;
  #tag = readAddress('t-histogram');
  /** Whether somebody has chosen the tag, here or by the address. */
  #isTagChosen = this.#tag !== null;
  #view = 'ridges';
  /** @type {(string|null)[]} ids; null is none, or the first one that has such a histogram */
  #runs = [null, null];
  #zoom = { values: null, steps: null };
  #found = null;

  constructor(element) {
    this.draw = whileShown('histograms', () => this.#draw());
    this.#restore();
    this.#make(element);
    this.#listen();
    this.draw();
  }

  /** @returns {[number, number]|null} the values that the axes show now */
  get range() {
    return this.#axes(this.#found ?? [])?.range ?? null;
  }

  /** @returns {number} where a value lies on the charts, in pixels from their left edge */
  place(value) {
    return this.#cards[0].place(value);
  }

  #restore() {
    const known = (name) => VIEWS.some(([view]) => view === name);
    const view = readAddress('t-histogram-view');
    if (known(view)) this.#view = view;
    const runs = readAddress('t-histogram-runs');
    if (runs) this.#runs = [...runs.split(','), null].slice(0, 2);
    const follow = (key, get, set) => inAddress(key, get, (value) => {
      set(value);
      this.draw();
    });
    this.changed = follow('t-histogram', () => (this.#isTagChosen ? this.#tag : null), (tag) => {
      this.#isTagChosen = tag !== null;
      this.#tag = tag;
    });
    follow('t-histogram-view', () => (this.#view === 'ridges' ? null : this.#view), (name) => (this.#view = known(name) ? name : 'ridges'));
    follow('t-histogram-runs', () => this.#runs.filter(Boolean).join(',') || null, (ids) => (this.#runs = [...(ids ?? '').split(',').map((id) => id || null), null].slice(0, 2)));
  }

  #make(element) {
    const select = (label, k) => {
      const made = make('select', { class: 'media-select', 'aria-label': label, title: label, on: { change: () => this.#chooseRun(k, made.value || null) } });
      return made;
    };
    this.#selects = [select('Run', 0), select('Run beside it', 1)];
    this.#views = segments('View', VIEWS, (name) => this.#chooseView(name));
    this.#whole = make('button', { type: 'button', class: 'quiet', text: 'whole range', title: 'Show all values and steps (double click)', hidden: true, on: { click: () => this.#setZoom({ values: null, steps: null }) } });
    this.#root = make('input', { type: 'checkbox', on: { change: () => this.draw() } });
    const root = make('label', { class: 'media-label', title: 'Heights by the square root, so that few values are seen beside a peak' }, [this.#root, 'root heights']);
    const bar = make('div', { class: 'media-bar' }, [this.#views.element, make('label', { class: 'media-label' }, ['run', this.#selects[0]]), make('label', { class: 'media-label' }, ['beside', this.#selects[1]]), root, this.#whole]);
    this.#row = make('div', { class: 'histogram-row' }, this.#cards.map((card) => card.element));
    this.#main = make('div', { class: 'histograms-main' }, [bar, this.#steps.element, this.#row]);
    element.append(make('div', { class: 'histograms' }, [this.#tags.element, this.#main, this.#empty]));
  }

  #listen() {
    for (const event of ['runs', 'chosen', 'group', 'store', 'failure']) training.on(event, this.draw);
    training.on('left', () => {
      this.#runs = [null, null];
      this.#isTagChosen = false;
      this.#setZoom({ values: null, steps: null });
    });
    training.on('picked', () => this.#followPicked());
    training.on('focus', () => this.#followFocus());
    this.#data.on('change', this.draw);
    epochs.on('change', this.draw);
    this.#tags.on('choose', (tag) => this.#chooseTag(tag));
    this.#steps.on('step', this.draw);
    for (const card of this.#cards) {
      card.onPick = (step) => this.#steps.go(step);
      card.onZoom = (zoom) => this.#setZoom(zoom);
    }
    // Nobody sees it play in another tab.
    onShown(() => !isShown('histograms') && this.#steps.stop());
    document.addEventListener('keydown', (event) => isShown('histograms') && this.#steps.press(event));
  }

  #chooseTag(tag) {
    this.#isTagChosen = true;
    if (tag === this.#tag) return;
    this.#tag = tag;
    this.#setZoom({ values: null });
    this.changed();
  }

  #chooseView(view) {
    this.#view = view;
    this.changed();
    this.draw();
  }

  #chooseRun(k, id) {
    this.#runs[k] = id;
    if (k === 0 && id) training.setFocus(id);
    this.changed();
    this.draw();
  }

  #followFocus() {
    const { focus } = training;
    if (!focus || this.#runs.includes(focus) || !training.chosen.some(({ id }) => id === focus)) return;
    this.#runs[0] = focus;
    this.changed();
    this.draw();
  }

  /** Two runs ticked in the table are to be compared. */
  #followPicked() {
    const { chosen, picked } = training;
    if (!picked.size) return;
    this.#runs = chosen.length === 2 ? chosen.map(({ id }) => id) : this.#runs.map((id) => (picked.has(id) ? id : null));
    this.changed();
  }

  #setZoom(zoom) {
    this.#zoom = { ...this.#zoom, ...zoom };
    this.draw();
  }

  #draw() {
    const tags = training.tags.histograms;
    const { chosen } = training;
    const reason = training.failure ?? (!chosen.length ? noRuns() : !tags.length ? EMPTY : '');
    const isEmpty = !chosen.length || !tags.length;
    Object.assign(this.#empty, { hidden: !isEmpty, textContent: reason });
    this.#main.hidden = this.#tags.element.hidden = isEmpty;
    if (isEmpty) return;
    if (!this.#isTagChosen || !tags.includes(this.#tag)) this.#tag = this.#guessTag(tags, chosen);
    this.#tags.show(tags, this.#tag);
    this.#views.show(this.#view);
    this.#whole.hidden = !this.#zoom.values && !this.#zoom.steps;
    this.#drawCards(this.#findRuns(chosen));
  }

  /** @returns {string} the tag shown while it has something of the run, else the first one that has; of other networks' layers it has none */
  #guessTag(tags, chosen) {
    const run = chosen.find(({ id }) => id === this.#runs[0]);
    const runs = run ? [run] : chosen.slice(0, GUESSED_BY);
    const ranked = [...new Set([this.#tag, ...tags.filter((tag) => !BIAS.test(tag)), ...tags])].filter((tag) => tags.includes(tag));
    // One is asked for after the other.
    const mayHave = (one, tag) => {
      const { value, failure } = this.#data.get(one, tag);
      return value ? value.histograms.length > 0 : !failure;
    };
    for (const one of runs) {
      const tag = ranked.slice(0, LOOKED_THROUGH).find((other) => mayHave(one, other));
      if (tag) return tag;
    }
    return ranked[0];
  }

  /** @returns {(import('../state.js').Run|null)[]} the run, and the one beside it */
  #findRuns(chosen) {
    const [first, second] = this.#runs.map((id) => chosen.find((run) => run.id === id) ?? null);
    const found = [first ?? this.#firstWithData(chosen), second];
    this.#offer(chosen, found);
    return found;
  }

  #firstWithData(chosen) {
    for (const run of chosen.slice(0, LOOKED_THROUGH)) {
      const { value, failure } = this.#data.get(run, this.#tag);
      if (!value && !failure) return run;
      if (!value?.histograms.length) continue;
      // From now on it is this one, whatever runs begin.
      this.#runs[0] = run.id;
      this.changed();
      return run;
    }
    return chosen[0];
  }

  #offer(chosen, [first, second]) {
    const options = runOptions(chosen);
    setOptions(this.#selects[0], options, first.id);
    const others = options.filter(({ value }) => value !== first.id);
    setOptions(this.#selects[1], [{ value: '', label: 'none' }, ...others], second && second !== first ? second.id : '');
  }

  #drawCards([first, second]) {
    const runs = second && second !== first ? [first, second] : [first];
    const entries = runs.map((run) => this.#data.get(run, this.#tag));
    const found = entries.map((entry, k) => this.#cards[k].measure(entry));
    this.#steps.show(entries.flatMap((entry) => (entry.value?.histograms ?? []).map(({ step }) => step)));
    this.#found = found;
    const axes = this.#axes(found);
    this.#cards.forEach((card, k) => {
      card.element.hidden = k >= runs.length;
      if (k < runs.length) card.show({ run: runs[k], tag: this.#tag, entry: entries[k], view: this.#view, root: this.#root.checked, step: this.#steps.step, axes });
    });
    this.#steps.element.hidden = !axes;
  }

  /** One axis for all steps and both runs, or shapes could not be compared. */
  #axes(found) {
    const whole = unite(found.map(({ span }) => span));
    const steps = unite(found.map((one) => one.steps));
    if (!whole || !steps) return null;
    const { values, steps: part } = this.#zoom;
    return { whole, range: values ?? whole, steps: this.#view === 'ridges' ? steps : (part ?? steps), most: Math.max(...found.map(({ most }) => most)) };
  }
}
