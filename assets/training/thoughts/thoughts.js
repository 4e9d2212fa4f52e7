/** The tab Thoughts: the notes of all runs in one list, with what scripts have logged as text; found by typing. */
import { make, setOptions } from '../../shared/dom.js';
import { inAddress, readAddress } from '../address.js';
import { epochs } from '../media/epochs.js';
import { whole } from '../media/numbers.js';
import { noRuns, runOptions } from '../media/runlist.js';
import { segments } from '../media/segments.js';
import { finds, words } from '../media/words.js';
import { whyNot } from '../runs/actions.js';
import { whileShown } from '../shown.js';
import { training } from '../state.js';
import { Composer } from './composer.js';
import { Item } from './item.js';
import { THOUGHT, Texts, keyOf } from './texts.js';

const KINDS = [['all', 'All', 'Thoughts, and the latest text that a script logged under each tag'], ['thoughts', 'Thoughts', 'What people wrote, in scripts or here'], ['logged', 'Logged texts', 'What scripts logged by add_text']];
// Texts in the list at first; more come by a button.
const MOST = 200;
const EMPTY = 'No thoughts yet. Write one here, or in a script: writer.add_thought("warm-up helps").';

/** @param {HTMLElement} element */
export function build(element) {
  return new Thoughts(element);
}

class Thoughts {
  #texts = new Texts();
  #composer = new Composer(this.#texts);
  #items = new Map();
  /** How many earlier texts stand behind one, by its key. */
  #earlier = new Map();
  /** Run and tag of those that were asked for. */
  #unfolded = new Set();
  #search = make('input', { type: 'search', class: 'media-search', placeholder: 'Find words in texts, runs and tags', 'aria-label': 'Find words in texts, runs and tags', spellcheck: false, autocomplete: 'off', on: { input: () => this.#changeFilter() } });
  #run = make('select', { class: 'media-select', 'aria-label': 'Texts of', on: { change: () => this.#changeFilter() } });
  #kinds = segments('Which texts', KINDS, (kind) => this.#chooseKind(kind));
  #kind = 'all';
  #only = '';
  #count = make('span', { class: 'thoughts-count', role: 'status' });
  #list = make('div', { class: 'thoughts-list' });
  #more = make('button', { type: 'button', class: 'quiet', text: 'show more', on: { click: () => this.#showMore() } });
  #empty = make('p', { class: 'media-empty waiting' });
  #most = MOST;

