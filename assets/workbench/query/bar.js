/**
 * The query bar: one line that is typed, counted while it is typed, and applied by Enter. A mistake is shown at its place,
 * and what was applied before stays.
 */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { applyQuery, countQuery, QueryMistake, whenMeasured } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { CompletionList } from './completionlist.js';
import { addToHistory, Recall } from './history.js';
import { QueryField } from './field.js';
import { queryHelp } from './help.js';
import { queryMenu } from './menu.js';

const COUNT_AFTER_MS = 120;
// Half a word is a mistake; it is told of when the typing has stopped.
const TELL_AFTER_MS = 700;
const SAID_MS = 4000;

export class QueryBar {
  #table = null;
  #counting = null;
  #timer = 0;
  #telling = 0;
  #recall = new Recall();

  /** @param {HTMLElement} element to be filled */
  constructor(element) {
    this.field = new QueryField();
    this.list = new CompletionList(this.field.input, () => this.#onInput());
    this.message = make('p', { class: 'querybar-message', id: 'query-message', role: 'status', hidden: true });
    this.count = make('output', { class: 'querybar-count', 'aria-live': 'polite' });
    this.menu = queryMenu(this.field.more, this.field.element, (text) => this.#choose(text));
    element.replaceChildren(this.field.element, this.menu.list, this.list.element, this.count, this.message);
    this.#listen();
    this.#follow();
  }

  /** Shows the number of the table's rows from now on. @param {import('../table/table.js').Table} table */
  follow(table) {
    this.#table = table;
    table.on('count', () => this.#showApplied());
    table.on('only', () => this.#showApplied());
    table.checks.on('mistake', (sentence) => this.say(sentence));
  }

  /** Shows for a while a sentence that is no mistake in the query. */
  say(sentence) {
    this.message.textContent = sentence;
    this.message.hidden = false;
    this.message.classList.remove('bad');
    setTimeout(() => {
      if (this.message.textContent === sentence) this.message.hidden = true;
    }, SAID_MS);
  }

  async apply(text = this.field.value) {
    this.#stop();
    this.list.close();
    this.#adopt(text);
    this.#table?.expect(text);
    try {
      await applyQuery(text);
      addToHistory(text);
      this.#setMistake(null);
    } catch (error) {
      this.#setMistake(error);
      this.#table?.reload();
    }
    this.#showApplied();
  }

  #listen() {
    const { input } = this.field;
    input.addEventListener('input', () => this.#onInput());
    input.addEventListener('keydown', (event) => this.#onKey(event));
    input.addEventListener('blur', () => this.list.close());
    input.addEventListener('click', () => this.list.isOpen && this.list.update());
    this.field.go.addEventListener('click', () => this.apply());
    this.field.clear.addEventListener('click', () => this.#choose(''));
    addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || !input.offsetParent) return;
      event.preventDefault();
      input.focus();
      input.select();
    });
  }

  #follow() {
    hub.on('query', () => this.#adopt(hub.query));
    const tell = ({ query, error }) => {
      this.#adopt(query);
      this.#setMistake(error);
    };
    hub.on('mistake', tell);
    whenMeasured()
      .then(queryHelp)
      .then(({ columns, examples }) => {
        this.menu.setExamples(examples);
        this.list.columns = columns;
        this.field.columns = new Set(columns.map(({ name }) => name));
        // What was typed before there were samples can be counted now.
        if (this.message.hidden) this.#onInput(false);
      }, reportError);
    if (hub.mistake) tell(hub.mistake);
    else this.#adopt(hub.query);
  }

  #onInput(typed = true) {
    this.#setMistake(null);
    this.#stop();
    if (typed && !this.field.isComposing) this.list.update();
    this.#showApplied();
    if (!this.#isApplied) this.#timer = setTimeout(() => this.#count(), COUNT_AFTER_MS);
  }

  get #isApplied() {
    return this.field.value.trim() === hub.query;
  }

  #stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    this.#counting?.abort();
  }

  async #count() {
    const text = this.field.value;
    this.#counting = new AbortController();
    const { signal } = this.#counting;
    try {
      const { count } = text.trim() ? await countQuery(text.trim(), signal) : { count: study.n };
      if (!signal.aborted) this.#showCount(count, true);
    } catch (error) {
      if (signal.aborted) return;
      this.#showCount(null, true);
      this.#telling = setTimeout(() => this.#tell(error), TELL_AFTER_MS - COUNT_AFTER_MS);
    }
  }

  /** Not over the suggestions: who looks through them has not finished. */
  #tell(error) {
    if (this.list.isOpen) this.#telling = setTimeout(() => this.#tell(error), TELL_AFTER_MS);
    else this.#setMistake(error);
  }

  /** The text, without asking for its number: it is applied, or about to be. */
  #adopt(text) {
    if (this.field.value.trim() !== text.trim()) this.field.value = text;
    this.#stop();
    this.#setMistake(null);
    this.#showApplied();
  }

  /** An entry of the menu, or '' for none. */
  #choose(text) {
    this.field.value = text;
    this.field.input.focus();
    this.apply(text);
  }

  #onKey(event) {
    if (event.isComposing) return;
    const { input } = this.field;
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step && !this.list.isOpen && this.#recall.isAt(input.value)) {
      event.preventDefault();
      this.field.value = this.#recall.step(step);
      this.#onInput(false);
    } else if (this.list.onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter') {
      this.apply();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (input.value || hub.query) this.#choose('');
      else input.blur();
    }
  }

  #showApplied() {
    this.field.go.hidden = this.#isApplied;
    this.field.clear.hidden = !this.field.value;
    if (this.#isApplied) this.#showCount(this.#table?.count ?? null, false);
  }

  /** @param {number|null} count null where it is not known @param {boolean} draft whether it is of a query that is not applied */
  #showCount(count, draft) {
    const number = count === null ? '–' : count.toLocaleString('en');
    const all = count === study.n ? ' images' : ` of ${study.n.toLocaleString('en')}`;
    this.count.hidden = !study.n;
    this.count.classList.toggle('draft', draft);
    this.count.title = `${number}${all}: ${draft ? 'what this query finds; Enter applies it' : 'the rows of the table'}`;
    this.count.replaceChildren(make('b', { text: number }), document.createTextNode(all));
  }

  #setMistake(error) {
    const sentence = error?.message ?? '';
    this.message.textContent = sentence;
    this.message.hidden = !sentence;
    this.message.classList.toggle('bad', Boolean(sentence));
    this.field.setMistake(error instanceof QueryMistake ? error : null, Boolean(sentence));
    // The list would lie over the sentence.
    if (sentence) this.list.close();
  }
}
