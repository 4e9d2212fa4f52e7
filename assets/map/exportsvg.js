/** A tile as SVG: every point a shape of its own, up to the number that drawing programs still open. */
import { hub } from '../shared/hub.js';
import { DIAMOND, FADED, GROWTH } from './encoding.js';
import { FONT_FAMILY, FONT_SIZE, PADDING, planLegend, tileColors, tileTitle, TITLE_HEIGHT } from './exportlayout.js';
import { drawList } from './order.js';
import { FADED_ALPHA } from './points.js';
import { visibleMask } from './visibility.js';

/** With more points the map is put in as a picture. */
export const MOST_POINTS = 100_000;

const NAMESPACE = 'http://www.w3.org/2000/svg';
const NOTE_HEIGHT = 18;
const DIAMOND_REACH = 4 / 3;
const RASTER_SCALE = 3;

/** @returns {Promise<Blob>} title, map and legend in CSS pixels */
export async function composeSvg(tile) {
  const { view } = tile;
  const { width, height, image, note, points } = await drawMap(tile);
  const colors = tileColors(tile);
  const plan = planLegend(tile.encoding.legend, width - 2 * PADDING);
  const below = TITLE_HEIGHT + height + 6;
  const total = below + plan.height + (note ? NOTE_HEIGHT : 0) + PADDING - 6;
  const file = document.implementation.createDocument(NAMESPACE, 'svg');
  const add = adder(file);
  const root = file.documentElement;
  set(root, { viewBox: `0 0 ${round(width)} ${round(total)}`, width: round(width), height: round(total), 'font-family': FONT_FAMILY, 'font-size': FONT_SIZE });
  const { bold, plain, at } = tileTitle(tile);
  add(root, 'title', {}, `${bold} ${plain}`);
  add(root, 'rect', { width: '100%', height: '100%', fill: colors.card });
  add(root, 'text', { x: PADDING, y: TITLE_HEIGHT / 2 + 4, 'font-weight': 600, fill: colors.ink }, bold);
  add(root, 'text', { x: round(at), y: TITLE_HEIGHT / 2 + 4, fill: colors.mute }, plain);
  const clip = add(add(root, 'defs'), 'clipPath', { id: 'map' });
  add(clip, 'rect', { width: round(width), height: round(height) });
  const map = add(root, 'g', { transform: `translate(0 ${TITLE_HEIGHT})`, 'clip-path': 'url(#map)' });
  add(map, 'rect', { width: round(width), height: round(height), fill: colors.map });
  const under = !image && tile.regions?.drawn ? view.underSnapshot(RASTER_SCALE).toDataURL('image/png') : null;
  if (under) add(map, 'image', { id: 'regions', href: under, width: round(width), height: round(height) });
  if (image) add(map, 'image', { href: image, width: round(width), height: round(height) });
  else drawPoints(add, map, points);
  drawNames(add, map, tile, colors, height);
  const [x, y] = tile.screen(hub.focus) ?? [];
  if (x !== undefined) add(map, 'circle', { class: 'focus', cx: round(x), cy: round(y), r: 8, fill: 'none', stroke: colors.ink, 'stroke-width': 2 });
  const legend = add(root, 'g', { transform: `translate(${PADDING} ${round(below)})`, fill: colors.mute });
  drawMarks(add, legend, plan.marks, tile.encoding.legend);
  if (plan.scale) drawScale(add, legend, plan.scale, width - 2 * PADDING);
  if (note) add(root, 'text', { x: PADDING, y: round(total - PADDING + 2), 'font-size': 11, fill: colors.mute }, note);
  return new Blob([new XMLSerializer().serializeToString(file)], { type: 'image/svg+xml' });
}

/** The map's points; or its picture, and a sentence on why. */
async function drawMap(tile) {
  const { view } = tile;
  const points = view.look ? visiblePoints(tile) : null;
  if (points && points.length <= MOST_POINTS && !view.images) return { ...sizeOf(view.camera), points };
  const canvas = await view.snapshot(RASTER_SCALE);
  const size = { width: canvas.width / RASTER_SCALE, height: canvas.height / RASTER_SCALE };
  const count = points?.length.toLocaleString('en');
  let note = 'The map is embedded as a picture, as this browser has no WebGL2.';
  if (points) note = view.images ? 'The map is embedded as a picture, as it shows images.' : `The map is embedded as a picture, as it has ${count} points.`;
  return { ...size, image: canvas.toDataURL('image/png'), note };
}

