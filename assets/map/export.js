/** A tile as a PNG: title, map and legend on one canvas. */
import { fieldTitle } from './encoding.js';
import { hub } from '../shared/hub.js';

const PADDING = 12;
const TITLE_HEIGHT = 34;
const ROW = 18;
const FONT = '12px system-ui, -apple-system, "Segoe UI", sans-serif';

/** Draws the tile at twice its size or more, and downloads it as `name`.png. */
export async function exportTile(tile, name) {
  const scale = Math.max(2, devicePixelRatio);
  const canvas = await composeTile(tile, scale);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replace(/[^\w.-]+/g, '_')}.png`;
  link.click();
  // The download has its own hold on the data only once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** @returns {Promise<HTMLCanvasElement>} */
export async function composeTile(tile, scale) {
  const map = await tile.view.snapshot(scale);
  const width = map.width / scale;
  const theme = getComputedStyle(tile.frame.element);
  const color = (name, otherwise) => theme.getPropertyValue(name).trim() || otherwise;
  const colors = { ink: color('--ink', '#1b1f24'), mute: color('--mute', '#66707c'), card: color('--card', '#ffffff') };
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  pen.font = FONT;
  const legend = layOut(pen, tile.encoding.legend, width - 2 * PADDING);
  canvas.width = map.width;
  canvas.height = map.height + Math.round((TITLE_HEIGHT + legend.height + PADDING) * scale);
  pen.fillStyle = colors.card;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(map, 0, TITLE_HEIGHT * scale);
  pen.scale(scale, scale);
  drawTitle(pen, tile, colors, width);
  const [x, y] = tile.screen(hub.focus) ?? [];
  if (x !== undefined) drawRing(pen, x, y + TITLE_HEIGHT, colors, TITLE_HEIGHT, map.height / scale);
  pen.translate(PADDING, TITLE_HEIGHT + map.height / scale + 6);
  legend.draw(pen, colors);
  return canvas;
}

function drawTitle(pen, tile, colors, width) {
  pen.textBaseline = 'middle';
  pen.font = `600 ${FONT}`;
  pen.fillStyle = colors.ink;
  pen.fillText(tile.title, PADDING, TITLE_HEIGHT / 2);
  const at = PADDING + pen.measureText(`${tile.title} `).width + 3;
  pen.font = FONT;
  pen.fillStyle = colors.mute;
  pen.fillText(`by ${fieldTitle(tile.field)}, ${tile.subtitle}`, at, TITLE_HEIGHT / 2, width - at - PADDING);
}

function drawRing(pen, x, y, colors, top, height) {
  if (y < top || y > top + height) return;
  pen.strokeStyle = colors.ink;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.stroke();
}

function layOut(pen, legend, width) {
  if (!legend) return { height: 0, draw() {} };
  return legend.kind === 'classes' ? layOutClasses(pen, legend, width) : layOutScale(legend, width);
}

function layOutClasses(pen, legend, width) {
  let [x, y] = [0, 0];
  const places = legend.entries.map((entry) => {
    const size = 14 + pen.measureText(entry.label).width + 12;
    if (x > 0 && x + size > width) [x, y] = [0, y + ROW];
    const place = { ...entry, x, y: y + ROW / 2 };
    x += size;
    return place;
  });
  const draw = (target, colors) => {
    for (const { value, label, color, shape, x: left, y: middle } of places) {
      target.globalAlpha = hub.hidden[legend.field]?.has(value) ? 0.35 : 1;
      target.fillStyle = color;
      target.beginPath();
      if (shape === 'diamond') for (const [dx, dy] of [[0, -5], [5, 0], [0, 5], [-5, 0]]) target.lineTo(left + 5 + dx, middle + dy);
      else target.arc(left + 5, middle, 4, 0, 2 * Math.PI);
      target.fill();
      target.fillStyle = colors.mute;
      target.fillText(label, left + 14, middle);
    }
    target.globalAlpha = 1;
  };
  return { height: y + ROW, draw };
}

function layOutScale({ stops, ticks, unit }, width) {
  const draw = (target, colors) => {
    const gradient = target.createLinearGradient(0, 0, width, 0);
    stops.forEach((stop, k) => gradient.addColorStop(k / (stops.length - 1), stop));
    target.fillStyle = gradient;
    target.fillRect(0, 2, width, 8);
    target.fillStyle = colors.mute;
    ticks.forEach(({ at, label }, k) => {
      target.textAlign = k === 0 ? 'left' : k === ticks.length - 1 ? 'right' : 'center';
      target.fillText(k === ticks.length - 1 && unit ? `${label} ${unit}` : label, at * width, 20);
    });
    target.textAlign = 'left';
  };
  return { height: 28, draw };
}
