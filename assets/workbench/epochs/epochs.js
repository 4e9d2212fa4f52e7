/** The page of the epochs: one slider, and what follows it. Built when it is first looked at. */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { Steps } from '../../training/media/steps.js';
import { loadOnceThere, whenShown } from '../stage.js';
import { mirrorEpoch } from './address.js';
import { Curves } from './curves.js';
import { emptyState } from './empty.js';
import { Facts } from './facts.js';
import { History } from './history.js';
import { EpochMap } from './map.js';
import { Matrix } from './matrix.js';

const SPEEDS = [0.5, 1, 2, 4];
const AWAY = 'The epochs could not be loaded. Load the page anew to try again.';

/** @param {HTMLElement} host the panel's place */
export function build(host) {
  // Not awaited: other modules do not wait until somebody opens this page.
  whenShown('epochs').then(() => start(host));
}

async function start(host) {
  const history = new History();
  const waiting = make('p', { class: 'waiting', text: 'Looking for checkpoints …' });
  host.replaceChildren(waiting);
  try {
    await loadOnceThere(() => history.follow(), (sentence) => { waiting.textContent = sentence; });
  } catch (error) {
    host.replaceChildren(make('p', { class: 'waiting', text: AWAY }));
    throw error;
  }
  if (history.isThere) new EpochsPage(host, history);
  else host.replaceChildren(emptyState());
}

class EpochsPage {
  #history;
  #player;
  #said = make('p', { class: 'epochs-said', role: 'status', hidden: true });
  #parts;

  /** @param {HTMLElement} host @param {History} history */
  constructor(host, history) {
    this.#history = history;
    const player = new Steps('training', { unit: 'epoch', name: (position) => history.name(position), speeds: SPEEDS, speed: 1 });
    this.#player = player;
    player.show(history.epochs.keys());
    // A training is looked at from its beginning; the maps are drawn in that order, too.
    player.go(0);
    mirrorEpoch(history, player);
    const facts = new Facts(history, player);
    const body = make('div', { class: `epochs-body${study.labelled ? '' : ' epochs-body-unlabelled'}` });
    host.replaceChildren(make('div', { class: 'epochs-bar' }, [player.element]), facts.element, this.#said, body);
    const map = new EpochMap(body, history, player);
    const side = make('div', { class: 'epochs-side' });
    if (study.labelled) body.append(side);
    const matrix = study.labelled && host.dataset.confusion !== 'no' ? new Matrix(side, history, player) : null;
    const curves = study.labelled ? new Curves(side, history, player) : null;
    this.#parts = { map, facts, matrix };
    player.ready = (position) => Promise.all([map, facts, matrix].map((part) => part?.prepare(position)));
    player.on('step', () => this.#show());
    history.on('change', () => this.#follow());
    hub.on('page', () => hub.page !== 'epochs' && player.stop());
    addEventListener('keydown', (event) => this.#press(event, host));
    window.innerview.epochs = { history, player, map, matrix, curves, facts };
    this.#follow();
  }

  #show() {
    for (const part of Object.values(this.#parts)) part?.show();
  }

  /** After the server said something new. */
  #follow() {
    const { state, message, fraction, epochs, note } = this.#history.info;
    this.#player.show(epochs.keys());
    const busy = state === 'waiting' || state === 'running';
    const at = message ? ` (${message})` : '';
    const progress = `The images pass through the network of each epoch${at} … ${Math.round(100 * (fraction ?? 0))} %`;
    this.#said.textContent = busy ? progress : message || note;
    this.#said.hidden = !this.#said.textContent;
    this.#said.classList.toggle('bad', state === 'failed');
    this.#parts.facts.show();
    this.#parts.matrix?.show();
  }

  /** The player's keys, wherever nothing on the page has keys of its own. */
  #press(event, host) {
    if (hub.page !== 'epochs') return;
    if (event.target === document.body || host.contains(event.target)) this.#player.press(event);
  }
}
