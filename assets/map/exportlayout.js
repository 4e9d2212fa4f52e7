/** What stands round an exported map, whatever the format: sizes, colours, the words of the title, the places of the legend. */
import { fieldTitle } from './encoding.js';

export const PADDING = 12;
export const TITLE_HEIGHT = 34;
export const FONT_SIZE = 12;
export const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", sans-serif';
export const FONT = `${FONT_SIZE}px ${FONT_FAMILY}`;
const ROW = 18;
const SCALE_HEIGHT = 28;

const pen = document.createElement('canvas').getContext('2d');

/** @param {string} text @param {string} font as CSS has it @returns {number} pixels */
export function textWidth(text, font = FONT) {
  pen.font = font;
  return pen.measureText(text).width;
}

/** @returns {{ink: string, mute: string, card: string, map: string}} the theme's colours round a tile */
export function tileColors(tile) {
  const theme = getComputedStyle(tile.frame.element);
  const color = (name, otherwise) => theme.getPropertyValue(name).trim() || otherwise;
  return {
    ink: color('--ink', '#1b1f24'),
    mute: color('--mute', '#66707c'),
    card: color('--card', '#ffffff'),
    map: color('--map', '#ffffff'),
  };
}

/** @returns {{bold: string, plain: string, at: number}} the title's two parts, and where the second starts */
export function tileTitle(tile) {
  const at = PADDING + textWidth(`${tile.title} `, `600 ${FONT}`) + 3;
  return { bold: tile.title, plain: [`by ${fieldTitle(tile.field)}`, tile.subtitle].filter(Boolean).join(', '), at };
}

/**
 * @typedef {object} LegendPlan
 * @property {number} height pixels
 * @property {{value: number, label: string, color: string, shape: string, x: number, y: number}[]} marks of classes, y their middle
 * @property {{stops: string[], ticks: {x: number, label: string, anchor: 'start'|'middle'|'end'}[]}|null} scale a bar of colours
 */

/** @param {object|null} legend as encoding.js makes it @param {number} width pixels @returns {LegendPlan} */
export function planLegend(legend, width) {
  if (!legend) return { height: 0, marks: [], scale: null };
  return legend.kind === 'classes' ? planClasses(legend, width) : planScale(legend, width);
}

function planClasses({ entries }, width) {
  let [x, y] = [0, 0];
  const marks = entries.map((entry) => {
    const size = 14 + textWidth(entry.label) + 12;
    if (x > 0 && x + size > width) [x, y] = [0, y + ROW];
    const mark = { ...entry, x, y: y + ROW / 2 };
    x += size;
    return mark;
  });
  return { height: y + ROW, marks, scale: null };
}

function planScale({ stops, ticks, unit }, width) {
  const last = ticks.length - 1;
  const places = ticks.map(({ at, label }, k) => ({
    x: at * width,
    label: k === last && unit ? `${label} ${unit}` : label,
    anchor: k === 0 ? 'start' : k === last ? 'end' : 'middle',
  }));
  return { height: SCALE_HEIGHT, marks: [], scale: { stops, ticks: places } };
}
