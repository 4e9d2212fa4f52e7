/** A tile as a file: title, map and legend, as PNG here or as SVG (exportsvg.js). */
import { saveBlob } from '../shared/download.js';
import { hub } from '../shared/hub.js';
import { FONT, PADDING, planLegend, tileColors, tileTitle, TITLE_HEIGHT } from './exportlayout.js';
import { composeSvg } from './exportsvg.js';

/** Saves the tile as `name`.png, at twice its size or more, or as `name`.svg. @param {'png'|'svg'} format */
export async function exportTile(tile, name, format) {
  const file = `${name.replace(/[^\w.-]+/g, '_')}.${format}`;
  saveBlob(format === 'svg' ? await composeSvg(tile) : await composePng(tile), file);
}

async function composePng(tile) {
  const canvas = await composeTile(tile, Math.max(2, devicePixelRatio));
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

/** @returns {Promise<HTMLCanvasElement>} */
export async function composeTile(tile, scale) {
  const map = await tile.view.snapshot(scale);
  const width = map.width / scale;
  const colors = tileColors(tile);
  const plan = planLegend(tile.encoding.legend, width - 2 * PADDING);
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  canvas.width = map.width;
  canvas.height = map.height + Math.round((TITLE_HEIGHT + plan.height + PADDING) * scale);
  pen.fillStyle = colors.card;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(map, 0, TITLE_HEIGHT * scale);
  pen.scale(scale, scale);
  pen.textBaseline = 'middle';
  drawTitle(pen, tile, colors, width);
  drawNames(pen, tile, colors, TITLE_HEIGHT + map.height / scale);
  const [x, y] = tile.screen(hub.focus) ?? [];
  if (x !== undefined) drawRing(pen, x, y + TITLE_HEIGHT, colors, TITLE_HEIGHT, map.height / scale);
  pen.translate(PADDING, TITLE_HEIGHT + map.height / scale + 6);
  drawMarks(pen, plan.marks, tile.encoding.legend, colors);
  if (plan.scale) drawScale(pen, plan.scale, width - 2 * PADDING, colors);
  return canvas;
}

function drawTitle(pen, tile, colors, width) {
  const { bold, plain, at } = tileTitle(tile);
  pen.font = `600 ${FONT}`;
  pen.fillStyle = colors.ink;
  pen.fillText(bold, PADDING, TITLE_HEIGHT / 2);
  pen.font = FONT;
  pen.fillStyle = colors.mute;
  pen.fillText(plain, at, TITLE_HEIGHT / 2, Math.max(1, width - at - PADDING));
}

/** The names of regions, each on a rim that keeps it readable on any colour, and how faithful they are. */
function drawNames(pen, tile, colors, below) {
  pen.font = `600 ${FONT}`;
  pen.textAlign = 'center';
  pen.lineWidth = 3;
  pen.lineJoin = 'round';
  pen.strokeStyle = colors.map;
  pen.fillStyle = colors.ink;
  for (const { text, x, y } of tile.regions?.names ?? []) {
    pen.strokeText(text, x, y + TITLE_HEIGHT);
    pen.fillText(text, x, y + TITLE_HEIGHT);
  }
  pen.textAlign = 'left';
  pen.font = FONT;
  pen.strokeText(tile.regions?.caption ?? '', PADDING, below - 10);
  pen.fillText(tile.regions?.caption ?? '', PADDING, below - 10);
}

function drawRing(pen, x, y, colors, top, height) {
  if (y < top || y > top + height) return;
  pen.strokeStyle = colors.ink;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.stroke();
}

function drawMarks(pen, marks, legend, colors) {
  for (const { value, label, color, shape, x, y } of marks) {
    pen.globalAlpha = hub.hidden[legend.field]?.has(value) ? 0.35 : 1;
    pen.fillStyle = color;
    pen.beginPath();
    if (shape === 'diamond') for (const [dx, dy] of [[0, -5], [5, 0], [0, 5], [-5, 0]]) pen.lineTo(x + 5 + dx, y + dy);
    else pen.arc(x + 5, y, 4, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = colors.mute;
    pen.fillText(label, x + 14, y);
  }
  pen.globalAlpha = 1;
}

function drawScale(pen, { stops, ticks }, width, colors) {
  const gradient = pen.createLinearGradient(0, 0, width, 0);
  stops.forEach((stop, k) => gradient.addColorStop(k / (stops.length - 1), stop));
  pen.fillStyle = gradient;
  pen.fillRect(0, 2, width, 8);
  pen.fillStyle = colors.mute;
  const ALIGN = { start: 'left', middle: 'center', end: 'right' };
  for (const { x, label, anchor } of ticks) {
    pen.textAlign = ALIGN[anchor];
    pen.fillText(label, x, 20);
  }
  pen.textAlign = 'left';
}
