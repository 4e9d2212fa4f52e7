/**
 * Brings the curves of a tab's charts, all in one request: as many points as there are pixels, finer ones for the part that
 * is looked at. What is held stays until its successor is there; an answer to a question that is no longer asked is dropped.
 */
import { Events } from '../../shared/events.js';
import { Refused, askForArrays } from '../api.js';
import { isShown, onShown } from '../shown.js';
import { training } from '../state.js';

// Growing curves are asked for this often; what the user did, as soon as the hand rests.
const LIVE_MS = 1000;
const REST_MS = 90;
const RETRY_MS = 2500;
// Of one chart, drawn in a few hundredths of a second.
const CHART_POINTS = 200_000;
const LEAST_POINTS = 64;
const MOST_CURVES = 1200;
// A window that is a little wider needs no other points.
const PIXEL_STEP = 200;

/**
 * @typedef {object} Curve
 * @property {Float64Array} x rising @property {Float64Array} y NaN and infinities among them @property {Float64Array|null} smoothed
 * @property {number} total points logged @property {number} first @property {number} last of x, of all that was logged
 * @property {{quantity: string|null, split: string|null}} role
 */

const keyOf = (run, tag) => `${run}\n${tag}`;

/** Events: `curves` when something came, `failure`. */
export class Feed extends Events {
  /** What the curves that are held have along x. @type {import('./settings.js').XAxis} */
  x;
  /** @type {string|null} why no curves came */
  failure = null;
  #board;
  #charts = new Set();
  #held = new Map();
  #versions = new Map();
  #signs = new Map();
  #timer = null;
  #dueAt = Infinity;
  #askedAt = -Infinity;
  #flight = null;
  #queried = false;

