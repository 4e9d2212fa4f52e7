/** The query bar over the samples: what it finds is the rows of the table, and marked on the maps. */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { applyQuery, countQuery, whenMeasured } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { queryHelp } from './help.js';
import { addToHistory } from './history.js';
import { QueryLine } from './line.js';

const SAID_MS = 4000;

export class QueryBar extends QueryLine {
  #table = null;
  /** The query that was applied here and is on its way. */
  #sent = null;

  /** @param {HTMLElement} element to be filled */
  constructor(element) {
    super('query');
    element.replaceChildren(this.field.element, this.menu.list, this.list.element, this.count, this.message);
    this.#follow();
  }

  get applied() {
    return hub.query;
  }

  get isMeant() {
    return Boolean(this.field.input.offsetParent);
  }

  /** Shows the number of the table's rows from now on. @param {import('../table/table.js').Table} table */
  follow(table) {
    this.#table = table;
    table.on('count', () => this.showApplied());
    table.on('only', () => this.showApplied());
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
    this.stop();
    this.list.close();
    this.adopt(text);
    this.#table?.expect(text);
    const sent = { query: text.trim() };
    this.#sent = sent;
    // Who types on, or applies another query, is not told of this one.
    const isShown = () => this.field.value.trim() === sent.query;
    try {
      await applyQuery(text);
      addToHistory(text);
      if (isShown()) this.setMistake(null);
    } catch (error) {
      if (isShown()) this.setMistake(error);
      if (this.#sent === sent) this.#table?.reload();
    }
    if (this.#sent === sent) this.#sent = null;
    this.showApplied();
  }

  async find(query, signal) {
    return query ? (await countQuery(query, signal)).count : study.n;
  }

  showFound() {
    this.showCount(this.#table?.count ?? null, false);
  }

  showCount(count, draft) {
    const number = count === null ? '–' : count.toLocaleString('en');
    const all = count === study.n ? ' images' : ` of ${study.n.toLocaleString('en')}`;
    this.count.hidden = !study.n;
    this.count.classList.toggle('draft', draft);
    this.count.title = `${number}${all}: ${draft ? 'what this query finds; Enter applies it' : 'the rows of the table'}`;
    this.count.replaceChildren(make('b', { text: number }), document.createTextNode(all));
  }

  #follow() {
    hub.on('query', () => {
      // By now somebody may have typed on.
      if (hub.query && hub.query === this.#sent?.query) this.showApplied();
      else this.adopt(hub.query);
    });
    const tell = ({ query, error }) => {
      this.adopt(query);
      this.setMistake(error);
    };
    hub.on('mistake', tell);
    whenMeasured()
      .then(queryHelp)
      .then(({ columns, examples }) => {
        this.menu.setExamples(examples);
        this.list.columns = columns;
        this.field.columns = new Set(columns.map(({ name }) => name));
        // What was typed before there were samples can be counted now.
        if (this.message.hidden) this.onInput(false);
      }, reportError);
    if (hub.mistake) tell(hub.mistake);
    else this.adopt(hub.query);
  }
}
