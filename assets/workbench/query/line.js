/**
 * A query that is typed: counted while it is typed, and applied by Enter. A mistake is shown at its place, and what was
 * applied before stays. What it is a query over is said by the bars that extend it.
 */
import { make } from '../../shared/dom.js';
import { CompletionList } from './completionlist.js';
import { QueryField } from './field.js';
import { Recall } from './history.js';
import { queryMenu } from './menu.js';

const COUNT_AFTER_MS = 120;
// Half a word is a mistake; it is told of when the typing has stopped.
const TELL_AFTER_MS = 700;

export class QueryLine {
  #counting = null;
  #timer = 0;
  #telling = 0;
  #recall;
  field = new QueryField();

  /** @param {string} name the start of the ids of its parts @param {{key?: string, none?: string}} [history] as `queryMenu` takes it */
  constructor(name, history = {}) {
    this.#recall = new Recall(history.key);
    this.list = new CompletionList(this.field.input, () => this.onInput());
    this.list.element.id = `${name}-completion`;
    this.field.input.setAttribute('aria-controls', this.list.element.id);
    this.field.input.setAttribute('aria-describedby', `${name}-message`);
    this.message = make('p', { class: 'querybar-message', id: `${name}-message`, role: 'status', hidden: true });
    this.count = make('output', { class: 'querybar-count', 'aria-live': 'polite' });
    this.menu = queryMenu(this.field.more, this.field.element, (text) => this.choose(text), history);
    this.#listen();
  }

  // What a bar says of itself.

  /** @returns {string} the query that is applied */
  get applied() {
    throw new Error('not said');
  }

  /** @returns {boolean} whether `/` means this line */
  get isMeant() {
    throw new Error('not said');
  }

  /** Applies a query. @param {string} [text] what is typed */
  async apply(_text) {
    throw new Error('not said');
  }

  /** @param {string} query trimmed, may be '' @returns {Promise<number>} how much it finds */
  async find(_query, _signal) {
    throw new Error('not said');
  }

  /** Shows how much the applied query finds. */
  showFound() {
    throw new Error('not said');
  }

  /** @param {number|null} count null where it is not known @param {boolean} draft whether it is of a query that is not applied */
  showCount(_count, _draft) {
    throw new Error('not said');
  }

  /** @returns {string} what a mistake says; '' for none */
  sentenceOf(error) {
    return error?.message ?? '';
  }

  // What all bars do.

  get isApplied() {
    return this.field.value.trim() === this.applied;
  }

  onInput(typed = true) {
    this.setMistake(null);
    this.stop();
    if (typed && !this.field.isComposing) this.list.update();
    this.showApplied();
    if (!this.isApplied) this.#timer = setTimeout(() => this.#countDraft(), COUNT_AFTER_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    this.#counting?.abort();
  }

  /** The text, without asking for its number: it is applied, or about to be. */
  adopt(text) {
    if (this.field.value.trim() !== text.trim()) this.field.value = text;
    this.stop();
    this.setMistake(null);
    this.showApplied();
  }

  /** An entry of the menu, or '' for none. */
  choose(text) {
    this.field.value = text;
    this.field.input.focus();
    this.apply(text);
  }

  showApplied() {
    this.field.go.hidden = this.isApplied;
    this.field.clear.hidden = !this.field.value;
    if (this.isApplied) this.showFound();
  }

  setMistake(error) {
    const sentence = this.sentenceOf(error);
    if (this.message.textContent !== sentence) this.message.textContent = sentence;
    this.message.hidden = !sentence;
    this.message.classList.toggle('bad', Boolean(sentence));
    this.field.setMistake(Number.isInteger(error?.start) ? error : null, Boolean(sentence));
    // The list would lie over the sentence.
    if (sentence) this.list.close();
  }

  #listen() {
    const { input, go, clear } = this.field;
    input.addEventListener('input', () => this.onInput());
    input.addEventListener('keydown', (event) => this.#onKey(event));
    input.addEventListener('blur', () => this.list.close());
    input.addEventListener('click', () => this.list.isOpen && this.list.update());
    go.addEventListener('click', () => this.apply());
    clear.addEventListener('click', () => this.choose(''));
    addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || !this.isMeant) return;
      event.preventDefault();
      input.focus();
      input.select();
    });
  }

  async #countDraft() {
    this.#counting = new AbortController();
    const { signal } = this.#counting;
    try {
      const count = await this.find(this.field.value.trim(), signal);
      if (!signal.aborted) this.showCount(count, true);
    } catch (error) {
      if (signal.aborted) return;
      this.showCount(null, true);
      this.#telling = setTimeout(() => this.#tell(error), TELL_AFTER_MS - COUNT_AFTER_MS);
    }
  }

  /** Not over the suggestions: who looks through them has not finished. */
  #tell(error) {
    if (this.list.isOpen) this.#telling = setTimeout(() => this.#tell(error), TELL_AFTER_MS);
    else this.setMistake(error);
  }

  #onKey(event) {
    if (event.isComposing) return;
    const { input } = this.field;
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step && !this.list.isOpen && this.#recall.isAt(input.value)) {
      event.preventDefault();
      this.field.value = this.#recall.step(step);
      this.onInput(false);
    } else if (this.list.onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter') {
      this.apply();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (input.value || this.applied) this.choose('');
      else input.blur();
    }
  }
}