  constructor(board) {
    super();
    this.#board = board;
    this.x = board.settings.x;
    training.on('query', () => (this.#queried = true));
    training.on('runs', () => this.#grow());
    onShown(() => this.hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
  }

  /** @param {{wanted: () => {run: string, tag: string}[], pixels: number, isVisible: boolean}} chart @returns {() => void} takes it off again */
  add(chart) {
    this.#charts.add(chart);
    return () => this.#charts.delete(chart);
  }

  /** @returns {{whole: Curve|null, part: Curve|null, range: [number, number]|null}|undefined} part: finer, of a range of x */
  get(run, tag) {
    return this.#held.get(keyOf(run, tag));
  }

  /** @returns {boolean} whether everything in sight is there */
  get isDone() {
    return !this.#flight && this.#dueAt === Infinity && !this.#needed().length;
  }

  forget() {
    this.#flight?.abort.abort();
    this.#flight = null;
    for (const map of [this.#held, this.#versions, this.#signs]) map.clear();
    this.hurry();
  }

  /** Something else is looked at: asks as soon as that rests. */
  hurry() {
    // At first there is nothing that could come to rest.
    this.#plan(this.#held.size ? REST_MS : 0, true);
  }

  /** A chart shows other curves. */
  want() {
    this.#plan(0);
  }

  #plan(wait, again = false) {
    const at = performance.now() + wait;
    if (!again && this.#dueAt <= at) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  /** Which runs have changed since they were asked for. */
  #grow() {
    let changed = false;
    for (const run of training.runs) {
      const sign = `${run.updated} ${run.alive} ${run.status} ${JSON.stringify(run.values)}`;
      if (this.#signs.get(run.id) === sign) continue;
      this.#signs.set(run.id, sign);
      this.#age(run.id);
      changed = true;
    }
    // A value in the middle of a curve was corrected: nothing tells where. After a query the same runs come once more.
    if (!changed && !this.#queried) for (const { id } of training.runs) this.#age(id);
    this.#queried = false;
    this.#plan(Math.max(0, this.#askedAt + LIVE_MS - performance.now()));
  }

  #age(id) {
    this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
  }

  // ---- asking

  get #question() {
    const { x, smoothing, logX } = this.#board.settings;
    const widest = Math.max(0, ...[...this.#charts].filter((chart) => chart.isVisible).map((chart) => chart.pixels));
    const pixels = Math.max(PIXEL_STEP, Math.ceil(widest / PIXEL_STEP) * PIXEL_STEP);
    const { range } = this.#board;
    const log = logX && x !== 'clock';
    // The neighbourhood comes along, so that a hand that moves the view finds it drawn.
    return { x, smoothing, log, pixels: range ? 2 * pixels : pixels, range: range && around(range, log) };
  }

  #needed(question = this.#question) {
    const sign = JSON.stringify(question);
    const needed = new Map();
    for (const chart of this.#charts) {
      if (!chart.isVisible) continue;
      for (const { run, tag } of chart.wanted()) {
        const key = keyOf(run, tag);
        const held = this.#held.get(key);
        const seen = held && (question.range ? held.partSeen : held.wholeSeen);
        if (seen !== `${sign} ${this.#versions.get(run) ?? 0}`) needed.set(key, { run, tag });
        if (needed.size >= MOST_CURVES) return [...needed.values()];
      }
    }
    return [...needed.values()];
  }

  async #ask() {
    this.#dueAt = Infinity;
    if (document.hidden || !isShown(this.#board.tab) || !training.store) return;
    const question = this.#question;
    const sign = JSON.stringify(question);
    if (this.#flight) {
      // The same question in a moment: its answer is on its way.
      if (this.#flight.sign === sign) return void this.#plan(REST_MS);
      this.#flight.abort.abort();
    }
    const curves = this.#needed(question);
    // What failed is no longer asked for.
    if (!curves.length) return void this.#say(null);
    const flight = { sign, abort: new AbortController(), versions: new Map(this.#versions) };
    this.#flight = flight;
    this.#askedAt = performance.now();
    try {
      const answer = await this.#fetch(question, curves, flight.abort.signal);
      if (this.#flight !== flight) return;
      this.#flight = null;
      this.#take(question, sign, curves, answer, flight.versions);
    } catch (error) {
      if (this.#flight !== flight) return;
      this.#flight = null;
      this.#fail(error);
    }
  }

  #fetch({ x, smoothing, log, pixels, range }, curves, signal) {
    const share = Math.max(LEAST_POINTS, Math.min(2 * pixels + 2, Math.floor(CHART_POINTS / this.#crowd)));
    const [from, to] = range ?? [null, null];
    return askForArrays('curves', training.address, { curves, x, from, to, log, pixels, smoothing, budget: share * curves.length }, signal);
  }

  /** Curves of the fullest chart. */
  get #crowd() {
    return Math.max(1, ...[...this.#charts].filter((chart) => chart.isVisible).map((chart) => chart.wanted().length));
  }

  #take(question, sign, asked, { header, arrays }, versions) {
    if (this.x !== question.x) {
      this.x = question.x;
      this.#held.clear();
    }
    const came = new Map(header.curves.map((one) => [keyOf(one.run, one.tag), one]));
    for (const { run, tag } of asked) {
      const key = keyOf(run, tag);
      const curve = came.has(key) ? read(came.get(key), arrays, question.smoothing) : null;
      const seen = `${sign} ${versions.get(run) ?? 0}`;
      const held = this.#held.get(key) ?? { whole: null, part: null, range: null };
      if (question.range) Object.assign(held, { part: curve, range: question.range, partSeen: seen });
      else Object.assign(held, { whole: curve, part: null, range: null, wholeSeen: seen });
      this.#held.set(key, held);
    }
    this.#say(null);
    this.emit('curves');
    if (this.#needed().length) this.#plan(0);
  }

  #fail(error) {
    this.#say(error instanceof Refused ? error.message : 'The curves did not come; asked again in a moment.');
    this.#plan(RETRY_MS);
  }

  #say(sentence) {
    if (this.failure === sentence) return;
    this.failure = sentence;
    this.emit('failure');
  }
}

function around([from, to], log) {
  const aside = (log ? Math.log10(to / from) : to - from) / 2;
  return log ? [from / 10 ** aside, to * 10 ** aside] : [from - aside, to + aside];
}

/** @returns {Curve} */
function read({ at, count, total, first, last, role }, arrays, smoothing) {
  const part = (k) => arrays.subarray(at + k * count, at + (k + 1) * count);
  return { x: part(0), y: part(1), smoothed: smoothing > 0 ? part(2) : null, total, first, last, role: role ?? { quantity: null, split: null } };
}
