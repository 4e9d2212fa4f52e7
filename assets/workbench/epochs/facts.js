/** What became of the images by the epoch shown, in figures; each is a button that selects the images it counts. */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { applyQuery } from '../../shared/queries.js';
import { study } from '../../shared/study.js';

export class Facts {
  element = make('div', { class: 'epochs-facts', role: 'group', 'aria-label': 'What became of the images' });
  #history;
  #player;
  #buttons;
  #turn = 0;
  /** Whether the server was away when it was asked for what is to be shown. */
  #missed = false;
  /** The epoch that the figures are of, and the columns that they were counted in. */
  #position = null;
  #columns = [];
  /** @type {{fact: object, position: number, mask: Uint8Array}|null} selected last, of those that no query tells */
  #selected = null;

  /** @param {import('./history.js').History} history @param {import('../../training/media/steps.js').Steps} player */
  constructor(history, player) {
    this.#history = history;
    this.#player = player;
    this.#buttons = {
      learned: this.#make('learned by now', 'Right from this epoch, or an earlier one, to the end'),
      gained: this.#make('', 'Wrong at the epoch before, right at this one'),
      lost: this.#make('', 'Right at the epoch before, wrong at this one'),
      forgotten: this.#make('ever forgotten', 'Right at some epoch and wrong at the next one, at least once'),
      never: this.#make('never learned', 'Wrong at every epoch'),
    };
    this.element.append(...Object.values(this.#buttons).map(({ element }) => element));
    study.on('column', (name) => ['learned', 'forgotten', 'never_learned'].includes(name) && this.show());
    study.on('info', () => this.show());
    study.on('health', () => this.#missed && hub.page === 'epochs' && this.show());
    hub.on('selection', () => this.#press());
    hub.on('query', () => this.#press());
  }

  #make(words, title) {
    const count = make('b');
    const text = make('span', { text: words });
    const fact = { count, text, query: '', mask: null, element: null };
    const on = { click: () => this.#select(fact) };
    const attributes = { type: 'button', class: 'epochs-fact', title: `${title}. Click to select them.`, hidden: true, on };
    fact.element = make('button', attributes, [count, ' ', text]);
    return fact;
  }

  #select(fact) {
    const pressed = fact.element.getAttribute('aria-pressed') === 'true';
    if (!fact.query) {
      this.#selected = { fact, position: this.#position, mask: fact.mask };
      return hub.setSelection(pressed ? null : fact.mask);
    }
    return applyQuery(pressed ? '' : fact.query).catch((error) => hub.emit('mistake', { query: fact.query, error }));
  }

  /** Shows the epoch that the player is at. */
  async show() {
    const turn = ++this.#turn;
    const { step: position } = this.#player;
    this.#missed = false;
    if (position === null) return;
    const columns = await this.#load(position);
    if (turn !== this.#turn || (position === this.#position && columns.every((column, k) => column === this.#columns[k]))) return;
    [this.#position, this.#columns] = [position, columns];
    const [learned, forgotten, never, before, now] = columns;
    const buttons = this.#buttons;
    const { epoch } = this.#history.epochs[position];
    this.#say(buttons.learned, learned && count(learned, (value) => value <= epoch), `learned <= ${epoch}`);
    this.#say(buttons.forgotten, forgotten && count(forgotten, (value) => value >= 1), 'forgotten >= 1');
    this.#say(buttons.never, never && count(never, (value) => value === 1), 'never_learned');
    const compared = before && now;
    const since = compared ? `since ${this.#history.name(position - 1)}` : '';
    buttons.gained.text.textContent = `newly right ${since}`;
    buttons.lost.text.textContent = `forgotten ${since}`;
    this.#choose(buttons.gained, compared && now.map((right, i) => Number(right === 1 && before[i] === 0)));
    this.#choose(buttons.lost, compared && now.map((right, i) => Number(right === 0 && before[i] === 1)));
    this.#press();
  }

  #load(position) {
    const columns = ['learned', 'forgotten', 'never_learned'].map((name) => study.column(name));
    const missing = (error) => {
      this.#missed ||= Boolean(error.isAway);
      return null;
    };
    const correct = (at) => (at < 0 || !study.labelled ? null : this.#history.column('correct', at).catch(missing));
    return Promise.all([...columns, correct(position - 1), correct(position)]);
  }

  prepare(position) {
    return study.labelled ? this.#history.column('correct', position).catch(() => null) : null;
  }

  #say(fact, amount, query) {
    fact.element.hidden = amount === null;
    fact.query = query;
    fact.count.textContent = amount === null ? '' : amount.toLocaleString('en');
    fact.element.disabled = amount === 0;
  }

  /** @param {Uint8Array|null} mask (N,) the images of a fact that no query tells */
  #choose(fact, mask) {
    const { fact: before, position } = this.#selected ?? {};
    // Back at an epoch, what is selected of it is known again.
    fact.mask = before === fact && position === this.#position ? this.#selected.mask : mask || null;
    this.#say(fact, mask ? count(mask, (value) => value === 1) : null, '');
  }

  #press() {
    for (const { element, query, mask } of Object.values(this.#buttons)) {
      element.setAttribute('aria-pressed', String(query ? hub.query === query : mask !== null && hub.selection === mask));
    }
  }
}

function count(values, test) {
  let amount = 0;
  for (const value of values) if (test(value)) amount++;
  return amount;
}
