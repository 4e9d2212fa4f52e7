/**
 * The inspector: the image in focus at once, with what the page knows of it; the rest when the server has answered, and
 * the waveform last. Elements are kept from image to image, so that a click costs a few changed texts.
 */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { failureCard } from '../../shared/mount.js';
import { study } from '../../shared/study.js';
import { Ask } from './ask.js';
import { Bars } from './bars.js';
import { emptyState } from './empty.js';
import { Nearest } from './nearest.js';
import { Portrait } from './portrait.js';
import { summary } from './summary.js';
import { Waveform } from './waveform.js';

// What is still shown of the image before fades when the answer takes longer than this.
const LATE_MS = 250;

class Inspector {
  #element;
  #summary = make('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  #details = make('div', { class: 'inspector-part' });
  #space = make('div', { class: 'inspector-part inspector-answer' });
  #empty = emptyState();
  #portrait;
  #bars = new Bars();
  #waiting = make('p', { class: 'waiting' });
  #waveform = new Waveform();
  #withoutActivations = make('p', { class: 'waiting' });
  #nearest;
  #ask = new Ask({ answered: (answer) => this.#fill(answer), failed: (sentence, isAway) => this.#fail(sentence, isAway) });
  /** How far the stages were when the server was last asked. */
  #asked;
  /** Whether more will be known once a stage has gone on. */
  #incomplete = false;
  #away = false;
  #late = 0;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    const small = element.dataset.small === 'true';
    this.#portrait = new Portrait(small);
    this.#nearest = new Nearest(small);
    element.replaceChildren(this.#summary, this.#details, this.#space);
    hub.on('focus', () => this.#look());
    hub.on('layer', () => this.#isSample() && this.#request());
    study.on('health', () => this.#lookAgain());
    this.#look();
  }

  /** The focus may come out of an address that anyone can write. */
  #isSample() {
    return hub.focus !== null && hub.focus < study.n;
  }

  #look() {
    this.#waveform.pause();
    if (!this.#isSample()) return this.#clear();
    this.#portrait.show(hub.focus);
    // What the image before had is replaced by the answer, without a gap between them.
    if (this.#details.firstChild !== this.#portrait.element) arrange(this.#details, [this.#portrait.element]);
    this.#request();
  }

  #clear() {
    this.#ask.drop();
    this.#settle({ incomplete: false });
    this.#summary.textContent = '';
    const sentence = () => make('p', { text: `There is no image ${hub.focus}: the last one is ${study.n - 1}.` });
    arrange(this.#details, [hub.focus === null ? this.#empty : sentence()]);
    arrange(this.#space, []);
    this.#showFailure('');
  }

  #request() {
    this.#asked = progress();
    this.#incomplete = this.#away = false;
    this.#element.setAttribute('aria-busy', 'true');
    this.#late ||= setTimeout(() => this.#element.classList.add('inspector-late'), LATE_MS);
    this.#ask.ask(hub.focus, hub.layer);
  }

  #settle({ incomplete, away = false }) {
    clearTimeout(this.#late);
    this.#late = 0;
    this.#element.classList.remove('inspector-late');
    this.#incomplete = incomplete;
    this.#away = away;
    this.#element.setAttribute('aria-busy', 'false');
  }

  #fill(answer) {
    const { probabilities, waiting, layer, waveform, nearest } = answer;
    this.#portrait.fill(answer);
    if (probabilities) this.#bars.show(answer);
    else this.#waiting.textContent = waiting;
    arrange(this.#details, [this.#portrait.element, probabilities ? this.#bars.element : this.#waiting]);
    if (waveform) this.#waveform.show(layer, waveform);
    else if (layer) this.#withoutActivations.textContent = `No activations of ${layer.name} are kept.`;
    if (nearest) this.#nearest.show(answer);
    const answering = layer ? [waveform ? this.#waveform.element : this.#withoutActivations] : [];
    arrange(this.#space, nearest ? [...answering, this.#nearest.element] : answering);
    const said = summary(answer);
    if (this.#summary.textContent !== said) this.#summary.textContent = said;
    this.#showFailure('');
    // Of a layer without activations there are no neighbours to wait for.
    this.#settle({ incomplete: !layer || (layer.units !== null && !nearest) });
  }

  #fail(sentence, isAway) {
    this.#portrait.reduce();
    arrange(this.#details, [this.#portrait.element]);
    arrange(this.#space, []);
    this.#showFailure(sentence);
    this.#settle({ incomplete: true, away: isAway });
    if (isAway) study.hurry();
  }

  #showFailure(sentence) {
    const place = document.getElementById('failure-inspector');
    // The same card anew would be read out anew.
    if ((place.querySelector('p')?.textContent ?? '') === sentence) return;
    place.replaceChildren(...(sentence ? [failureCard(sentence)] : []));
  }

  #lookAgain() {
    const news = this.#away || (this.#incomplete && progress() !== this.#asked);
    if (!news || !this.#isSample()) return;
    if (this.#away) this.#portrait.reload();
    this.#request();
  }
}

const progress = () => JSON.stringify(study.health?.stages);

/** Lets a parent have these children; where it has them already, nothing moves. */
function arrange(parent, nodes) {
  const { childNodes } = parent;
  if (nodes.length === childNodes.length && nodes.every((node, k) => node === childNodes[k])) return;
  parent.replaceChildren(...nodes);
}

/** @param {HTMLElement} element the panel's place */
export function build(element) {
  new Inspector(element);
}
