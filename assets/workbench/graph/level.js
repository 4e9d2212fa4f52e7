/**
 * One level of the drawing: the nodes that lie directly in one block, placed by rows. Connections that pass rows, or lead
 * out of the block, get a lane of their own through every row between, so that no line runs behind a node.
 *
 * The rows and the order in them are dagre's; what is worked out here is which invisible nodes keep the lanes free.
 *
 * @typedef {{id: string, width: number, height: number}} Box
 * @typedef {{x: number, y: number}} Point
 * @typedef {{source: string, target: string}} Step `IN + name` and `OUT + name` stand for the block's edges
 */

export const IN = '\u2191';
export const OUT = '\u2193';

export const GAP = { across: 26, down: 26 };
// A lane takes so much room beside the nodes.
const LANE = 14;
// So far above and below the nodes runs the border of a block, its heading aside.
const BORDER = 12;
// A curve cuts corners; so far below a row none is left to be cut.
const OVERHANG = 6;

const isEnd = (id) => id.startsWith(IN) || id.startsWith(OUT);

/**
 * @param {Box[]} boxes
 * @param {Step[]} steps
 * @param {(boxes: Box[], pairs: [string, string][]) => Map<string, Point>} place puts them into rows: dagre
 * @returns {{centres: Map<string, Point>, lanes: Map<string, Point[]>, width: number, height: number}} with the origin at
 *   the top left; `lanes` by `laneOf(step)`: the points between the two ends of a step
 */
export function arrangeLevel(boxes, steps, place) {
  const ends = new Set(steps.flatMap(({ source, target }) => [source, target]).filter(isEnd));
  const all = [...boxes, ...[...ends].map((id) => ({ id, width: LANE, height: 1 }))];
  const rows = rowsOf(all, steps);
  const { lanes, fillers, pairs } = makeLanes(steps, rows);
  const placed = place([...all, ...fillers], pairs);
  const bounds = boundsOf(boxes, placed);
  const heights = rowHeights(boxes, rows);
  const shift = ({ x, y }) => ({ x: x - bounds.left, y: y - bounds.top });
  const height = bounds.bottom - bounds.top;
  const centres = new Map([...placed].map(([id, point]) => [id, toBorder(id, shift(point), height)]));
  const route = (step) => lanes.get(laneOf(step)).flatMap((id) => pass(centres.get(id), heights.get(rows.get(id)) ?? 0));
  return {
    centres,
    lanes: new Map(steps.map((step) => [laneOf(step), route(step)])),
    width: bounds.right - bounds.left,
    height,
  };
}

export const laneOf = ({ source, target }) => JSON.stringify([source, target]);

/** @returns {Map<string, number>} the row of each: one below the lowest of its sources; what leads out, below all */
function rowsOf(boxes, steps) {
  const sources = new Map(boxes.map(({ id }) => [id, []]));
  for (const { source, target } of steps) sources.get(target).push(source);
  const rows = new Map();
  const rowOf = (id) => {
    if (!rows.has(id)) {
      // Kept while it is being worked out: a circle, which no network should have, ends here.
      rows.set(id, 0);
      const above = sources.get(id).map(rowOf);
      rows.set(id, above.length ? Math.max(...above) + 1 : 0);
    }
    return rows.get(id);
  };
  boxes.forEach(({ id }) => rowOf(id));
  const last = Math.max(0, ...boxes.filter(({ id }) => !isEnd(id)).map(({ id }) => rows.get(id)));
  for (const { id } of boxes) if (id.startsWith(OUT)) rows.set(id, last + 1);
  return rows;
}

/** Invisible nodes for every row that a step passes; those of one source share them, as one line that branches. */
function makeLanes(steps, rows) {
  const lanes = new Map();
  const fillers = new Map();
  const pairs = new Map();
  const join = (from, to) => pairs.set(JSON.stringify([from, to]), [from, to]);
  for (const step of steps) {
    const lane = [];
    let before = step.source;
    for (let row = rows.get(step.source) + 1; row < rows.get(step.target); row++) {
      const id = `\u00b7${row} ${step.source}`;
      fillers.set(id, { id, width: LANE, height: 1 });
      rows.set(id, row);
      join(before, id);
      lane.push(id);
      before = id;
    }
    join(before, step.target);
    lanes.set(laneOf(step), lane);
  }
  return { lanes, fillers: [...fillers.values()], pairs: [...pairs.values()] };
}

function boundsOf(boxes, placed) {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const extend = ({ x, y }, width, height) => {
    bounds.left = Math.min(bounds.left, x - width / 2);
    bounds.right = Math.max(bounds.right, x + width / 2);
    bounds.top = Math.min(bounds.top, y - height / 2);
    bounds.bottom = Math.max(bounds.bottom, y + height / 2);
  };
  const sizes = new Map(boxes.map((box) => [box.id, box]));
  for (const [id, point] of placed) {
    const box = sizes.get(id);
    if (box) extend(point, box.width, box.height);
    // Lanes widen a block; their ends lie on its border, and do not make it taller.
    else extend(isEnd(id) ? { x: point.x, y: bounds.top } : point, LANE, 0);
  }
  return bounds;
}

/** What leads in or out does so at the block's border. */
function toBorder(id, { x, y }, height) {
  if (id.startsWith(IN)) return { x, y: -BORDER };
  return { x, y: id.startsWith(OUT) ? height + BORDER : y };
}

/** @returns {Map<number, number>} the height of the tallest box in each row */
function rowHeights(boxes, rows) {
  const heights = new Map();
  for (const { id, height } of boxes) heights.set(rows.get(id), Math.max(heights.get(rows.get(id)) ?? 0, height));
  return heights;
}

/** A lane goes straight down beside a row, and a little further: the line bends above and below it only. */
function pass({ x, y }, height) {
  const reach = height / 2 + OVERHANG;
  return [{ x, y: y - reach }, { x, y: y + reach }];
}