const sizeOf = ({ width, height }) => ({ width, height });

/** @returns {{x: number, y: number, radius: number, flags: number, color: string, alpha: number}[]} within the view, first drawn first */
function visiblePoints({ view, encoding }) {
  const { diameter, alpha, camera } = view.look;
  const { style, order } = encoding;
  const points = [];
  for (const index of drawList(order, visibleMask(), hub.selection)) {
    const [x, y] = camera.toScreen(...view.morph.at(index));
    const flags = style[4 * index + 3];
    const radius = 0.5 * diameter * (1 + (flags & GROWTH) / 16);
    if (x < -radius || y < -radius || x > camera.width + radius || y > camera.height + radius) continue;
    const faded = (flags & FADED) !== 0 || (hub.selection && !hub.selection[index]);
    points.push({ x, y, radius, flags, color: hex(style, 4 * index), alpha: faded ? alpha * FADED_ALPHA : alpha });
  }
  return points;
}

function drawPoints(add, map, points) {
  const group = add(map, 'g', { id: 'points' });
  for (const { x, y, radius, flags, color, alpha } of points) {
    const look = { fill: color, 'fill-opacity': Number(alpha.toFixed(3)) };
    const reach = round(radius * DIAMOND_REACH);
    if (flags & DIAMOND) add(group, 'path', { d: `M${round(x)} ${round(y - radius * DIAMOND_REACH)}l${reach} ${reach} ${-reach} ${reach} ${-reach} ${-reach}z`, ...look });
    else add(group, 'circle', { cx: round(x), cy: round(y), r: round(radius), ...look });
  }
}

function drawNames(add, map, tile, colors, height) {
  const look = { fill: colors.ink, stroke: colors.map, 'stroke-width': 3, 'paint-order': 'stroke' };
  const name = { ...look, 'font-weight': 600, 'text-anchor': 'middle' };
  for (const { text, x, y } of tile.regions?.names ?? []) {
    add(map, 'text', { x: round(x), y: round(y + 4), ...name }, text);
  }
  if (tile.regions?.caption) add(map, 'text', { x: PADDING, y: round(height - 8), ...look }, tile.regions.caption);
}

function drawMarks(add, group, marks, legend) {
  for (const { value, label, color, shape, x, y } of marks) {
    const part = add(group, 'g', { opacity: hub.hidden[legend.field]?.has(value) ? 0.35 : 1 });
    if (shape === 'diamond') add(part, 'path', { d: `M${round(x + 5)} ${y - 5}l5 5-5 5-5-5z`, fill: color });
    else add(part, 'circle', { cx: round(x + 5), cy: y, r: 4, fill: color });
    add(part, 'text', { x: round(x + 14), y: y + 4 }, label);
  }
}

function drawScale(add, group, { stops, ticks }, width) {
  const gradient = add(add(group, 'defs'), 'linearGradient', { id: 'scale' });
  stops.forEach((stop, k) => add(gradient, 'stop', { offset: round(k / (stops.length - 1), 4), 'stop-color': stop }));
  add(group, 'rect', { y: 2, width: round(width), height: 8, fill: 'url(#scale)' });
  for (const { x, label, anchor } of ticks) add(group, 'text', { x: round(x), y: 24, 'text-anchor': anchor }, label);
}

/** Elements are made, not written: whatever a class is called, the file stays well-formed. */
function adder(file) {
  return (parent, tag, attributes = {}, text = '') => {
    const element = set(file.createElementNS(NAMESPACE, tag), attributes);
    // XML has no way at all to write most control characters.
    if (text) element.textContent = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
    parent.append(element);
    return element;
  };
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const round = (value, digits = 2) => Number(value.toFixed(digits));

const hex = (style, at) => `#${[0, 1, 2].map((k) => style[at + k].toString(16).padStart(2, '0')).join('')}`;
