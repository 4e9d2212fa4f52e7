/**
 * What all tabs of the page Training share: the store, its runs, which of them are found, chosen and hidden, and how they
 * are coloured and labelled. Nothing here knows how anything is drawn.
 *
 * Events, named after what changed: `store` (another one), `left` (the one before is about to be; the first is none),
 * `runs` (their facts, values, columns, tags), `chosen` (what `found` or `chosen` answers), `query`, `picked`, `group`
 * (colours or labels), `tab`, `failure`, `focus` (the run looked at), `mistake` (the query no longer parses), `said` (see
 * `say`).
 *
 * For the tabs, besides: `training.run(id)`; `training.setFocus(id)` / `.focus`, the one run that somebody looks at in any
 * tab; `training.say(sentence, undo, undone)` shows a line at the foot of the page with a button Undo, for Ctrl+Z too;
 * `whileShown(tab, draw)` and `isShown(tab)` in ./shown.js draw only what can be seen; `inAddress(key, get, set)` in
 * ./address.js keeps a part of a tab's view in the address, under keys that begin with `t-`; `runMark(run)` in
 * ./runs/mark.js is the coloured mark of a run for legends and lists.
 */
import { onThemeChange } from '../shared/colors.js';
import { Events } from '../shared/events.js';
import { Refused, ask, tell } from './api.js';
import { Colors } from './runs/colors.js';
import { shortValue } from './runs/format.js';

const POLL_MS = 1000;
// A hidden page asks seldom: somebody may leave it open overnight.
const ASLEEP_MS = 15000;
export const GONE = 'Innerview does not answer; its terminal may have been closed.';

/**
 * @typedef {{id: string, name: string, folder: string, started: number, updated: number, status: string, alive: boolean,
 *   parameters: object, source: object, tags: string[], note: string, hidden: boolean, deleted: boolean, values: Object<string, any>,
 *   checkpoints: {id: string, step: number, epoch: number|null, time: number, name: string, exists: boolean}[]}} Run
 * `values` holds the run's cell of every column.
 * @typedef {{name: string, kind: 'number'|'text'|'boolean', source: 'fact'|'parameter'|'last'|'best', tag?: string}} Column
 * @typedef {{id: string, title: string, kind: string, writable: boolean}} Store
 * @typedef {{address: {store: string}, token: string}} Change that can be made undone
 */
export class Training extends Events {
  /** @type {Store|null} */
  store = null;
  /** @type {Run[]} all but the deleted, the newest first */
  runs = [];
  /** @type {Column[]} */
  columns = [];
  /** @type {{scalars: string[], histograms: string[], images: string[], texts: string[], curves: string[], maps: string[]}} */
  tags = { scalars: [], histograms: [], images: [], texts: [], curves: [], maps: [] };
  /** @type {number} runs in the bin */
  deleted = 0;
  /** @type {boolean} whether the runs of this store were read at all yet */
  known = false;
  /** @type {string} the typed query that is applied, '' for none */
  query = '';
  /** @type {string|null} why the query that is applied finds nothing any more */
  mistake = null;
  /** @type {Set<string>|null} ids of the runs it finds; null without a query */
  hits = null;
  /** @type {Set<string>} ids of the runs picked in the table; none picked means all */
  picked = new Set();
  /** @type {string|null} id of the run looked at */
  focus = null;
  /** @type {string|null} name of the column that colours the runs; null gives each its own */
  group = null;
  /** @type {string|null} name of the column that labels them; null for the run's name */
  label = null;
  /** @type {string} */
  tab = 'live';
  /** @type {string|null} why the store cannot be read just now */
  failure = null;

  #revision = null;
  #timer = null;
  #asking = null;
  #abort = null;
  #turn = 0;
  #wish = 0;
  #applied = 0;
  #first = null;
  #byId = new Map();
  #colors = new Colors();
  #sleeps = () => document.hidden;

