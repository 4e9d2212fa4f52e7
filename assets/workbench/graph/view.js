/** The drawing itself: which blocks are open, what is chosen, where one looks; it knows nothing of panels and servers. */
import { Events } from '../../shared/events.js';
import { arrange } from './arrangement.js';
import { headingWidth, sizeOf } from './captions.js';
import { boxId, headingOf, linesOf, linkElement, nodeElement, openElements } from './elements.js';
import { GAP } from './level.js';
import { makeSheet } from './look.js';

const MARGIN = 18;
// Below this nothing can be read: the beginning of a large network is shown instead of all of it.
const READABLE = 0.62;
const CLOSE = 0.95;
const GLIDE_MS = 220;
const ROWS = { name: 'dagre', rankDir: 'TB', edgeSep: 0, animate: false, fit: false };

/** Emits "pick" with the id of a node, or null; "opened" when blocks were opened or closed. */
export class GraphView extends Events {
  #cy;
  #host;
  #network;
  #weights;
  /** @type {Set<string>} */
  open = new Set();
  chosen = null;
  current = null;
  /** @type {string|null} the node that the maps show */
  onMaps = null;
  #isByKeys = false;
  #frames = new Map();
  #links = [];
  // The size of the place, and where one looks at a whole network in it.
  #size = null;
  #whole = null;

