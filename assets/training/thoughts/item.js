/** A thought or another logged text, with the run that it is of; a thought can be changed where it stands. */
import { icon, make } from '../../shared/dom.js';
import { epochs } from '../media/epochs.js';
import { at } from '../media/numbers.js';
import { marked } from '../media/words.js';
import { formatMoment } from '../runs/format.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { THOUGHT } from './texts.js';

const EDIT = 'M3 13l.6-2.800L10.800 3l2.200 2.200-7.200 7.200zM9.500 4.300l2.200 2.200';
const REMOVE = 'M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9';

export class Item {
  /** @type {{save: (item: Item, text: string) => Promise<string|null>, remove: (item: Item) => Promise<void>, only: (run: string) => void, unfold: (text: object) => void, closed: (item: Item) => void}} `save` answers why it could not */
  #acts;
  #text;
  #wanted = [];
  #editor = null;
  #mark = null;
  #head;
  #name = make('button', { type: 'button', class: 'thought-run', on: { click: () => this.#acts.only(this.#text.run) } });
  #where = make('span', { class: 'thought-where' });
  #time = make('time');
  #words = make('p', { class: 'thought-text' });
  #earlier = make('button', { type: 'button', class: 'quiet', hidden: true, on: { click: () => this.#acts.unfold(this.#text) } });
  #tools;
  #drawn = '';
  #removing = false;
  /** Whether the text is not there any more. */
  lost = false;

  constructor(text, acts) {
    this.#text = text;
    this.#acts = acts;
    this.#tools = make('span', { class: 'thought-tools' }, [
      tool(EDIT, 'Edit', () => this.edit()),
      tool(REMOVE, 'Remove', () => this.#remove()),
    ]);
    const isThought = text.tag === THOUGHT;
    const tag = isThought ? [] : [make('span', { class: 'chip thought-tag', text: text.tag, title: 'Logged by the script under this tag' })];
    this.#head = make('div', { class: 'thought-head' }, [this.#name, ...tag, this.#where, this.#time, this.#earlier, this.#tools]);
    this.element = make('article', { class: `thought${isThought ? '' : ' thought-logged'}`, 'data-run': text.run, 'data-text': text.id }, [this.#head, this.#words]);
    if (isThought) this.#words.addEventListener('dblclick', () => this.edit());
  }

  get text() {
    return this.#text;
  }

  get isEdited() {
    return this.#editor !== null;
  }

  /** @param {import('./texts.js').Text} text as it is now @param {string[]} wanted words to be marked */
  show(text, wanted) {
    const changed = text.text !== this.#text.text;
    this.#text = text;
    this.#wanted = wanted;
    // Somebody has put it back.
    if (this.lost) {
      this.lost = false;
      this.#warn('');
    }
    if (this.#editor && changed && !this.#editor.saving) this.#warn('It was changed elsewhere meanwhile; saving puts yours in its place.');
    this.#draw();
  }

  /** @param {number} earlier texts of the same run and tag @param {boolean} open whether they are in the list */
  fold(earlier, open) {
    this.#earlier.hidden = !earlier;
    this.#earlier.textContent = open ? 'only this one' : `${earlier} earlier`;
  }

  /** The text is not there any more; what is being typed is. */
  lose() {
    this.#warn('It was removed elsewhere meanwhile; saving adds it again.');
    this.lost = true;
  }

  edit() {
    if (this.#editor || this.#text.tag !== THOUGHT || !training.store?.writable) return;
    const field = make('textarea', { class: 'thought-field', value: this.#text.text, 'aria-label': `Thought of ${this.#runName}`, on: { keydown: (event) => this.#press(event) } });
    const note = make('p', { class: 'thought-note bad', role: 'alert', hidden: true });
    const buttons = make('div', { class: 'thought-buttons' }, [
      make('button', { type: 'button', class: 'bar-button', text: 'Save', title: 'Ctrl+Enter', on: { click: () => this.#save() } }),
      make('button', { type: 'button', class: 'quiet', text: 'Cancel', title: 'Escape', on: { click: () => this.#close() } }),
    ]);
    this.#editor = { field, note, saving: false, element: make('div', { class: 'thought-editor' }, [field, note, buttons]) };
    this.#words.hidden = true;
    this.#tools.hidden = true;
    this.element.append(this.#editor.element);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  get #run() {
    return training.run(this.#text.run);
  }

  get #runName() {
    return this.#run ? training.name(this.#run) : this.#text.run;
  }

  #draw() {
    const run = this.#run;
    if (!run) return;
    if (this.#mark) paintMark(this.#mark, run);
    else this.#head.prepend((this.#mark = runMark(run)));
    const { step, time, text } = this.#text;
    const when = formatMoment(time);
    this.#tools.hidden = this.#text.tag !== THOUGHT || !training.store?.writable || this.isEdited;
    const where = at(step, epochs.at(run, step));
    const drawn = JSON.stringify([this.#runName, where, when, text, this.#wanted]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#name.replaceChildren(...marked(this.#runName, this.#wanted));
    this.#name.title = `Only texts of ${run.name}`;
    this.#where.textContent = where;
    Object.assign(this.#time, { textContent: when, dateTime: new Date(1000 * time).toISOString(), title: new Date(1000 * time).toLocaleString() });
    this.#words.replaceChildren(...marked(text, this.#wanted));
  }

  #press(event) {
    if (event.key === 'Escape') this.#close();
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#save();
    else return;
    event.preventDefault();
    // This Escape means the field, not what the page has chosen.
    event.stopPropagation();
  }

  async #save() {
    const editor = this.#editor;
    if (editor.saving) return undefined;
    const text = editor.field.value.trim();
    if (!text) return this.#warn('A thought needs a text; use Remove to take it away.');
    if (text === this.#text.text && !this.lost) return this.#close();
    editor.field.readOnly = editor.saving = true;
    const why = await this.#acts.save(this, text);
    // Closed meanwhile, and perhaps opened anew.
    if (this.#editor !== editor) return undefined;
    editor.field.readOnly = editor.saving = false;
    if (why) return this.#warn(why);
    return this.#close();
  }

  /** Once: a second answer would be that it is gone. */
  async #remove() {
    if (this.#removing) return;
    this.#removing = true;
    await this.#acts.remove(this);
    this.#removing = false;
  }

  #warn(sentence) {
    if (!this.#editor) return;
    Object.assign(this.#editor.note, { hidden: !sentence, textContent: sentence });
  }

  #close() {
    const held = this.element.contains(document.activeElement);
    this.#editor.element.remove();
    this.#editor = null;
    this.#words.hidden = false;
    this.#draw();
    if (held) this.#tools.querySelector('button')?.focus();
    this.#acts.closed(this);
  }
}

function tool(path, title, click) {
  return make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, on: { click } }, [icon(path)]);
}

