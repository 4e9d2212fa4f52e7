/** The class and the threshold that the page is about, and what they find. The query of the page is followed and written. */
import { Events } from '../../shared/events.js';
import { hub } from '../../shared/hub.js';
import { applyQuery, wantedQuery } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { fetchLines, fetchOutcome } from './data.js';

const EVEN = '0.5';
// "p_4 >= 0.31 and ...", "(`p_T-shirt` >= 0.5) != ...": the column and the threshold that a query is about.
const ABOUT = /^\(?(`[^`]+`|[\p{L}_][\p{L}\p{N}_]*) (?:>=|<) ([\d.e-]+)(?:\)| |$)/u;

/**
 * Emits "class" when another is chosen, "threshold" when it moves, "outcome" when what it finds is known, "pressed" when
 * the query is another.
 */
export class Choice extends Events {
  /** @type {number} */
  number = 0;
  /** @type {string} as it is typed, from 0 to 1 */
  threshold = EVEN;
  /** @type {object|null} what the threshold finds: counts and queries */
  outcome = null;
  #waiting = null;
  #abort = null;
  /** Whether the server was away when it was asked last. */
  #missed = false;
  /** The last query that was applied here, and while it is on its way the promise of it. */
  #own = { query: null, part: null, number: null };
  #applying = null;
  /** A class whose curves were fetched because it was chosen. */
  #extra = null;

  /** @param {object} figures @param {Map<number, import('./data.js').Line>} lines by class */
  constructor(figures, lines) {
    super();
    this.figures = figures;
    this.lines = lines;
    this.drawn = [...lines.keys()].filter((key) => key >= 0).length;
    // Without images, or with nothing but them, a class has no curves.
    this.curved = figures.classes.filter(({ auc }) => auc !== null).length;
    this.ranked = figures.classes.filter(({ column }) => column !== null);
    this.number = this.#worst();
    hub.on('query', () => this.#follow());
    study.on('health', () => this.#missed && this.#askAgain());
  }

  /** Once everybody listens. */
  begin() {
    if (this.#follow()) return;
    if (!this.lines.has(this.number)) this.#draw(this.number);
    this.#ask();
  }

  /** The class that is ranked worst is looked at first. */
  #worst() {
    const known = this.ranked.filter(({ ap }) => ap !== null);
    return (known.length ? known : this.ranked).reduce((worst, one) => (one.ap < worst.ap ? one : worst)).number;
  }

  get one() {
    return this.figures.classes[this.number];
  }

  /** @returns {import('./data.js').Line|undefined} the chosen class's curves */
  get line() {
    return this.lines.get(this.number);
  }

  /** @param {number} number of a class @param {string} [threshold] */
  async set(number, threshold = number === this.number ? this.threshold : EVEN) {
    const isOther = number !== this.number;
    if (!isOther && threshold === this.threshold && this.outcome) return;
    this.number = number;
    this.threshold = threshold;
    this.outcome = isOther ? null : this.outcome;
    if (isOther) this.emit('class');
    this.emit('threshold');
    if (!this.lines.has(number)) this.#draw(number);
    await this.#ask();
  }

  /** Fetches the curves of a class of which none are drawn: there are too many classes. */
  async #draw(number) {
    const line = (await fetchLines(number).catch(() => null))?.get(number);
    if (!line || number !== this.number) return;
    this.lines.delete(this.#extra);
    this.lines.set(number, line);
    this.#extra = number;
    this.emit('class');
  }

  /** Asks what the threshold finds; of a slider that moves, only the last place. */
  #ask() {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#missed = false;
    this.#waiting = fetchOutcome(this.number, this.threshold, this.#abort.signal).then(
      (outcome) => {
        this.outcome = outcome;
        this.emit('outcome');
      },
      (error) => {
        if (error.name === 'AbortError') return;
        // What the last place found is not what this one finds.
        this.outcome = null;
        this.#missed = error.isAway;
        this.emit('failed', error.message);
      },
    );
    return this.#waiting;
  }

  #askAgain() {
    if (!this.lines.has(this.number)) this.#draw(this.number);
    this.#ask();
  }

  /** Resolves once it is known what the threshold finds that it has come to rest at. */
  async #settled() {
    let waiting;
    do {
      waiting = this.#waiting;
      await waiting;
    } while (waiting !== this.#waiting);
  }

  /** @returns {'tp'|'fp'|'fn'|'tn'|'wrong'|'called'|null} which part of the outcome is selected, also while the threshold moves */
  get pressed() {
    const isOwn = this.#applying !== null || (hub.query && hub.query === this.#own.query);
    if (isOwn && this.number === this.#own.number) return this.#own.part;
    const found = Object.entries(this.outcome?.queries ?? {}).find(([, query]) => query === hub.query);
    return found?.[0] ?? null;
  }

  /** Selects a part of what the threshold finds; the part that is selected already, not any more. */
  async press(part) {
    const { number } = this;
    await this.#settled();
    // Of another class that was chosen meanwhile nobody has asked for it.
    if (number !== this.number) return;
    if (this.pressed === part) await select('');
    else await this.select(part);
  }

  /** Selects a part, whether or not it is selected already. */
  async select(part) {
    const { number } = this;
    await this.#settled();
    if (!this.outcome || number !== this.number) return;
    const query = this.outcome.queries[part];
    if (this.#applying && query === this.#own.query) return;
    this.#own = { query, part, number: this.number };
    const applying = select(query).then(() => {
      if (this.#applying === applying) this.#applying = null;
    });
    this.#applying = applying;
    await applying;
  }

  /** Moves the threshold, and with it the part of its outcome that is selected. */
  async move(threshold) {
    const part = this.pressed;
    const { number } = this;
    await this.set(number, threshold);
    // Of a threshold that moves on only the last place is selected.
    if (part && number === this.number && threshold === this.threshold) await this.select(part);
  }

  /** @returns {boolean} whether the query of the page is about another threshold: then it is taken over */
  #follow() {
    // What was selected here is known; by now the threshold may have moved on.
    if (hub.query === this.#own.query) {
      this.emit('pressed');
      return false;
    }
    const [, column, at] = ABOUT.exec(hub.query) ?? [];
    const one = column && this.ranked.find((each) => each.column === column);
    const isNew = one && Number(at) >= 0 && Number(at) <= 1 && (one.number !== this.number || Number(at) !== Number(this.threshold));
    if (isNew) this.set(one.number, at).then(() => this.emit('pressed'));
    else this.emit('pressed');
    return Boolean(isNew);
  }
}

/** @param {string} query applied to the whole page, and taken back where it is applied already, or about to be */
export const toggle = (query) => select(query === wantedQuery() ? '' : query);

async function select(query) {
  try {
    await applyQuery(query);
  } catch (error) {
    hub.emit('mistake', { query, error });
  }
}
