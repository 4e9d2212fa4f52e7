/**
 * The network as the graph shows it: a tree of blocks whose leaves are layers, and the connections between the leaves.
 *
 * @typedef {object} GraphNode see GET api/graph in docs/graph.md
 * @property {string} id
 * @property {string|null} parent
 * @property {string} title its name within its parent
 * @property {string} name in full
 * @property {string} kind class of a layer, or "block", "model", "input"
 * @property {string|null} layer key of the layer, where the study knows it
 * @property {string} shape of its output
 * @property {number} params
 * @property {number} layers leaves inside
 * @property {{of: string, count: number}|null} repeats blocks of one structure
 * @property {boolean} open at first
 *
 * @typedef {{id: string, source: string, target: string, shapes: string[]}} Link between two nodes that are visible
 */

export class Network {
  /** @type {Map<string, GraphNode>} in the order in which an image passes through */
  nodes;
  /** @type {GraphNode[]} the layers, a layer after all that it takes its input from */
  leaves;
  /** @type {{source: string, target: string, shape: string}[]} between leaves */
  edges;
  #children = new Map([[null, []]]);
  #byLayer = new Map();

  /** @param {{nodes: GraphNode[], edges: object[], input: string, output: string}} graph */
  constructor({ nodes, edges }) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.edges = edges.filter(({ source, target }) => this.nodes.has(source) && this.nodes.has(target));
    for (const { id, parent } of nodes) {
      if (!this.#children.has(parent)) this.#children.set(parent, []);
      this.#children.get(parent).push(id);
    }
    this.leaves = inOrder(nodes.filter(({ id }) => !this.isBlock(id)), this.edges);
    for (const leaf of this.leaves) {
      if (leaf.layer !== null && !this.#byLayer.has(leaf.layer)) this.#byLayer.set(leaf.layer, leaf);
    }
  }

  /** @param {string} id @returns {GraphNode|undefined} */
  node(id) {
    return this.nodes.get(id);
  }

  /** @param {string} key of a layer @returns {GraphNode|undefined} */
  ofLayer(key) {
    return this.#byLayer.get(key);
  }

  isBlock(id) {
    return this.#children.has(id);
  }

  /** @param {string|null} id null for the whole network @returns {string[]} */
  children(id) {
    return this.#children.get(id) ?? [];
  }

  /** @returns {string[]} the blocks round a node, the outermost first */
  ancestors(id) {
    const found = [];
    for (let at = this.node(id)?.parent ?? null; at !== null; at = this.node(at)?.parent ?? null) found.unshift(at);
    return found;
  }

  /** @returns {GraphNode[]} the layers inside a node; of a layer itself */
  leavesOf(id) {
    if (!this.isBlock(id)) return [this.node(id)];
    return this.children(id).flatMap((child) => this.leavesOf(child));
  }

  /** @param {string} id @param {Set<string>} open @returns {string} the node that stands for it: itself, or the outermost closed block round it */
  visible(id, open) {
    return this.ancestors(id).find((block) => !open.has(block)) ?? id;
  }

  /** @param {Set<string>} open blocks @returns {string[]} what is drawn as a node of its own, in order */
  shown(open) {
    const found = new Set(this.leaves.map(({ id }) => this.visible(id, open)));
    return [...found];
  }

  /** @param {Set<string>} open blocks @returns {Link[]} the connections between nodes that are shown */
  links(open) {
    const found = new Map();
    for (const { source, target, shape } of this.edges) {
      const [from, to] = [source, target].map((id) => this.visible(id, open));
      if (from === to) continue;
      const id = JSON.stringify([from, to]);
      if (!found.has(id)) found.set(id, { id, source: from, target: to, shapes: [] });
      const { shapes } = found.get(id);
      if (!shapes.includes(shape)) shapes.push(shape);
    }
    return [...found.values()];
  }
}

/** @returns {GraphNode[]} each after its sources; as given where that leaves a choice, or goes round in a circle */
function inOrder(leaves, edges) {
  const waits = new Map(leaves.map(({ id }) => [id, 0]));
  const next = new Map(leaves.map(({ id }) => [id, []]));
  for (const { source, target } of edges) {
    if (!waits.has(source) || !waits.has(target)) continue;
    waits.set(target, waits.get(target) + 1);
    next.get(source).push(target);
  }
  const place = new Map(leaves.map(({ id }, k) => [id, k]));
  const ready = leaves.filter(({ id }) => waits.get(id) === 0).map(({ id }) => id);
  const found = [];
  while (ready.length) {
    const id = ready.shift();
    found.push(leaves[place.get(id)]);
    for (const target of next.get(id)) {
      waits.set(target, waits.get(target) - 1);
      if (waits.get(target) === 0) ready.push(target);
    }
  }
  return found.length === leaves.length ? found : leaves;
}
