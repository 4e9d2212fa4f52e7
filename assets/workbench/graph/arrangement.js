/**
 * Where everything lies: the levels of all open blocks put into each other, from the innermost outwards, and the way of
 * every connection through them.
 */
import { arrangeLevel, IN, laneOf, OUT } from './level.js';

/** Room inside an open block: round its content, and above it for its heading. */
export const PADDING = { side: 16, top: 14, bottom: 14 };
export const HEADING = 26;

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Frame x and y of its middle
 * @param {import('./network.js').Network} network
 * @param {Set<string>} open blocks
 * @param {(id: string) => {width: number, height: number}} sizeOf of a node that is shown closed
 * @param {(id: string) => number} headingWidth of the heading of an open block
 * @param {(boxes: object[], pairs: [string, string][]) => Map<string, {x: number, y: number}>} place
 * @returns {{frames: Map<string, Frame>, links: (import('./network.js').Link & {points: {x: number, y: number}[], isLong: boolean})[]}}
 *   `points` lie between the two nodes; a long one passes rows
 */
export function arrange(network, open, sizeOf, headingWidth, place) {
  const links = network.links(open);
  const ways = links.map((link) => wayOf(network, link));
  const steps = stepsByLevel(ways);
  const levels = new Map();

  const build = (parent) => {
    const boxes = network.children(parent).map((id) => ({ id, ...(isOpen(id) ? build(id) : sizeOf(id)) }));
    const level = arrangeLevel(boxes, steps.get(parent) ?? [], place);
    levels.set(parent, { ...level, boxes });
    const width = Math.max(level.width, parent === null ? 0 : headingWidth(parent));
    levels.get(parent).indent = (width - level.width) / 2;
    return { width: width + 2 * PADDING.side, height: level.height + HEADING + PADDING.top + PADDING.bottom };
  };
  const isOpen = (id) => network.isBlock(id) && open.has(id);
  build(null);

  const frames = new Map();
  const origins = new Map();
  const settle = (parent, left, top) => {
    const level = levels.get(parent);
    origins.set(parent, { x: left + level.indent, y: top });
    for (const { id, width, height } of level.boxes) {
      const centre = level.centres.get(id);
      const frame = { x: left + level.indent + centre.x, y: top + centre.y, width, height };
      frames.set(id, frame);
      if (isOpen(id)) settle(id, frame.x - width / 2 + PADDING.side, frame.y - height / 2 + HEADING + PADDING.top);
    }
  };
  settle(null, 0, 0);
  return { frames, links: links.map((link, k) => ({ ...link, ...follow(ways[k], levels, origins) })) };
}

/** @typedef {{level: string|null, source: string, target: string}} Leg a step of a link within one level */
/** @returns {Leg[]} from the source out of the blocks round it, across, and into those round the target */
function wayOf(network, { source, target }) {
  const [from, to] = [source, target].map((id) => [...network.ancestors(id), id]);
  let shared = 0;
  while (from[shared] === to[shared]) shared++;
  const level = (path, depth) => (depth ? path[depth - 1] : null);
  const legs = [];
  for (let depth = from.length - 1; depth > shared; depth--) {
    legs.push({ level: level(from, depth), source: from[depth], target: OUT + source });
  }
  legs.push({ level: level(from, shared), source: from[shared], target: to[shared] });
  for (let depth = shared + 1; depth < to.length; depth++) {
    legs.push({ level: level(to, depth), source: IN + source, target: to[depth] });
  }
  return legs;
}

/** @returns {Map<string|null, {source: string, target: string}[]>} each once */
function stepsByLevel(ways) {
  const levels = new Map();
  for (const { level, source, target } of ways.flat()) {
    if (!levels.has(level)) levels.set(level, new Map());
    levels.get(level).set(laneOf({ source, target }), { source, target });
  }
  return new Map([...levels].map(([level, steps]) => [level, [...steps.values()]]));
}

function follow(way, levels, origins) {
  const points = [];
  let isLong = false;
  for (const { level, source, target } of way) {
    const { lanes, centres } = levels.get(level);
    const origin = origins.get(level);
    const put = ({ x, y }) => points.push({ x: origin.x + x, y: origin.y + y });
    if (source.startsWith(IN)) put(centres.get(source));
    const lane = lanes.get(laneOf({ source, target }));
    lane.forEach(put);
    isLong ||= lane.length > 0;
    if (target.startsWith(OUT)) put(centres.get(target));
  }
  return { points, isLong };
}
