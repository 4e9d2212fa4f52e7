/** The panel itself: the drawing, the tools above it, and the card of what is chosen beside it. */
import { onThemeChange } from '../../shared/colors.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { whileShown } from '../lazily.js';
import { loadOnceThere } from '../stage.js';
import { keepInAddress, openInAddress } from './address.js';
import { Card } from './card.js';
import { loadComponent, makeComponent } from './component.js';
import { followKeys } from './keys.js';
import { Network } from './network.js';
import { fetchGraph } from './server.js';
import { Tools } from './tools.js';
import { GraphView } from './view.js';
import { Weights } from './weights.js';

const PLACE = 'graph-place';
const COMPONENT = 'graph-view';

/**
 * @param {HTMLElement} host the panel's place @param {(message: string) => void} said told what the graph waits for
 * @returns {Promise<boolean>} whether there is a graph; throws Refusal
 */
export async function start(host, said) {
  const [answer, cy] = await Promise.all([
    loadOnceThere(() => fetchGraph(({ message }) => said(message)), said),
    loadOnceThere(loadComponent, said).then(() => makeComponent(PLACE, COMPONENT)),
  ]);
  if (answer.state === 'failed') return false;
  new GraphPanel(host, cy, new Network(answer.graph)).start();
  return true;
}

class GraphPanel {
  #network;
  #view;
  #weights;
  #card;
  #tools;
  #stage;

  /** @param {HTMLElement} host @param {object} cy the component's graph @param {Network} network */
  constructor(host, cy, network) {
    this.#network = network;
    this.#stage = host.querySelector('.graph-stage');
    this.#weights = new Weights(network);
    this.#view = new GraphView(this.#stage, cy, network, this.#weights);
    this.#card = new Card(host.querySelector('.graph-card'), network, this.#weights, (id) => this.#view.open.has(id));
    this.#tools = new Tools(host.querySelector('.graph-bar'), { network, view: this.#view, weights: this.#weights });
  }

  start() {
    const view = this.#view;
    view.on('pick', (id) => this.#pick(id));
    this.#card.on('go', (id) => this.find(id));
    this.#card.on('toggle', (id) => this.#toggle(id));
    this.#card.on('time', () => this.#tools.measureTime());
    this.#tools.on('find', (id) => { this.find(id); this.#stage.focus({ preventScroll: true }); });
    this.#tools.on('weighed', () => { view.redraw(); this.#card.refresh(); });
    followKeys(this.#stage, view, this.#network, { pick: (id) => this.#pick(id), search: () => this.#tools.search() });
    onThemeChange(() => view.retheme());
    new ResizeObserver(() => view.resize()).observe(this.#stage);
    view.setOpen(openInAddress() ?? this.#openAtFirst());
    keepInAddress(view);
    view.on('opened', () => this.#card.refresh());
    this.#followLayer();
    this.#followTable();
    view.start();
    this.#tools.recall();
  }

  #openAtFirst() {
    return [...this.#network.nodes.values()].filter(({ open }) => open).map(({ id }) => id);
  }

  /** A click or Enter. */
  #pick(id) {
    if (id === null) return;
    this.#view.setCurrent(id);
    // The arrow keys go on from here.
    this.#stage.focus({ preventScroll: true });
    if (this.#network.isBlock(id)) this.#toggle(id);
    else this.#choose(id);
  }

  #toggle(id) {
    if (!this.#view.isShown(id)) this.#view.reveal(id);
    this.#view.toggle(id);
    this.#look(id);
    this.#view.bringIn(this.#network.isBlock(id) && this.#view.open.has(id) ? null : id);
  }

  /** Looks at a layer; the maps do too, where it has activations. */
  #choose(id) {
    this.#look(id);
    const { layer } = this.#network.node(id);
    if (hasUnits(layer)) hub.setLayer(layer);
  }

  #look(id) {
    this.#view.choose(id);
    this.#card.show(id);
  }

  /** Brings a node into sight, opening what it lies in, and looks at it. @param {string} id */
  find(id) {
    this.#view.reveal(id);
    this.#view.setCurrent(id);
    if (this.#network.isBlock(id)) this.#look(id);
    else this.#choose(id);
    this.#view.goTo(id);
  }

  /** The layer of the maps may be chosen in other pages as well. */
  #followLayer() {
    const nodeOf = () => this.#network.ofLayer(hub.layer ?? study.info?.hidden ?? '')?.id ?? null;
    const follow = () => {
      const id = nodeOf();
      this.#view.markMaps(id);
      if (id === null || id === this.#view.chosen) return;
      this.#view.reveal(id);
      this.#look(id);
      this.#view.goTo(id, false);
    };
    hub.on('layer', whileShown('network', follow));
    study.on('info', () => this.#view.markMaps(nodeOf()));
    this.#view.markMaps(nodeOf());
    // What it lies in stays closed: at first one sees the network as a whole.
    if (nodeOf() !== null) this.#look(nodeOf());
    else this.#card.show(null);
  }

  /** The table of layers below chooses, too. */
  #followTable() {
    const table = document.getElementById('network-body');
    table?.addEventListener('click', ({ target }) => {
      const node = this.#network.ofLayer(target.closest?.('[data-layer]')?.dataset.layer ?? '');
      if (!node || String(getSelection())) return;
      this.find(node.id);
      this.#stage.closest('.panel').scrollIntoView({ block: 'start' });
    });
  }
}

/** @param {string|null} key of a layer */
const hasUnits = (key) => (study.info?.layers ?? []).some((layer) => layer.key === key);
