/** The card of Facets Dive and Facets Overview: their frame, what they are given, and what is clicked in them. */
import { ask, Refusal } from '../../shared/ask.js';
import { url } from '../../shared/api.js';
import { pack } from '../../shared/bits.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { whenMeasured } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { fetchRecords, fetchStatistics } from './data.js';
import { maximiseButton, whenBack, whenShown } from '../stage.js';

const WAITING = 'Facets will show the images here, once every one has been passed through the network.';
const TABS = [['dive', 'Dive'], ['overview', 'Overview']];
const CHOICES = { all: 'all images', wrong: 'wrong images', selection: 'the selection' };
const FAILED = 'Facets did not start in this browser.';
// A selection that still changes is not shown at every step.
const PAUSE_MS = 300;
const RETRY_MS = 1000;

/** @param {HTMLElement} host */
export function build(host) {
  const card = new FacetsCard(host);
  // Not awaited: the component is large, and nobody may ever open this page.
  whenShown('confusion').then(() => card.start());
}

class FacetsCard {
  #host;
  #frame = make('iframe', { class: 'facets-frame', title: 'Facets', hidden: true });
  #said = make('p', { class: 'waiting facets-said', role: 'status', text: WAITING });
  #count = make('p', { class: 'facets-count', role: 'status', hidden: true });
  #choice = make('select', { class: 'map-select', 'aria-label': 'Images shown in Dive', title: 'Images shown in Dive' });
  #tabs;
  #tab = 'dive';
  /** @type {Promise<object>} the frame's `window.facets` */
  #facets = null;
  #started = false;
  #turn = 0;
  #timer = 0;
  /** @type {number[]} the sample of each record shown */
  #indices = [];
  #atlas = '';
  #statistics = null;

