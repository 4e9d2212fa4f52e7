/**
 * The query over runs: typed, counted while it is typed, and applied by Enter. A mistake is shown at its place, and what
 * was applied before stays. The field, its suggestions and its history are those of the samples' query bar.
 */
import { make } from '../../shared/dom.js';
import { CompletionList } from '../../workbench/query/completionlist.js';
import { QueryField } from '../../workbench/query/field.js';
import { addToHistory, Recall } from '../../workbench/query/history.js';
import { queryMenu } from '../../workbench/query/menu.js';
import { ask, Refused, tell } from '../api.js';
import { isPageShown } from '../shown.js';
import { GONE, training } from '../state.js';

const HISTORY = 'innerview-run-queries';
const COUNT_AFTER_MS = 120;
// Half a word is a mistake; it is told of when the typing has stopped.
const TELL_AFTER_MS = 700;

export class RunQuery {
  #field = new QueryField();
  #recall = new Recall(HISTORY);
  #counting = null;
  #timer = 0;
  #telling = 0;
  #known = '';

  /** @param {HTMLElement} element to be filled */
  constructor(element) {
    const { input } = this.#field;
    input.placeholder = 'Query, such as  val_accuracy > 0.97 and lr <= 0.01';
    input.setAttribute('aria-label', 'Query over runs');
    input.setAttribute('aria-describedby', 'run-query-message');
    this.list = new CompletionList(input, () => this.#onInput());
    // The samples have a list of their own in the same page.
    this.list.element.id = 'run-query-completion';
    input.setAttribute('aria-controls', this.list.element.id);
    this.message = make('p', { class: 'querybar-message', id: 'run-query-message', role: 'status', hidden: true });
    this.count = make('output', { class: 'querybar-count', 'aria-live': 'polite' });
    const menu = queryMenu(this.#field.more, this.#field.element, (text) => this.#choose(text), { key: HISTORY, none: 'Examples appear once there are runs.' });
    this.setExamples = menu.setExamples;
    element.append(this.#field.element, menu.list, this.list.element, this.count, this.message);
    this.#listen();
    this.#follow();
  }

  async apply(text = this.#field.value) {
    this.#stop();
    this.list.close();
    this.#adopt(text);
    try {
      await training.applyQuery(text);
      addToHistory(text, HISTORY);
      this.#setMistake(null);
    } catch (error) {
      this.#setMistake(error);
    }
    this.#showApplied();
  }

  #listen() {
    const { input, go, clear } = this.#field;
    input.addEventListener('input', () => this.#onInput());
    input.addEventListener('keydown', (event) => this.#onKey(event));
    input.addEventListener('blur', () => this.list.close());
    input.addEventListener('click', () => this.list.isOpen && this.list.update());
    go.addEventListener('click', () => this.apply());
    clear.addEventListener('click', () => this.#choose(''));
    addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || !isPageShown()) return;
      event.preventDefault();
      input.focus();
      input.select();
    });
  }

  #follow() {
    training.on('query', () => this.#adopt(training.query));
    training.on('chosen', () => this.#isApplied && this.#showApplied());
    training.on('runs', () => this.#learn());
    training.on('mistake', () => this.#isApplied && this.#setMistake(training.mistake && { message: training.mistake }));
    this.#adopt(training.query);
    this.#learn();
  }

  /** Columns come with runs: what is suggested follows them. */
  async #learn() {
    const known = `${training.store?.id} ${training.columns.map(({ name, kind }) => `${name}:${kind}`).join('\n')}`;
    if (known === this.#known || !training.runs.length) return;
    this.#known = known;
    try {
      const { columns, examples } = await ask('query/help', training.address);
      if (known !== this.#known) return;
      // They come as they are typed; what completes and paints adds the backticks itself.
      this.list.columns = columns.map((column) => ({ ...column, name: column.name.replaceAll('`', '') }));
      this.#field.columns = new Set(this.list.columns.map(({ name }) => name));
      this.setExamples(examples);
      if (examples.length) this.#field.input.placeholder = `Query, such as  ${examples[0].query}`;
    } catch (error) {
      this.#known = '';
      if (!(error instanceof Refused) && !(error instanceof TypeError)) reportError(error);
    }
  }

  get #isApplied() {
    return this.#field.value.trim() === training.query;
  }

  #onInput(typed = true) {
    this.#setMistake(null);
    this.#stop();
    if (typed && !this.#field.isComposing) this.list.update();
    this.#showApplied();
    if (!this.#isApplied) this.#timer = setTimeout(() => this.#countDraft(), COUNT_AFTER_MS);
  }

  #stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    this.#counting?.abort();
  }

  async #countDraft() {
    const query = this.#field.value.trim();
    this.#counting = new AbortController();
    const { signal } = this.#counting;
    try {
      const { count } = query ? await tell('query', training.address, { query }, signal) : { count: training.runs.length };
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

  #adopt(text) {
    if (this.#field.value.trim() !== text.trim()) this.#field.value = text;
    this.#stop();
    this.#setMistake(null);
    this.#showApplied();
  }

  #choose(text) {
    this.#field.value = text;
    this.#field.input.focus();
    this.apply(text);
  }

  #onKey(event) {
    if (event.isComposing) return;
    const { input } = this.#field;
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step && !this.list.isOpen && this.#recall.isAt(input.value)) {
      event.preventDefault();
      this.#field.value = this.#recall.step(step);
      this.#onInput(false);
    } else if (this.list.onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter') {
      this.apply();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (input.value || training.query) this.#choose('');
      else input.blur();
    }
  }

  #showApplied() {
    this.#field.go.hidden = this.#isApplied;
    this.#field.clear.hidden = !this.#field.value;
    if (this.#isApplied) this.#showCount(training.found.length, false);
  }

  /** @param {number|null} count null where it is not known @param {boolean} draft whether it is of a query that is not applied */
  #showCount(count, draft) {
    const total = training.runs.length;
    const number = count === null ? '–' : count.toLocaleString('en');
    const all = count === total ? (total === 1 ? ' run' : ' runs') : ` of ${total.toLocaleString('en')}`;
    this.count.hidden = !training.known;
    this.count.classList.toggle('draft', draft);
    this.count.title = draft ? 'What this query finds; Enter applies it' : 'Runs that are found and not hidden';
    if (this.count.textContent !== number + all) this.count.replaceChildren(make('b', { text: number }), document.createTextNode(all));
  }

  #setMistake(error) {
    const sentence = error instanceof TypeError ? GONE : (error?.message ?? '');
    if (this.message.textContent !== sentence) this.message.textContent = sentence;
    this.message.hidden = !sentence;
    this.message.classList.toggle('bad', Boolean(sentence));
    this.#field.setMistake(Number.isInteger(error?.start) ? error : null, Boolean(sentence));
    // The list would lie over the sentence.
    if (sentence) this.list.close();
  }
}
