/** The query over runs: what it finds is what tables and charts offer. It is typed as the one over samples is. */
import { make } from '../../shared/dom.js';
import { addToHistory } from '../../workbench/query/history.js';
import { QueryLine } from '../../workbench/query/line.js';
import { ask, Refused, tell } from '../api.js';
import { isPageShown } from '../shown.js';
import { GONE, training } from '../state.js';

const HISTORY = 'innerview-run-queries';
const RETRY_MS = 3000;

export class RunQuery extends QueryLine {
  #known = '';
  #applying = 0;
  /** What is being applied. @type {string|null} */
  #asked = null;

  /** @param {HTMLElement} element to be filled */
  constructor(element) {
    super('run-query', { key: HISTORY, none: 'Examples appear once there are runs.' });
    const { input } = this.field;
    input.placeholder = 'Query, such as  val_accuracy > 0.97 and lr <= 0.01';
    input.setAttribute('aria-label', 'Query over runs');
    element.append(this.field.element, this.menu.list, this.list.element, this.count, this.message);
    this.#follow();
  }

  get applied() {
    return training.query;
  }

  get isMeant() {
    return isPageShown();
  }

  async apply(text = this.field.value) {
    this.stop();
    this.list.close();
    this.adopt(text);
    const turn = ++this.#applying;
    this.#asked = text.trim();
    // Of what is typed on while the answer is late, neither the answer nor a mistake in it says anything.
    const isOwn = () => turn === this.#applying && this.field.value.trim() === text.trim();
    try {
      await training.applyQuery(text);
      addToHistory(text, HISTORY);
      if (isOwn()) this.setMistake(null);
    } catch (error) {
      if (isOwn()) this.setMistake(error);
    }
    if (turn === this.#applying) this.#asked = null;
    this.showApplied();
  }

  /** The query changed: by what is typed here, or else the line follows it. */
  #followQuery() {
    if (this.#asked === training.query) this.showApplied();
    else this.adopt(training.query);
  }

  async find(query, signal) {
    return query ? (await tell('query', training.address, { query }, signal)).count : training.runs.length;
  }

  showFound() {
    this.showCount(training.found.length, false);
  }

  showCount(count, draft) {
    const total = training.runs.length;
    const number = count === null ? '–' : count.toLocaleString('en');
    const all = count === total ? (total === 1 ? ' run' : ' runs') : ` of ${total.toLocaleString('en')}`;
    this.count.hidden = !training.known;
    this.count.classList.toggle('draft', draft);
    this.count.title = draft ? 'What this query finds; Enter applies it' : 'Runs that are found and not hidden';
    if (this.count.textContent !== number + all) this.count.replaceChildren(make('b', { text: number }), document.createTextNode(all));
  }

  sentenceOf(error) {
    return error instanceof TypeError ? GONE : super.sentenceOf(error);
  }

  #follow() {
    training.on('query', () => this.#followQuery());
    training.on('chosen', () => this.isApplied && this.showApplied());
    training.on('runs', () => this.#learn());
    training.on('mistake', () => this.isApplied && this.setMistake(training.mistake && { message: training.mistake }));
    this.adopt(training.query);
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
      this.field.columns = new Set(this.list.columns.map(({ name }) => name));
      this.menu.setExamples(examples);
      if (examples.length) this.field.input.placeholder = `Query, such as  ${examples[0].query}`;
    } catch (error) {
      if (known !== this.#known) return;
      this.#known = '';
      setTimeout(() => this.#learn(), RETRY_MS);
      if (!(error instanceof Refused) && !(error instanceof TypeError)) reportError(error);
    }
  }
}