  /** @param {HTMLElement} host @param {object} cy @param {import('./network.js').Network} network @param {import('./weights.js').Weights} weights */
  constructor(host, cy, network, weights) {
    super();
    this.#host = host;
    this.#cy = cy;
    this.#network = network;
    this.#weights = weights;
    this.retheme();
    cy.on('tap', 'node', ({ target }) => this.emit('pick', target.id()));
    cy.on('tap', (event) => event.target === cy && this.emit('pick', null));
    cy.on('mouseover', 'node', ({ target }) => this.#point(target));
    cy.on('mouseout', 'node', () => this.#point(null));
  }

  retheme() {
    this.#cy.style().fromJson(makeSheet(this.#host)).update();
  }

  /** Draws everything anew where it belongs. @param {string|null} [still] a node whose upper edge keeps its place on the screen */
  draw(still = null) {
    const before = this.#edgeOf(still);
    const cy = this.#cy;
    const weightOf = (id) => this.#weights.of(id);
    // With room for the mark of the maps.
    const size = (id) => sizeOf(linesOf(this.#network, id, weightOf(id), true));
    const heading = (id) => headingWidth(headingOf(this.#network, id, weightOf(id)));
    // Not within the batch below: what is measured has to have its size.
    const { frames, links } = arrange(this.#network, this.open, size, heading, (boxes, pairs) => this.#place(boxes, pairs));
    this.#frames = frames;
    this.#links = links;
    cy.batch(() => {
      cy.elements().remove();
      cy.add(this.#elements());
      this.#mark();
    });
    const after = this.#edgeOf(still);
    if (before && after) cy.panBy({ x: before.x - after.x, y: before.y - after.y });
  }

  /** Draws everything anew, with what is looked at where it is. */
  redraw() {
    this.draw(this.chosen === null ? this.#network.leaves[0].id : this.standIn(this.chosen));
  }

  #elements() {
    const nodes = [...this.#frames].flatMap(([id, frame]) => {
      const weight = this.#weights.of(id);
      if (this.#network.isBlock(id) && this.open.has(id)) return openElements(this.#network, id, frame, weight);
      return [nodeElement(this.#network, id, frame, weight)];
    });
    const links = this.#links.map((link) => linkElement(link, this.#frames.get(link.source), this.#frames.get(link.target)));
    return [...nodes, ...links];
  }

  /** Rows by dagre, which only takes what is in the graph: the boxes are put there and taken out again. */
  #place(boxes, pairs) {
    const names = new Map(boxes.map(({ id }, k) => [id, `measure${k}`]));
    const asNode = ({ id, width, height }) => ({ classes: 'measure', data: { id: names.get(id), width, height } });
    const asEdge = ([source, target]) => ({ data: { source: names.get(source), target: names.get(target) } });
    const added = this.#cy.add({ nodes: boxes.map(asNode), edges: pairs.map(asEdge) });
    added.layout({ ...ROWS, nodeSep: GAP.across, rankSep: GAP.down }).run();
    const placed = new Map(boxes.map(({ id }) => [id, { ...this.#cy.getElementById(names.get(id)).position() }]));
    added.remove();
    return placed;
  }

  /** @returns {{x: number, y: number}|null} on the screen: the middle of a node's upper edge */
  #edgeOf(id) {
    const frame = id === null ? null : this.#frames.get(id);
    if (!frame) return null;
    const zoom = this.#cy.zoom();
    const pan = this.#cy.pan();
    return { x: frame.x * zoom + pan.x, y: (frame.y - frame.height / 2) * zoom + pan.y };
  }

  // What is open

  /** @param {string} id of a block */
  toggle(id) {
    if (this.open.has(id)) this.open.delete(id);
    else this.open.add(id);
    this.current = id;
    this.draw(id);
    this.emit('opened');
  }

  /** @param {Iterable<string>} blocks those that are open from now on, and no others */
  setOpen(blocks) {
    this.open = new Set([...blocks].filter((id) => this.#network.isBlock(id)));
    this.draw(this.current);
    this.emit('opened');
  }

  /** Opens what a node lies in. @returns {boolean} whether something had to be opened */
  reveal(id) {
    const closed = this.#network.ancestors(id).filter((block) => !this.open.has(block));
    if (!closed.length) return false;
    const outermost = closed[0];
    closed.forEach((block) => this.open.add(block));
    this.draw(outermost);
    this.emit('opened');
    return true;
  }

  /** @returns {string} the node on the screen that stands for this one */
  standIn(id) {
    return this.#network.visible(id, this.open);
  }

  // What is marked

  choose(id) {
    this.chosen = id;
    this.#mark();
  }

  /** @param {string|null} id of the layer that the maps show */
  markMaps(id) {
    this.onMaps = id;
    this.#mark();
  }

  isShown(id) {
    return this.#frames.has(id);
  }

  /** Where the keyboard is. @param {string|null} id of a node that is shown */
  setCurrent(id) {
    this.current = id;
    this.#mark();
  }

  /** Whether one goes by keyboard, and has to see where one is. */
  useKeys(isOn) {
    if (this.#isByKeys === isOn) return;
    this.#isByKeys = isOn;
    this.#host.classList.toggle('graph-by-keys', isOn);
    this.#mark();
  }

  #mark() {
    const cy = this.#cy;
    const find = (id) => cy.getElementById(id);
    cy.batch(() => {
      cy.elements('.chosen, .current, .lit').removeClass('chosen current lit');
      if (this.chosen !== null) {
        const shown = this.standIn(this.chosen);
        find(shown).addClass('chosen').connectedEdges().addClass('lit');
        find(boxId(shown)).addClass('chosen');
      }
      if (this.current !== null && this.#isByKeys) find(this.current).addClass('current');
      this.#relabel();
    });
  }

  /** Marks the layer of the maps, or the block that hides it. */
  #relabel() {
    const shown = this.onMaps === null ? null : this.standIn(this.onMaps);
    for (const node of this.#cy.nodes('.node')) {
      const label = linesOf(this.#network, node.id(), this.#weights.of(node.id()), node.id() === shown).join('\n');
      if (node.data('label') !== label) node.data('label', label);
    }
  }

  #point(node) {
    this.#cy.elements('.hovered').removeClass('hovered');
    if (node) node.addClass('hovered');
    if (node && node.hasClass('heading')) this.#cy.getElementById(boxId(node.id())).addClass('hovered');
    this.#host.classList.toggle('graph-pointing', Boolean(node));
  }

  // Where one looks

  /** All of it, or as much of its beginning as can be read. */
  start() {
    this.fit(false);
    const cy = this.#cy;
    if (cy.zoom() >= READABLE) return;
    const bounds = this.#bounds();
    const zoom = Math.min(1, Math.max(READABLE, (cy.width() - 2 * MARGIN) / (bounds.right - bounds.left)));
    const first = this.#frames.get(this.standIn(this.#network.leaves[0].id));
    const pan = { x: cy.width() / 2 - first.x * zoom, y: MARGIN - bounds.top * zoom };
    cy.viewport({ zoom, pan });
    this.#whole = { zoom, pan };
  }

  fit(isGliding = true) {
    const bounds = this.#bounds();
    const cy = this.#cy;
    const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
    const zoom = Math.min(1.15, (cy.width() - 2 * MARGIN) / width, (cy.height() - 2 * MARGIN) / height);
    const middle = { x: (bounds.left + bounds.right) / 2, y: (bounds.top + bounds.bottom) / 2 };
    const pan = { x: cy.width() / 2 - middle.x * zoom, y: cy.height() / 2 - middle.y * zoom };
    this.#look(zoom, pan, isGliding);
    this.#whole = { zoom, pan };
  }

  #bounds() {
    const frames = [...this.#frames.values()];
    return {
      left: Math.min(...frames.map(({ x, width }) => x - width / 2)),
      right: Math.max(...frames.map(({ x, width }) => x + width / 2)),
      top: Math.min(...frames.map(({ y, height }) => y - height / 2)),
      bottom: Math.max(...frames.map(({ y, height }) => y + height / 2)),
    };
  }

  /** Brings a node into the middle, near enough to be read. */
  goTo(id, isGliding = true) {
    const frame = this.#frames.get(this.standIn(id));
    if (!frame) return;
    const cy = this.#cy;
    const zoom = Math.max(CLOSE, Math.min(cy.zoom(), 1.4));
    this.#look(zoom, { x: cy.width() / 2 - frame.x * zoom, y: cy.height() / 2 - frame.y * zoom }, isGliding);
  }

  /** Moves no further than it must for a node to be seen. @param {string|null} id */
  bringIn(id) {
    const frame = this.#frames.get(id);
    if (!frame) return;
    const cy = this.#cy;
    const zoom = cy.zoom();
    const pan = cy.pan();
    const least = (low, high, room) => (low < MARGIN ? MARGIN - low : high > room - MARGIN ? room - MARGIN - high : 0);
    const [x, y] = [frame.x * zoom + pan.x, frame.y * zoom + pan.y];
    const half = { x: (frame.width * zoom) / 2, y: Math.min((frame.height * zoom) / 2, cy.height() / 2 - MARGIN) };
    const by = { x: least(x - half.x, x + half.x, cy.width()), y: least(y - half.y, y + half.y, cy.height()) };
    if (by.x || by.y) this.#look(zoom, { x: pan.x + by.x, y: pan.y + by.y }, true);
  }

  zoomBy(factor) {
    const cy = this.#cy;
    cy.stop();
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  #look(zoom, pan, isGliding) {
    const cy = this.#cy;
    cy.stop();
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (isGliding && !isCalm) cy.animate({ zoom, pan }, { duration: GLIDE_MS, easing: 'ease-out' });
    else cy.viewport({ zoom, pan });
  }

  /** What was in the middle stays there; who has not looked elsewhere sees the whole again. */
  resize() {
    const [cy, before] = [this.#cy, this.#size];
    cy.resize();
    // Another page is shown.
    if (!cy.width() || !cy.height()) return;
    const size = { x: cy.width(), y: cy.height() };
    this.#size = size;
    if (!before || (before.x === size.x && before.y === size.y)) return;
    const [zoom, pan] = [cy.zoom(), cy.pan()];
    const isWhole = this.#whole?.zoom === zoom && this.#whole.pan.x === pan.x && this.#whole.pan.y === pan.y;
    if (isWhole) this.start();
    else cy.panBy({ x: (size.x - before.x) / 2, y: (size.y - before.y) / 2 });
  }

  // Who is beside whom

  /** @param {'ArrowUp'|'ArrowDown'|'ArrowLeft'|'ArrowRight'} key @returns {string|null} the node next to the current one */
  neighbour(key) {
    if (this.current === null || !this.#frames.has(this.current)) return this.standIn(this.#network.leaves[0].id);
    const here = this.#frames.get(this.current);
    if (key === 'ArrowLeft' || key === 'ArrowRight') return this.#beside(here, key === 'ArrowLeft' ? -1 : 1);
    const isDown = key === 'ArrowDown';
    const [near, far] = isDown ? ['source', 'target'] : ['target', 'source'];
    const ids = this.#links.filter((link) => link[near] === this.current).map((link) => link[far]);
    if (ids.length) return this.#nearest(here, ids);
    // From the heading of an open block into it.
    const inside = this.#network.isBlock(this.current) && this.open.has(this.current) && isDown;
    return inside ? this.#nearest({ ...here, y: here.y - here.height / 2 }, this.#network.children(this.current)) : null;
  }

  #beside(here, direction) {
    const shown = this.#network.shown(this.open).filter((id) => {
      const frame = this.#frames.get(id);
      return (frame.x - here.x) * direction > 1 && Math.abs(frame.y - here.y) < (frame.height + here.height) / 2;
    });
    return this.#nearest(here, shown);
  }

  #nearest(here, ids) {
    const distance = (id) => Math.hypot(this.#frames.get(id).x - here.x, this.#frames.get(id).y - here.y);
    return ids.reduce((best, id) => (best === null || distance(id) < distance(best) ? id : best), null);
  }

  // Pictures

  /** @param {'png'|'svg'} format @returns {Promise<Blob>} all of the graph, and not only what is in sight */
  async picture(format) {
    const background = getComputedStyle(this.#host).backgroundColor;
    if (format === 'svg') return new Blob([this.#cy.svg({ full: true, bg: background })], { type: 'image/svg+xml' });
    return this.#cy.png({ output: 'blob-promise', full: true, scale: 2, maxWidth: 8000, maxHeight: 8000, bg: background });
  }
}