  /**
   * Reads the store, and again every second.
   * @param {Store|null} store null for the default one
   * @param {() => boolean} sleeps whether nobody looks at the page just now
   */
  async start(store, sleeps = this.#sleeps) {
    this.#sleeps = sleeps;
    this.#first = await defaultStore();
    // Somebody may have opened another one by now.
    if (!this.store) {
      this.store = store ?? this.#first;
      this.emit('store');
    }
    document.addEventListener('visibilitychange', () => this.wake());
    // A ramp is another one on black.
    onThemeChange(() => this.emit('group'));
    await this.refresh();
  }

  /**
   * Opens another folder or database in this browser, and goes there unless somebody has gone elsewhere meanwhile.
   * @returns {Promise<Store>} @throws {Refused} with a sentence
   */
  async open(address) {
    const wish = ++this.#wish;
    const store = await this.openQuietly(address);
    if (wish === this.#wish) await this.enter(store);
    return store;
  }

  /** Goes to a store that is open. @param {Store} store */
  async enter(store) {
    this.#wish++;
    if (store.id === this.store?.id) return;
    this.#turn++;
    this.emit('left');
    this.#forget();
    this.store = store;
    this.emit('store');
    // Nobody waits for what the store before has to say.
    this.#abort?.abort();
    await this.#asking;
    await this.refresh();
  }

  /** Opens a store without going to it. @returns {Promise<Store>} @throws {Refused} with a sentence */
  openQuietly(address) {
    return tell('open', {}, { url: address });
  }

  /** @returns {string|null} what the address has to say of the store: nothing of the one of the command line */
  get storeInAddress() {
    return this.store && this.store.id !== this.#first?.id ? this.store.id : null;
  }

  /** @returns {Store|null} the one of the command line */
  get first() {
    return this.#first;
  }

  get address() {
    return { store: this.store?.id ?? '' };
  }

  /** Asks now if nobody looked at the page until now. */
  wake() {
    if (!this.#sleeps()) this.refresh();
  }

  /** Asks what is new; answers when it is known. Called by itself while the page is open. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#asking ??= this.#read().finally(() => (this.#asking = null));
    await this.#asking;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), this.#sleeps() ? ASLEEP_MS : POLL_MS);
  }

  /** What was changed by us is to be seen in the answer that comes next, not in one that was asked for before. */
  async refreshAfterwards() {
    await this.#asking;
    await this.refresh();
  }

  async #read() {
    if (!this.store) return;
    const turn = this.#turn;
    try {
      this.#abort = new AbortController();
      const answer = await ask('runs', { ...this.address, since: this.#revision ?? '', query: this.query }, this.#abort.signal);
      // The store or the query may have been changed meanwhile.
      if (this.#turn !== turn) return;
      this.#fail(null);
      if (answer.changed) this.#take(answer);
    } catch (error) {
      if (this.#turn === turn) this.#fail(error instanceof Refused ? error.message : GONE);
    }
  }

  #take({ revision, runs, columns, tags, hits, deleted, mistake }) {
    this.#revision = revision;
    Object.assign(this, { runs, columns, tags, deleted: deleted ?? 0, known: true });
    this.hits = hits && new Set(hits);
    this.#byId = new Map(runs.map((run) => [run.id, run]));
    const picked = [...this.picked].filter((id) => this.#byId.has(id));
    const gone = picked.length < this.picked.size;
    if (gone) this.picked = new Set(picked);
    this.#colors.learn(this);
    if (this.mistake !== (mistake ?? null)) {
      this.mistake = mistake ?? null;
      this.emit('mistake');
    }
    this.emit('runs');
    if (gone) this.emit('picked');
    this.emit('chosen');
  }

  #fail(sentence) {
    if (this.failure === sentence) return;
    this.failure = sentence;
    this.emit('failure');
  }

  #forget() {
    this.#revision = null;
    this.#byId.clear();
    this.#colors = new Colors();
    const tags = { scalars: [], histograms: [], images: [], texts: [], curves: [], maps: [] };
    Object.assign(this, { runs: [], columns: [], tags, deleted: 0, known: false, hits: null, query: '', mistake: null, group: null, label: null, focus: null });
    this.picked = new Set();
    this.#fail(null);
    for (const event of ['query', 'group', 'focus', 'picked', 'runs', 'chosen']) this.emit(event);
  }

  /** Applies a typed query; a mistake leaves the one before. @throws {Refused} with message, start and end */
  async applyQuery(text) {
    const query = text.trim();
    const store = this.store?.id;
    const latest = ++this.#applied;
    const { hits } = query ? await tell('query', this.address, { query }) : { hits: null };
    // Another store was opened, or another query applied, while this one was on its way.
    if (this.store?.id !== store || this.#applied !== latest) return;
    this.#turn++;
    this.query = query;
    this.hits = hits && new Set(hits);
    this.mistake = null;
    // The next answer has to tell what this query finds, whatever else is new.
    this.#revision = null;
    this.emit('query');
    this.emit('chosen');
  }

  /** @param {Iterable<string>} ids */
  pick(ids) {
    const next = new Set(ids);
    if (next.size === this.picked.size && [...next].every((id) => this.picked.has(id))) return;
    this.picked = next;
    this.emit('picked');
    this.emit('chosen');
  }

  setFocus(id) {
    if (this.focus === id) return;
    this.focus = id;
    this.emit('focus');
  }

  setGroup(column) {
    if (this.group === column) return;
    this.group = column;
    this.#colors.learn(this);
    this.emit('group');
  }

  setLabel(column) {
    if (this.label === column) return;
    this.label = column;
    this.emit('group');
  }

  setTab(name) {
    if (this.tab === name) return;
    this.tab = name;
    this.emit('tab');
  }

  /** @returns {Run|undefined} */
  run(id) {
    return this.#byId.get(id);
  }

  /** @returns {boolean} whether the query finds a run */
  finds(run) {
    return !this.hits || this.hits.has(run.id);
  }

  /** @returns {Run[]} the runs that the query finds, without those hidden: what tables and charts offer */
  get found() {
    return this.runs.filter((run) => !run.hidden && this.finds(run));
  }

  /** @returns {Run[]} the runs to draw: those found, or the picked ones among them */
  get chosen() {
    const found = this.found;
    const picked = found.filter((run) => this.picked.has(run.id));
    return picked.length ? picked : found;
  }

  /** @returns {string} a CSS colour that a run keeps as long as the page is open */
  color(run) {
    return this.#colors.of(run, this.group);
  }

  /** @returns {{low: number, high: number, logarithmic: boolean}|null} of the column that colours, where that is a ramp */
  get ramp() {
    return this.group === null ? null : this.#colors.ramp(this.group);
  }

  /** @returns {string} what legends call a run */
  name(run) {
    if (this.label === null) return run.name || run.id;
    return `${this.label} = ${shortValue(run.values[this.label])}`;
  }

  /** Changes runs and learns of it at once. @returns {Promise<Change>} for `undo` */
  async edit(ids, changes) {
    const { address } = this;
    const { undo: token } = await tell('edit', address, { runs: ids, changes });
    await this.refreshAfterwards();
    return { address, token };
  }

  /** @param {Change} change also of a store that was left since */
  async undo({ address, token }) {
    await tell('undo', address, { token });
    await this.refreshAfterwards();
  }

  /**
   * Tells of something that was done.
   * @param {string} sentence @param {(() => Promise<any>)|null} undo takes it back @param {string} undone what is said then
   */
  say(sentence, undo = null, undone = 'Undone.') {
    this.emit('said', { sentence, undo, undone });
  }
}

async function defaultStore() {
  for (;;) {
    try {
      const { stores, default: first } = await ask('stores');
      return stores.find((store) => store.id === first) ?? null;
    } catch (error) {
      if (error instanceof Refused) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

export const training = new Training();
