/** The page of similar images: asks the server for the nearest of the anchor, or of a dropped image, and shows them. */
import { ask, asBytes, Refusal } from '../../shared/ask.js';
import { css, neutral, onThemeChange, palette } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { exportSamples } from '../../shared/download.js';
import { hub } from '../../shared/hub.js';
import { spaceName } from '../../shared/methods.js';
import { study } from '../../shared/study.js';
import { isBusy } from './drop.js';
import { Ask } from './ask.js';
import { Cards } from './cards.js';
import { Chart } from './chart.js';
import { Empty } from './empty.js';
import { GuestBadge } from './guest.js';
import { Query } from './query.js';
import { rangeOf, splitWaves } from './wave.js';

const HOVER_MS = 60;
const CHART_MS = 30;
const SHOWN_CLASSES = 6;

const nextFrame = () => new Promise(requestAnimationFrame);

class SimilarPage {
  #ask = new Ask(() => this.#refresh());
  #query = new Query();
  #cards = new Cards((rank) => this.#look(rank));
  #chart = new Chart();
  #empty = new Empty();
  #summary = make('p', { class: 'similar-summary', role: 'status' });
  #classes = make('ul', { class: 'similar-classes', 'aria-label': 'Labels of the similar images' });
  #tools = make('div', { class: 'similar-tools', hidden: true });
  #sentence = make('p', { class: 'similar-sentence' });
  /** What is shown: the question, the server's answer, the waveforms. */
  #asked = '';
  #answer = null;
  #waves = null;
  #request = null;
  #early = false;
  #looked = 0;
  #hovering = 0;
  #painted = Promise.resolve();

