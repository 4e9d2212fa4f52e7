/** A new thought: of the run that is chosen, and of no other, whatever runs begin while it is typed. */
import { make, setOptions } from '../../shared/dom.js';
import { runOptions } from '../media/runlist.js';
import { whyNot } from '../runs/actions.js';
import { training } from '../state.js';

const SOURCES = { tensorboard: 'TensorBoard’s log folders are', csv: 'Files of Keras’s CSVLogger are' };

export class Composer {
  #texts;
  #run = null;
  #field = make('textarea', { class: 'thought-field', placeholder: 'What did you see, what will you try?', 'aria-label': 'New thought', on: { keydown: (event) => this.#press(event), input: () => this.#typed() } });
  #select = make('select', { class: 'media-select', 'aria-label': 'Run of the new thought', on: { change: () => (this.#run = this.#select.value || null) } });
  #save = make('button', { type: 'button', class: 'bar-button', text: 'Add', title: 'Ctrl+Enter', on: { click: () => this.#add() } });
  #note = make('p', { class: 'thought-note bad', role: 'alert', hidden: true });
  #form;
  #why = make('p', { class: 'waiting', hidden: true });

  /** @param {import('./texts.js').Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    const foot = make('div', { class: 'thought-buttons' }, [make('span', { class: 'media-label' }, ['of run', this.#select]), this.#save]);
    this.#form = make('div', { class: 'composer-form' }, [this.#field, this.#note, foot]);
    this.element = make('section', { class: 'composer' }, [make('h3', { text: 'New thought' }), this.#form, this.#why]);
    training.on('store', () => (this.#run = null));
  }

  /** @param {string|null} preferred the run that the list is narrowed down to */
  draw(preferred) {
    const { store, found } = training;
    const isWritable = Boolean(store?.writable);
    this.element.hidden = isWritable && !found.length;
    this.#form.hidden = !isWritable;
    this.#why.hidden = isWritable;
    this.#why.textContent = isWritable ? '' : `${SOURCES[store?.kind] ?? 'This store is'} only read here, so nothing can be written: log with innerview.SummaryWriter into a folder of its own to keep thoughts with the runs.`;
    if (!found.length) return;
    // What is being written stays with the run that it was begun for.
    const held = this.#run !== null;
    const run = training.run(this.#run) ?? training.run(preferred) ?? training.run(training.focus) ?? training.chosen[0] ?? found[0];
    const offered = runOptions(found.includes(run) ? found : [run, ...found]);
    // Its run may be gone: then it is asked for, and not guessed.
    const isLost = held && !training.run(this.#run);
    setOptions(this.#select, isLost ? [{ value: '', label: 'choose a run' }, ...offered] : offered, isLost ? '' : run.id);
  }

  #typed() {
    this.#note.hidden = true;
    this.#run = this.#field.value ? this.#run ?? this.#select.value : null;
  }

  #press(event) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#add();
  }

  async #add() {
    const text = this.#field.value.trim();
    const run = this.#select.value;
    if (!text || this.#save.disabled) return;
    if (!run) {
      Object.assign(this.#note, { hidden: false, textContent: 'The run of this thought is gone; choose another one.' });
      return;
    }
    const name = training.run(run)?.name ?? run;
    this.#save.disabled = true;
    // What is typed while the answer is late is the next thought.
    this.#field.value = '';
    this.#typed();
    try {
      const change = await this.#texts.add(run, text);
      training.say(`Thought of “${name}” added.`, () => this.#texts.undo(change));
    } catch (error) {
      this.#putBack(text, run);
      Object.assign(this.#note, { hidden: false, textContent: whyNot(error) });
    } finally {
      this.#save.disabled = false;
    }
  }

  /** A text that could not be kept, before what was typed since. */
  #putBack(text, run) {
    this.#field.value = this.#field.value.trim() ? `${text}\n\n${this.#field.value}` : text;
    if (training.run(run)) this.#run = run;
  }
}
