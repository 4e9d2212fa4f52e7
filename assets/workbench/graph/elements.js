/** What the library draws: an element for each node, for each open block two, and one for each connection. */
import { HEADING } from './arrangement.js';
import { headingWidth, kindText, labelWidth, shorten } from './captions.js';

// Bends that would move a line by less than this are left out.
const STRAIGHT = 1.5;
const SHAPES = 2;
// Between a line and its text.
const ASIDE = 5;

/** @returns {string[]} the two lines in a node */
export function linesOf(network, id, weight, isOnMaps) {
  const node = network.node(id);
  const title = `${network.isBlock(id) ? '▸ ' : ''}${shorten(node.title)}${isOnMaps ? ' ◉' : ''}`;
  // A kind that says no more than the title makes room for the shape.
  const kind = kindText(node) === node.title ? node.shape : kindText(node);
  return [title, [kind, weight.text].filter(Boolean).join(' · ')];
}

export const headingOf = (network, id, weight) => {
  const node = network.node(id);
  return ['▾ ' + shorten(node.title), kindText(node), weight.text].filter(Boolean).join(' · ');
};

/** @returns {object} a layer, or a closed block */
export function nodeElement(network, id, frame, weight) {
  const classes = ['node', network.isBlock(id) ? 'block' : 'leaf', network.node(id).kind === 'input' ? 'input' : ''];
  const data = { id, width: frame.width, height: frame.height, label: linesOf(network, id, weight, false).join('\n'), share: 100 * weight.share };
  return element('nodes', data, classes.join(' '), frame);
}

/** @returns {object[]} the frame of an open block, and its heading, which can be clicked */
export function openElements(network, id, frame, weight) {
  const depth = network.ancestors(id).length;
  const box = { id: boxId(id), width: frame.width, height: frame.height, depth };
  const label = headingOf(network, id, weight);
  const heading = { id, width: Math.min(frame.width - 8, headingWidth(label)), height: HEADING - 6, label };
  const top = { x: frame.x, y: frame.y - frame.height / 2 + HEADING / 2 + 1 };
  return [element('nodes', box, 'open', frame), element('nodes', heading, 'heading', top)];
}

export const boxId = (id) => `□ ${id}`;

/** @param {import('./network.js').Link & {points: object[]}} link */
export function linkElement(link, from, to) {
  const { shapes } = link;
  const lines = shapes.length > SHAPES ? [...shapes.slice(0, SHAPES - 1), `and ${shapes.length - SHAPES + 1} more`] : shapes;
  const aside = labelWidth(lines) / 2 + ASIDE;
  const text = { [link.isLong ? 'label' : 'first']: lines.join('\n') };
  const data = { id: link.id, source: link.source, target: link.target, aside, ...text };
  return { group: 'edges', data: { ...data, ...bends(link.points, from, to) } };
}

function element(group, data, classes, { x, y }) {
  return { group, data, classes, position: { x, y }, grabbable: false, selectable: false, pannable: true };
}

/**
 * The points of a line as the library wants them: along the straight line between the two middles, and aside from it.
 * @returns {{weights?: string, distances?: string}} nothing for a straight line
 */
function bends(points, from, to) {
  const start = { x: from.x, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y - to.height / 2 };
  const middle = points.length ? points : stepAside(start, end);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  const away = middle.map(({ x, y }) => ((y - from.y) * dx - (x - from.x) * dy) / length);
  if (!length || away.every((distance) => Math.abs(distance) < STRAIGHT)) return {};
  const along = middle.map(({ x, y }) => ((x - from.x) * dx + (y - from.y) * dy) / length ** 2);
  return { weights: along.map((value) => value.toFixed(5)).join(' '), distances: away.map((value) => value.toFixed(2)).join(' ') };
}

/** Between neighbouring rows: down, across, down. */
function stepAside(start, end) {
  const middle = (start.y + end.y) / 2;
  return [{ x: start.x, y: middle }, { x: end.x, y: middle }];
}