  /** @param {HTMLElement} element */
  constructor(element) {
    const tool = (text, action, hint) => make('button', { type: 'button', text, title: hint, on: { click: action } });
    this.#tools.append(
      tool('Select these', () => this.#select(), 'Mark them on the maps, and gather them in the pool'),
      tool('CSV', () => this.#export('csv'), 'Save the list with ids and all columns'),
      tool('Parquet', () => this.#export('parquet'), 'Save the list with ids and all columns'),
    );
    const head = make('div', { class: 'similar-head' }, [this.#summary, this.#classes, this.#tools]);
    element.replaceChildren(
      make('div', { class: 'similar-side' }, [this.#ask.element, this.#query.element]),
      make('div', { class: 'similar-answer' }, [head, this.#chart.element, this.#sentence, this.#empty.element, this.#cards.element]),
    );
    for (const event of ['page', 'anchor', 'guest', 'layer']) hub.on(event, () => this.#refresh());
    study.on('info', () => this.#refresh());
    study.on('health', () => this.#early && this.#refresh());
    onThemeChange(() => this.#answer && this.#showClasses());
    this.#refresh();
  }

  /** The question that should be answered now: parameters of the address, or null. */
  #question() {
    const { space, k } = this.#ask;
    if (!space) return null;
    if (hub.anchor !== null) return { index: hub.anchor, space, k };
    return hub.guest?.state === 'done' ? { guest: hub.guest.token, space, k } : null;
  }

  #refresh() {
    if (hub.page !== 'similar') return;
    this.#ask.update();
    const question = this.#question();
    if (hub.anchor === null && hub.guest) this.#query.showGuest(hub.guest);
    const asked = JSON.stringify(question);
    if (asked === this.#asked && !this.#early) {
      if (hub.anchor === null && hub.guest && this.#waves) this.#query.drawWave(this.#waves.all[0], this.#waves.units);
      else if (!question) this.#clear('');
      return;
    }
    this.#asked = asked;
    this.#request?.abort();
    clearTimeout(this.#hovering);
    if (question) this.#fetch(question, asked);
    else this.#clear('');
  }

  async #fetch(question, asked) {
    const request = new AbortController();
    this.#request = request;
    this.#early = false;
    try {
      const answer = await (await ask('api/similar', { query: question, signal: request.signal })).json();
      this.#show(answer);
      await this.#fetchWaves(answer, request.signal);
    } catch (error) {
      if (error.name === 'AbortError' || this.#asked !== asked) return;
      // What is not there yet may come, and so may the server; asked for again when there is news.
      this.#early = !(error instanceof Refusal) || error.isEarly || error.isAway;
      this.#clear(error.message);
    }
  }

  #show(answer) {
    this.#answer = answer;
    this.#waves = null;
    const { query, results } = answer;
    if (query.index !== undefined) this.#query.showSample(query);
    this.#cards.show(results, this.#label());
    this.#cards.element.scrollTop = 0;
    this.#painted = nextFrame().then(nextFrame);
    this.#sentence.hidden = true;
    this.#empty.hide();
    this.#tools.hidden = !results.length;
    this.#summary.textContent = this.#summarise();
    this.#showClasses();
  }

  /** The label of the query; of a dropped image, which has none, the predicted class. */
  #label() {
    const { query } = this.#answer;
    return query.index === undefined ? (hub.guest?.predicted ?? null) : query.label;
  }

  #summarise() {
    const { results, recall, space, query } = this.#answer;
    const who = query.index === undefined ? 'your image' : `image ${query.index}`;
    const near = `The ${results.length} nearest to ${who} in ${spaceName(space).replace('Pixels', 'pixels')}: `;
    const sure = recall < 1 ? ` The search is approximate: of the true nearest, about ${Math.floor(100 * recall)} % are found.` : '';
    return `${near}${this.#compare()}${sure}`;
  }

  /** How many of the nearest are of another class: by their labels, or, where there are none, by what they are taken for. */
  #compare() {
    const { results, query } = this.#answer;
    const isGuest = query.index === undefined;
    const labelled = results.filter(({ label }) => label !== null);
    const label = this.#label();
    if (label === null || !labelled.length) {
      const predicted = isGuest ? (hub.guest?.predicted ?? null) : query.predicted;
      const others = results.filter((one) => one.predicted !== predicted).length;
      return `${others} of ${results.length} ${others === 1 ? 'is' : 'are'} taken for another class.`;
    }
    const others = labelled.filter((one) => one.label !== label).length;
    const differ = isGuest ? 'another label than the class predicted for it' : 'another label';
    const some = labelled.length < results.length ? `${labelled.length} with a label` : labelled.length;
    return `${others} of ${some} ${others === 1 ? 'has' : 'have'} ${differ}.`;
  }

  #showClasses() {
    const counts = new Map();
    // Without labels the classes are those that the network sees.
    const by = study.labelled ? 'label' : 'predicted';
    for (const { [by]: found } of this.#answer.results) counts.set(found ?? -1, (counts.get(found ?? -1) ?? 0) + 1);
    const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const colors = palette(Math.max(1, ...ranked.map(([label]) => label + 1)));
    const items = ranked.slice(0, SHOWN_CLASSES).map(([label, count]) => {
      const dot = make('i');
      dot.style.background = css(colors[label] ?? neutral());
      const name = study.className(label);
      return make('li', { title: study.labelled ? `${count} with ${label < 0 ? '' : 'label '}${name}` : `${count} taken for ${name}` }, [dot, make('span', { text: name }), make('b', { text: String(count) })]);
    });
    const more = ranked.length - items.length;
    if (more > 0) items.push(make('li', { text: `and ${more} more` }));
    this.#classes.replaceChildren(...items);
  }

  async #fetchWaves({ query, results, space }, signal) {
    const fromGuest = query.index === undefined;
    const indices = results.map(({ index }) => index);
    const response = await ask('api/waveforms', {
      ...asBytes(Int32Array.from(fromGuest ? indices : [query.index, ...indices])),
      query: fromGuest ? { space, guest: query.guest } : { space },
      signal,
    });
    const [units, pieces] = ['X-Units', 'X-Pieces'].map((name) => Number(response.headers.get(name)));
    const all = splitWaves(new Float32Array(await response.arrayBuffer()), pieces, units);
    // The images first: what they are like is seen before the lines are read.
    await this.#painted;
    if (signal.aborted) return;
    this.#waves = { all, units, range: rangeOf(all) };
    this.#cards.drawWaves(all, units);
    this.#query.drawWave(all[0], units);
    this.#looked = 0;
    this.#hovering = setTimeout(() => this.#showChart(), CHART_MS);
  }

  /** The card that the pointer rests on, or that the keyboard came to, is shown large. */
  #look(rank) {
    this.#looked = rank;
    clearTimeout(this.#hovering);
    this.#hovering = setTimeout(() => this.#showChart(), HOVER_MS);
  }

  #showChart() {
    if (!this.#waves || !this.#answer) return;
    const { all, units, range } = this.#waves;
    const { query, results, space } = this.#answer;
    const named = (index, wave) => ({ name: index === undefined ? 'your image' : `image ${index}`, wave });
    const other = results[this.#looked];
    this.#chart.show({ query: named(query.index, all[0]), other: other ? named(other.index, all[this.#looked + 1]) : null, units, range, layer: space === 'pixels' ? null : spaceName(space) });
  }

  #clear(sentence) {
    this.#answer = this.#waves = null;
    this.#cards.show([], null);
    this.#chart.hide();
    this.#tools.hidden = true;
    this.#summary.textContent = '';
    this.#classes.replaceChildren();
    const waiting = hub.anchor === null && isBusy(hub.guest) ? 'The nearest images will appear here.' : '';
    this.#sentence.textContent = sentence || waiting;
    this.#sentence.hidden = !this.#sentence.textContent;
    const idle = hub.anchor === null && !hub.guest;
    if (idle && !sentence) this.#empty.show();
    else this.#empty.hide();
    if (idle || hub.anchor !== null) this.#query.showNothing();
  }

  #select() {
    const mask = new Uint8Array(study.n);
    for (const { index } of this.#answer.results) mask[index] = 1;
    hub.setSelection(mask, 'similar');
  }

  async #export(format) {
    const { query, results } = this.#answer;
    try {
      await exportSamples(results.map(({ index }) => index), format, `innerview-similar-${query.index ?? 'to-your-image'}`);
    } catch (error) {
      this.#summary.textContent = error.message;
    }
  }
}

/** @param {HTMLElement} element the page's place */
export function build(element) {
  new SimilarPage(element);
  new GuestBadge(document.body);
}
