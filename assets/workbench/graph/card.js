/** The card beside the drawing: all that is known of the layer or block that is looked at. */
import { Refusal } from '../../shared/ask.js';
import { make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { study } from '../../shared/study.js';
import { counted, kindText } from './captions.js';
import { FeatureMaps } from './featuremaps.js';
import { Histogram } from './histogram.js';
import { button, link, note } from './parts.js';
import { fetchLayer } from './server.js';
import { percent, timeText } from './weights.js';

const LARGEST = 6;
const UNKNOWN = 'Nothing more could be learned of this layer.';
const HINT = 'Click a layer to look at it, or a block to open it.';
const UNITLESS = 'The maps cannot show it: no activations of this layer are kept.';

/** Emits "go" and "toggle" with the id of a node, and "time" where the time is asked for. */
export class Card extends Events {
  #element;
  #network;
  #weights;
  #isOpen;
  #id = null;
  #head = make('div', { class: 'graph-head' });
  #facts = make('dl', { class: 'graph-facts' });
  #settings = make('dl', { class: 'graph-facts graph-settings' });
  #inside = make('div', { class: 'graph-part' });
  #maps = new FeatureMaps();
  #told = make('div', { class: 'graph-told' });
  /** @type {object|null} the last answer about a layer */
  #answer = null;
  #turn = 0;

  /**
   * @param {HTMLElement} element @param {import('./network.js').Network} network @param {import('./weights.js').Weights} weights
   * @param {(id: string) => boolean} isOpen whether a block is drawn open
   */
  constructor(element, network, weights, isOpen) {
    super();
    this.#isOpen = isOpen;
    this.#element = element;
    this.#network = network;
    this.#weights = weights;
    element.setAttribute('aria-label', 'The layer looked at');
    element.replaceChildren(make('div', {}, [this.#head, this.#facts, this.#settings]), this.#inside, this.#maps.element, this.#told);
  }

  /** @param {string|null} id of a node; null for the network as a whole */
  show(id) {
    if (id === this.#id && this.#answer) return;
    this.#id = id;
    this.#answer = null;
    this.#element.scrollTop = 0;
    this.#draw();
    const layer = this.#layer();
    this.#maps.show(layer);
    this.#settings.replaceChildren();
    this.#told.replaceChildren();
    if (layer !== null) this.#fetch(id, layer);
  }

  /** Draws anew what follows from the times, or from what is open. */
  refresh() {
    this.#draw();
  }

  /** @returns {string|null} the key of the layer that is shown */
  #layer() {
    return this.#id === null ? null : this.#network.node(this.#id).layer;
  }

  async #fetch(id, layer) {
    const turn = ++this.#turn;
    const wanted = () => this.#id === id && this.#turn === turn;
    try {
      // Activations are known before the weights, which wait for Keras.
      await fetchLayer(layer, { wanted, heard: (answer) => this.#fill(answer) });
    } catch (error) {
      if (!wanted()) return;
      this.#told.replaceChildren(this.#failed(error instanceof Refusal ? error.message : UNKNOWN));
      if (!(error instanceof Refusal)) reportError(error);
    }
  }

  // Who it is

  #draw() {
    const node = this.#id === null ? null : this.#network.node(this.#id);
    this.#head.replaceChildren(...(node ? this.#heading(node) : [make('h3', { text: 'The network' }), note(HINT)]));
    this.#facts.replaceChildren(...this.#factList(node));
    const isWhole = node === null || this.#network.isBlock(node.id);
    this.#inside.replaceChildren(...(isWhole ? this.#contents(node?.id ?? null) : []));
  }

  #heading(node) {
    const path = this.#network.ancestors(node.id).flatMap((id) => [this.#link(id, this.#network.node(id).title), ' › ']);
    const parts = [make('h3', { text: node.name, title: node.name })];
    if (path.length) parts.unshift(make('p', { class: 'graph-path' }, ['in ', ...path.slice(0, -1)]));
    if (this.#network.isBlock(node.id)) {
      const word = this.#isOpen(node.id) ? 'Close' : 'Open';
      const toggle = button(word, `${word} ${node.title}`, () => this.emit('toggle', node.id));
      parts.push(make('p', { class: 'graph-kind' }, [kindText(node), toggle]));
      return parts;
    }
    parts.push(make('p', { class: 'graph-kind', text: kindText(node) }));
    return parts;
  }

  #link(id, text) {
    return link(text, () => this.emit('go', id));
  }

  #factList(node) {
    const params = this.#sum(node);
    const facts = [
      node ? ['output', node.shape || '–'] : ['layers', this.#layers().toLocaleString('en')],
      ['parameters', params.toLocaleString('en') + (node && params ? ` (${percent(params / this.#sum(null))})` : '')],
      ...this.#timeFact(node),
      ...(node?.repeats && node.repeats.count > 1 ? [['alike', this.#alike(node)]] : []),
    ];
    return facts.map(asFact);
  }

  #layers() {
    return this.#network.leaves.filter(({ kind }) => kind !== 'input').length;
  }

  #sum(node) {
    if (node) return node.params;
    return this.#network.leaves.reduce((sum, { params }) => sum + params, 0);
  }

  #timeFact(node) {
    if (node?.kind === 'input') return [];
    if (!this.#weights.times) {
      return [['time', link('measure', () => this.emit('time'))]];
    }
    const all = this.#weights.total;
    const time = node ? this.#weights.time(node.id) : all;
    const share = node && all ? ` (${percent(time / all)})` : '';
    return [['time', time === null ? 'not measured' : `${timeText(time)} an image${share}`]];
  }

  #alike({ id, repeats }) {
    const first = this.#network.node(repeats.of);
    const text = `one of ${repeats.count} blocks of the same structure`;
    if (!first || first.id === id) return text;
    return make('span', {}, [`${text} as `, this.#link(first.id, first.title)]);
  }

  // What is in it

  #contents(id) {
    const leaves = id === null ? this.#network.leaves : this.#network.leavesOf(id);
    const kinds = new Map();
    for (const { kind } of leaves) if (kind !== 'input') kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const sorted = [...kinds].sort((a, b) => b[1] - a[1]);
    const text = sorted.map(([kind, count]) => `${count} × ${kind}`).join(', ');
    const parts = [make('h4', { text: 'Kinds of layers' }), make('p', { class: 'graph-kinds', text })];
    const byTime = this.#weights.measure === 'time' && this.#weights.times;
    const value = (leaf) => (byTime ? this.#weights.time(leaf.id) ?? 0 : leaf.params);
    const largest = leaves.filter((leaf) => value(leaf) > 0).sort((a, b) => value(b) - value(a)).slice(0, LARGEST);
    if (!largest.length) return parts;
    const whole = leaves.reduce((sum, leaf) => sum + value(leaf), 0);
    const list = make('ul', { class: 'graph-largest' }, largest.map((leaf) => this.#largest(leaf, value(leaf) / whole)));
    return [...parts, make('h4', { text: byTime ? 'Where its time goes' : 'Where its parameters are' }), list];
  }

  #largest(leaf, share) {
    const bar = make('div', { class: 'bar-track' }, [make('i', { style: `width: ${(100 * share).toFixed(2)}%` })]);
    return make('li', {}, [this.#link(leaf.id, leaf.name), bar, make('span', { class: 'number', text: percent(share) })]);
  }

  // What the server says of a layer

  #fill(answer) {
    this.#answer = answer;
    this.#settings.replaceChildren(...answer.settings.map(asFact));
    const isOnMaps = (study.info?.layers ?? []).some(({ key }) => key === this.#layer());
    this.#told.replaceChildren(
      ...this.#activations(answer),
      ...(isOnMaps || answer.state !== 'done' ? [] : [note(UNITLESS)]),
      ...this.#weightParts(answer),
    );
  }

  #activations({ activations, dead }) {
    if (!activations) return [];
    const parts = [make('h4', {}, ['Activations ', make('small', { text: activations.of })]), new Histogram(activations, 'value').element];
    return [make('section', { class: 'graph-part' }, [...parts, ...this.#dead(dead)])];
  }

  #dead(dead) {
    if (!dead) return [];
    if (!dead.units) return [make('p', { class: 'graph-dead', text: dead.sentence })];
    const text = `${counted(dead.units, 'dead unit')} of ${dead.of.toLocaleString('en')} (${percent(dead.share)})`;
    const more = dead.units > dead.which.length ? ` and ${dead.units - dead.which.length} more` : '';
    const which = make('details', { class: 'graph-dead' }, [
      make('summary', {}, [make('span', { text }), make('span', { class: 'graph-which', text: 'which?' })]),
      make('p', { text: dead.sentence }),
      make('p', { class: 'graph-units', text: `Units ${dead.which.join(', ')}${more}` }),
    ]);
    return [which];
  }

  /** @param {string} sentence what went wrong */
  #failed(sentence) {
    const [id, layer] = [this.#id, this.#layer()];
    return make('div', {}, [note(sentence), link('Try again', () => { if (this.#id === id) this.#fetch(id, layer); })]);
  }

  #weightParts({ weights, state, message }) {
    const reading = `Reading the weights${message ? ` (${message})` : ''} …`;
    if (state !== 'done' && !weights.length) return [state === 'failed' ? this.#failed(message) : note(reading)];
    return weights.map((one) => make('section', { class: 'graph-part' }, [
      make('h4', {}, [`Weights: ${one.name} `, make('small', { text: `${shapeText(one.shape)}, ${counted(one.count, 'number')}` })]),
      new Histogram(one, 'weight').element,
    ]));
  }
}

const asFact = ([name, value]) => make('div', {}, [make('dt', { text: name }), make('dd', {}, [value])]);

/** @param {string|number[]} shape */
const shapeText = (shape) => (Array.isArray(shape) ? shape.join(' × ') : String(shape ?? ''));