  constructor(element) {
    this.draw = whileShown('thoughts', () => this.#draw());
    this.refresh = whileShown('thoughts', () => this.#texts.refresh());
    const bar = make('div', { class: 'media-bar' }, [make('div', { class: 'thoughts-find' }, [this.#search]), this.#run, this.#kinds.element, this.#count]);
    element.append(make('div', { class: 'thoughts' }, [make('div', { class: 'thoughts-main' }, [bar, this.#empty, this.#list, this.#more]), this.#composer.element]));
    this.#restore();
    for (const event of ['runs', 'chosen', 'group', 'store', 'focus']) training.on(event, this.draw);
    training.on('runs', this.refresh);
    training.on('left', () => this.#forget());
    this.#texts.on('change', this.draw);
    epochs.on('change', this.draw);
    this.refresh();
    this.draw();
  }

  #restore() {
    this.#search.value = readAddress('t-thoughts') ?? '';
    this.#only = readAddress('t-thoughts-run') ?? '';
    this.changed = inAddress('t-thoughts', () => this.#search.value.trim() || null, (value) => {
      this.#search.value = value ?? '';
      this.draw();
    });
    inAddress('t-thoughts-run', () => this.#only || null, (value) => {
      this.#only = value ?? '';
      this.draw();
    });
  }

  #forget() {
    for (const item of this.#items.values()) item.element.remove();
    this.#items.clear();
    this.#only = '';
  }

  #changeFilter() {
    this.#only = this.#run.value;
    this.#most = MOST;
    this.changed();
    this.draw();
  }

  #chooseKind(kind) {
    this.#kind = kind;
    this.draw();
  }

  #showMore() {
    this.#most += MOST;
    this.draw();
  }

  #draw() {
    const { found } = training;
    if (this.#only && training.known && !training.run(this.#only)) this.#only = '';
    const one = training.run(this.#only);
    const offered = one && !found.includes(one) ? [one, ...found] : found;
    setOptions(this.#run, [{ value: '', label: training.query ? 'all runs found' : 'all runs' }, ...runOptions(offered)], this.#only);
    this.#kinds.show(this.#kind);
    this.#composer.draw(this.#only || null);
    const runs = new Set(one ? [one.id] : found.map(({ id }) => id));
    const ofRuns = this.#texts.all.filter(({ run }) => runs.has(run));
    const wanted = words(this.#search.value);
    const texts = this.#fold(ofRuns.filter((text) => this.#isWanted(text, wanted)), wanted);
    this.#list.classList.toggle('thoughts-empty', !texts.length);
    this.#lay(texts.slice(0, this.#most), wanted);
    this.#more.hidden = texts.length <= this.#most;
    this.#tell(texts, ofRuns);
  }

  #isWanted({ run, tag, text }, wanted) {
    if (this.#kind !== 'all' && (this.#kind === 'thoughts') !== (tag === THOUGHT)) return false;
    const { name } = training.run(run);
    return finds(wanted, text, name, training.name(training.run(run)), tag === THOUGHT ? '' : tag);
  }

  /** Of the texts that a script logs again and again only the latest, unless words are looked for or they were asked for. */
  #fold(texts, wanted) {
    this.#earlier.clear();
    if (wanted.length) return texts;
    const latest = new Map();
    return texts.filter((text) => {
      if (text.tag === THOUGHT) return true;
      const series = `${text.run}\n${text.tag}`;
      if (!latest.has(series)) {
        latest.set(series, keyOf(text));
        return true;
      }
      const first = latest.get(series);
      this.#earlier.set(first, (this.#earlier.get(first) ?? 0) + 1);
      return this.#unfolded.has(series);
    });
  }

  #unfold({ run, tag }) {
    const series = `${run}\n${tag}`;
    if (!this.#unfolded.delete(series)) this.#unfolded.add(series);
    this.draw();
  }

  /** Puts the list into the order of the texts; what is being edited keeps its place, its words and the keyboard. */
  #lay(texts, wanted) {
    const there = new Map(this.#texts.all.map((text) => [keyOf(text), text]));
    const shown = new Set(texts.map(keyOf));
    for (const [key, item] of this.#items) {
      if (shown.has(key)) continue;
      if (item.isEdited) {
        if (there.has(key)) item.show(there.get(key), wanted);
        else if (this.#texts.known) item.lose();
        continue;
      }
      item.element.remove();
      this.#items.delete(key);
    }
    let place = null;
    for (const text of texts) {
      const item = this.#item(text);
      item.show(text, wanted);
      item.fold(this.#earlier.get(keyOf(text)) ?? 0, this.#unfolded.has(`${text.run}\n${text.tag}`));
      const next = place ? place.nextSibling : this.#list.firstChild;
      // An element that is moved loses the focus: the others are moved round one that is edited.
      if (next !== item.element && !item.isEdited) this.#list.insertBefore(item.element, next);
      place = item.element;
    }
  }

  #item(text) {
    const key = keyOf(text);
    if (!this.#items.has(key)) {
      const acts = { save: (item, words) => this.#save(item, words), remove: (item) => this.#remove(item), only: (run) => this.#showOnly(run), unfold: (of) => this.#unfold(of), closed: () => this.draw() };
      this.#items.set(key, new Item(text, acts));
    }
    return this.#items.get(key);
  }

  #showOnly(run) {
    this.#only = this.#only === run ? '' : run;
    this.changed();
    this.draw();
  }

  async #save(item, text) {
    const { text: old, lost } = item;
    try {
      const change = await (lost ? this.#texts.add(old.run, text) : this.#texts.change(old, text));
      training.say(`Thought of “${training.run(old.run)?.name ?? old.run}” ${lost ? 'added' : 'changed'}.`, () => this.#texts.undo(change));
      return null;
    } catch (error) {
      return whyNot(error);
    }
  }

  async #remove({ text }) {
    try {
      const change = await this.#texts.change(text, null);
      training.say(`Thought of “${training.run(text.run)?.name ?? text.run}” removed.`, () => this.#texts.undo(change));
    } catch (error) {
      training.say(whyNot(error));
    }
  }

  #tell(texts, ofRuns) {
    const all = this.#texts.all.length;
    this.#count.textContent = all ? `${whole(texts.length)} of ${whole(all)}` : '';
    const why = () => {
      if (this.#texts.failure) return this.#texts.failure;
      if (!training.runs.length) return noRuns();
      if (!this.#texts.known) return 'Reading the texts …';
      if (!all) return training.store?.writable ? EMPTY : 'No texts are logged in this store.';
      if (!ofRuns.length) return 'These runs have no thoughts or texts.';
      return 'No text has all of these words.';
    };
    const isEmpty = !texts.length;
    Object.assign(this.#empty, { hidden: !isEmpty && !this.#texts.failure, textContent: isEmpty || this.#texts.failure ? why() : '' });
  }
}
