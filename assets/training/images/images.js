/** The tab Images: every logged step of all runs by one slider, in a grid of tags and runs. */
import { make } from '../../shared/dom.js';
import { inAddress, readAddress } from '../address.js';
import { ask } from '../api.js';
import { Fresh } from '../media/fresh.js';
import { epochs } from '../media/epochs.js';
import { whole } from '../media/numbers.js';
import { noRuns } from '../media/runlist.js';
import { Steps } from '../media/steps.js';
import { finds, words } from '../media/words.js';
import { isShown, onShown, whileShown } from '../shown.js';
import { training } from '../state.js';
import { Adjust } from './adjust.js';
import { Grid } from './grid.js';
import { Lightbox } from './lightbox.js';

const EMPTY = 'No images are logged in this store. In a script: writer.add_image("samples", image, step), of pixels from 0 to 1.';
const SIDES = { least: 56, most: 448, first: 140 };
// Columns at first; each has its own list of images to be read.
const RUNS = 12;
const TAGS = 40;

/** @param {HTMLElement} element */
export function build(element) {
  return new Images(element);
}

class Images {
  #lists = new Fresh((run, tag) => ask('images', { ...training.address, run, tag }));
  #steps = new Steps('images');
  #adjust = new Adjust();
  #grid = new Grid();
  #lightbox = new Lightbox(this.#steps, this.#adjust);
  #search = make('input', { type: 'search', class: 'media-search', placeholder: 'Find images by their tag', 'aria-label': 'Find images by their tag', spellcheck: false, autocomplete: 'off', on: { input: () => this.#searched() } });
  #size = make('input', { type: 'range', min: String(SIDES.least), max: String(SIDES.most), value: String(SIDES.first), 'aria-label': 'Size of the images', on: { input: () => this.draw() } });
  #more = make('button', { type: 'button', class: 'quiet', on: { click: () => this.#showMore() } });
  #note = make('p', { class: 'images-note' });
  #empty = make('p', { class: 'media-empty waiting' });
  #main;
  #most = { runs: RUNS, tags: TAGS };

  constructor(element) {
    this.draw = whileShown('images', () => this.#draw());
    const find = make('div', { class: 'images-find' }, [this.#search]);
    const bar = make('div', { class: 'media-bar' }, [find, make('label', { class: 'media-label' }, ['size', this.#size]), this.#adjust.element]);
    this.#note.append(make('span'), this.#more);
    this.#main = make('div', { class: 'images-main' }, [bar, this.#steps.element, this.#note, this.#grid.element]);
    element.append(make('div', { class: 'images' }, [this.#main, this.#empty, this.#lightbox.element]));
    this.#restore();
    this.#listen();
    this.draw();
  }

  #restore() {
    this.#search.value = readAddress('t-images') ?? '';
    this.changed = inAddress('t-images', () => this.#search.value.trim() || null, (value) => {
      this.#search.value = value ?? '';
      this.draw();
    });
  }

  #listen() {
    for (const event of ['runs', 'chosen', 'group', 'store', 'failure']) training.on(event, this.draw);
    this.#lists.on('change', this.draw);
    epochs.on('change', () => this.#lightbox.draw());
    this.#steps.on('step', () => this.#drawStep());
    this.#steps.ready = (step) => Promise.all(this.#grid.cells.map((cell) => cell.ready(step)));
    this.#adjust.on('change', () => this.#drawLook());
    this.#grid.onOpen = (cell) => this.#lightbox.open(cell);
    this.#grid.onView = (cell) => this.#drawCell(cell);
    // Nobody sees it play in another tab.
    onShown(() => !isShown('images') && this.#steps.stop());
    document.addEventListener('keydown', (event) => isShown('images') && !this.#lightbox.isOpen && this.#steps.press(event));
    training.on('store', () => (this.#most = { runs: RUNS, tags: TAGS }));
  }

  #searched() {
    this.changed();
    this.draw();
  }

  #showMore() {
    this.#most = { runs: this.#most.runs + RUNS, tags: this.#most.tags + TAGS };
    this.draw();
  }

  #draw() {
    const { chosen } = training;
    const all = training.tags.images;
    const isEmpty = !chosen.length || !all.length;
    const why = training.failure ?? (chosen.length ? EMPTY : noRuns());
    Object.assign(this.#empty, { hidden: !isEmpty, textContent: why });
    this.#main.hidden = isEmpty;
    if (isEmpty) return;
    const wanted = words(this.#search.value);
    const tags = all.filter((tag) => finds(wanted, tag));
    const [runs, rows] = this.#choose(chosen, tags);
    this.#grid.lay(runs, rows, this.#side);
    this.#steps.show(this.#known(runs, rows).flatMap(({ value }) => (value?.images ?? []).map(({ step }) => step)));
    this.#drawStep();
    this.#drawLook();
    this.#tell(chosen, tags, runs, rows);
  }

  get #side() {
    return Number(this.#size.value);
  }

  /** Runs and tags that have something to show, as far as is known. */
  #choose(chosen, tags) {
    const rows = tags.slice(0, this.#most.tags);
    const some = (run, tag) => {
      const { value } = this.#lists.get(run, tag);
      return !value || value.images.length > 0;
    };
    const runs = [];
    for (const run of chosen) {
      if (runs.length === this.#most.runs) break;
      if (rows.some((tag) => some(run, tag))) runs.push(run);
    }
    return [runs, rows.filter((tag) => runs.some((run) => some(run, tag)))];
  }

  #known(runs, tags) {
    return runs.flatMap((run) => tags.map((tag) => this.#lists.get(run, tag)));
  }

  #drawStep() {
    for (const cell of this.#grid.cells) this.#drawCell(cell);
    this.#lightbox.draw();
  }

  #drawCell(cell) {
    const run = training.run(cell.run);
    if (run) cell.show(this.#lists.get(run, cell.tag), this.#steps.step, this.#side);
  }

  #drawLook() {
    this.#adjust.apply(this.#grid.element);
    this.#lightbox.draw();
  }

  #tell(chosen, tags, runs, rows) {
    const known = this.#known(chosen.slice(0, this.#most.runs), tags.slice(0, this.#most.tags));
    const isReading = known.some(({ value, failure }) => !value && !failure);
    const parts = [];
    if (!tags.length) parts.push('No tag has these letters.');
    else if (!rows.length && !isReading) parts.push('The runs chosen have logged no images under these tags.');
    const moreRuns = chosen.length > this.#most.runs && runs.length === this.#most.runs;
    const moreTags = tags.length > this.#most.tags;
    if (moreRuns) parts.push(`${whole(runs.length)} of ${whole(chosen.length)} runs are shown; pick runs in the table, or`);
    if (moreTags) parts.push(`${whole(this.#most.tags)} of ${whole(tags.length)} tags are shown${moreRuns ? '' : ';'}`);
    this.#note.firstChild.textContent = parts.join(' ');
    Object.assign(this.#more, { hidden: !moreRuns && !moreTags, textContent: 'show more' });
    this.#note.hidden = !parts.length;
  }
}