  constructor(host) {
    this.#host = host;
    this.#tabs = TABS.map(([name, text]) =>
      make('button', { type: 'button', role: 'tab', class: 'facets-tab', text, on: { click: () => this.#open(name), keydown: (event) => this.#step(event) } }),
    );
    const offered = Object.keys(CHOICES).filter((value) => value !== 'wrong' || study.labelled);
    this.#choice.append(...offered.map((value) => make('option', { value })));
    this.#choice.addEventListener('change', () => this.#fill());
    const tabs = make('div', { class: 'facets-tabs', role: 'tablist', 'aria-label': 'Facets' }, this.#tabs);
    const tools = make('div', { class: 'stage-tools' }, [this.#choice, maximiseButton(host.closest('.panel'), 'Facets')]);
    host.append(tabs, tools, this.#count, make('div', { class: 'facets-body' }, [this.#said, this.#frame]));
    this.#showTab();
    this.#offer();
    study.on('column', () => this.#offer());
    hub.on('selection', () => this.#followSelection());
    hub.on('focus', () => this.#mark());
  }

  /** Loads the component, and at the same time what it will show. */
  async start() {
    await whenMeasured();
    this.#started = true;
    await this.#fill();
  }

  /** @returns {Promise<object>} loaded once; what fails is loaded again when it is wanted next */
  #component() {
    this.#facets ??= this.#load().catch((error) => {
      this.#facets = null;
      throw error;
    });
    return this.#facets;
  }

  async #load() {
    const address = 'facets/host.html';
    // A frame does not say why it is empty.
    await ask(address);
    return new Promise((resolve, reject) => {
      const look = () => {
        const { facets } = this.#frame.contentWindow;
        if (!facets) return reject(new Refusal(`${FAILED} The server may miss the package tensorboard-plugin-wit.`, 503));
        facets.onPick = (row) => hub.setFocus(this.#indices[row] ?? null);
        return resolve(facets);
      };
      this.#frame.addEventListener('load', look, { once: true });
      this.#frame.hidden = false;
      this.#frame.src = url(address);
    });
  }

  #open(tab) {
    if (this.#tab === tab) return;
    this.#tab = tab;
    this.#showTab();
    if (this.#started) this.#fill();
  }

  /** The arrow keys go from tab to tab, as everywhere. */
  #step(event) {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const next = TABS.findIndex(([name]) => name !== this.#tab);
    this.#open(TABS[next][0]);
    this.#tabs[next].focus();
    event.preventDefault();
  }

  #showTab() {
    TABS.forEach(([name], k) => {
      this.#tabs[k].setAttribute('aria-selected', String(name === this.#tab));
      this.#tabs[k].tabIndex = name === this.#tab ? 0 : -1;
    });
    this.#choice.hidden = this.#tab !== 'dive';
    this.#count.hidden = this.#tab !== 'dive' || !this.#count.textContent;
  }

  /** Shows what the tab and the choice ask for; a later wish overtakes an earlier one. */
  async #fill() {
    const turn = ++this.#turn;
    try {
      if (this.#tab === 'dive') await this.#fillDive(turn);
      else await this.#fillOverview(turn);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#say(error instanceof Refusal ? error.message : FAILED);
      if (!(error instanceof Refusal)) reportError(error);
      const again = () => turn === this.#turn && this.#fill();
      if (error.isEarly) setTimeout(again, RETRY_MS);
      if (error.isAway) whenBack().then(again);
    }
  }

  async #fillDive(turn) {
    const mask = this.#mask();
    if (mask && !mask.includes(1)) return this.#say(this.#choice.value === 'wrong' ? 'No image is predicted wrong.' : 'Nothing is selected.');
    this.#say('Loading the images …');
    const [facets, shown] = await Promise.all([this.#component(), fetchRecords(mask && pack(mask))]);
    if (turn !== this.#turn) return undefined;
    this.#indices = shown.records.map((record) => record.index);
    const before = this.#atlas;
    this.#atlas = URL.createObjectURL(shown.atlas);
    this.#count.textContent = sampleText(shown.records.length, shown.total);
    this.#count.hidden = !this.#count.textContent;
    const isDrawn = await facets.showDive({ ...shown, atlas: this.#atlas });
    if (before) URL.revokeObjectURL(before);
    if (turn !== this.#turn) return undefined;
    this.#say(isDrawn ? '' : 'Facets Dive needs WebGL, which this browser does not offer.');
    return this.#mark();
  }

  async #fillOverview(turn) {
    this.#say('Loading the statistics …');
    this.#statistics ??= fetchStatistics();
    this.#statistics.catch(() => { this.#statistics = null; });
    const [facets, statistics] = await Promise.all([this.#component(), this.#statistics]);
    if (turn !== this.#turn) return;
    facets.showOverview(statistics);
    this.#say('');
  }

  /** @returns {Uint8Array|null|undefined} (N,) what is chosen; nothing for everything */
  #mask() {
    if (this.#choice.value === 'selection') return hub.selection ?? new Uint8Array(study.n);
    if (this.#choice.value === 'wrong') return wrongMask();
    return null;
  }

  #followSelection() {
    this.#offer();
    if (this.#choice.value !== 'selection' || !this.#started) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tab === 'dive' && this.#fill(), PAUSE_MS);
  }

  /** What there is to choose from, with its number of images. */
  #offer() {
    const wrong = wrongMask()?.reduce((sum, value) => sum + value, 0);
    const counts = { all: study.n, wrong, selection: hub.selectionCount };
    for (const option of this.#choice.options) {
      const count = counts[option.value];
      option.textContent = count ? `${CHOICES[option.value]} (${count.toLocaleString('en')})` : CHOICES[option.value];
      // What is shown stays on offer, or the select would tell another story than the picture.
      option.disabled = !count && this.#choice.value !== option.value;
    }
  }

  /** Frames the image that is looked at, if it is among those shown. */
  async #mark() {
    if (!this.#facets || this.#tab !== 'dive') return;
    const facets = await this.#facets.catch(() => null);
    facets?.mark(hub.focus === null ? -1 : this.#indices.indexOf(hub.focus));
  }

  /** @param {string} sentence in place of the component; '' shows it */
  #say(sentence) {
    this.#said.textContent = sentence;
    this.#said.hidden = !sentence;
    this.#host.classList.toggle('facets-waiting', Boolean(sentence));
  }
}

/** @returns {Uint8Array|undefined} (N,) 1 where the prediction is wrong, once that is known */
const wrongMask = () => study.columns.get('correct')?.map((correct) => (correct === 0 ? 1 : 0));

/** @returns {string} "10,000 of 70,000 images, a fair sample"; nothing where none are left out */
function sampleText(shown, total) {
  const number = (count) => count.toLocaleString('en');
  return shown < total ? `${number(shown)} of ${number(total)} images, a fair sample` : '';
}
