/** The confusion matrix as a figure of Plotly's: plain values in, traces and layout out. */
import { css } from '../../shared/colors.js';
import { percent } from './data.js';

// Pixels: a cell that holds a number is no lower; a line of headings; the longest name; what recall and precision take
// with and without their numbers.
const LEAST_HEIGHT = 13;
const LINE = 12;
const LONGEST = 92;
const STRIP = { width: 33, height: 17 };
const THIN = 10;
const GAP = 4;
const TITLE = 18;
// A cell that is drawn is no smaller: where cells would be, several of them make a block, as deep as the deepest.
const LEAST_CELL = 2;
const NARROW = 330;
// So wide are the cells beside which recall and precision have numbers; so much of the width may names take.
const ROOMY = 22;
const NAMES = 0.24;
// Points of the numbers, the largest that fits.
const SIZES = [11, 10, 9, 8];
// Beyond this many classes the matrix can be zoomed into.
export const ZOOMED = 24;
const FAMILY = 'system-ui, -apple-system, "Segoe UI", sans-serif';

const pen = document.createElement('canvas').getContext('2d');

function widthOf(text, size = 11) {
  pen.font = `${size}px ${FAMILY}`;
  return pen.measureText(text).width;
}

/** A count in the little room of a cell: 980, 12k. */
function shortCount(count) {
  if (count < 10_000) return String(count);
  if (count < 1e6) return `${(count / 1000).toFixed(count < 100_000 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}

/** @returns {string} as Plotly takes text without reading tags into it: names come from strangers */
const plain = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @returns {string} so much of a name as fits */
function cut(name, width) {
  if (widthOf(name) <= width) return name;
  let length = name.length;
  while (length > 1 && widthOf(`${name.slice(0, length)}…`) > width) length--;
  return `${name.slice(0, length)}…`;
}

/** @param {number[][]} stops RGB @param {number} t 0..1 @returns {number[]} RGB */
function blend(stops, t) {
  const at = Math.min(0.999999, Math.max(0, t)) * (stops.length - 1);
  const k = Math.floor(at);
  return stops[k].map((from, i) => Math.round(from + (stops[k + 1][i] - from) * (at - k)));
}

const scale = (stops) => stops.map((stop, k) => [k / (stops.length - 1), css(stop)]);

/** Black or white, whichever is read better on a colour (by WCAG's relative luminance). */
function inkOn(color) {
  const [r, g, b] = color.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

/**
 * @typedef {object} Shown
 * @property {import('./data.js').ConfusionMatrix} matrix
 * @property {Int32Array|number[]} order (classes) the class in each place
 * @property {boolean} shares whether cells hold shares of their label instead of counts
 * @property {string[]} names by class
 * @property {number} [peak] the value of the deepest colour, where several matrices are compared; else the largest there is
 * @property {{errors: number[][], right: number[][]}} colors stops, low to high, RGB
 * @property {number} width of the figure, pixels
 * @property {number} height
 * @property {{x: number[], y: number[]}|null} view first and last place shown, in both directions; null for all
 */

/** Where everything is, in pixels. @param {Shown} shown */
export function measure({ names, order, matrix, width, height, view }) {
  const { classes } = matrix;
  const x = view?.x ?? [0, classes - 1];
  const y = view?.y ?? [0, classes - 1];
  const longest = Math.min(LONGEST, NAMES * width);
  const all = Array.from({ length: classes }, (_, at) => at);
  const roomy = classes <= ZOOMED && (width - TITLE - Math.min(longest, widest(names, order, all))) / classes >= ROOMY;
  const strip = roomy ? STRIP : { width: THIN, height: THIN };
  const rest = { width: width - 2 - strip.width - GAP, height: height - 2 - strip.height - GAP };
  // As if names were as long as they may be: from how many of them there is room for follows how long they really are.
  const rows = placesOf(y, (rest.height - LONGEST) / (y[1] - y[0] + 1));
  // The word beside the strip below has to fit, too.
  const precision = width < NARROW ? 'prec.' : 'precision';
  const left = Math.max(Math.min(longest, widest(names, order, rows) + 3) + TITLE, widthOf(precision) + 6);
  const cellWidth = (rest.width - left) / (x[1] - x[0] + 1);
  const upright = Math.min(LONGEST, widest(names, order, placesOf(x, LINE))) + 4 > cellWidth;
  const columns = placesOf(x, upright ? cellWidth : LINE);
  const top = (upright ? Math.max(Math.min(LONGEST, widest(names, order, columns) + 3), widthOf('recall') + 3) : LINE + 2) + TITLE;
  const cellHeight = (rest.height - top) / (y[1] - y[0] + 1);
  const block = Math.max(1, Math.ceil(LEAST_CELL / Math.min(cellWidth, cellHeight)));
  return { left, top, block, precision, plotWidth: rest.width - left, plotHeight: rest.height - top, cellWidth, cellHeight, upright, strip, x, y, rows, columns, roomy };
}

/** The places that get a name, where a place has `size` pixels. */
function placesOf([first, last], size) {
  const step = Math.max(1, Math.ceil(LINE / size));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, k) => first + k * step);
}

const widest = (names, order, places) => Math.max(...places.map((at) => widthOf(names[order[at]])));

/** @param {Shown} shown @returns {{data: object[], layout: object}} */
export function drawMatrix(shown) {
  const { matrix, order } = shown;
  const place = measure(shown);
  const peak = peakOf(shown);
  const value = (count, label) => Math.sqrt((shown.shares ? count / Math.max(1, matrix.labelled[label]) : count) / peak);
  const { block } = place;
  const side = Math.ceil(matrix.classes / block);
  const [errors, right] = [0, 1].map(() => Array.from({ length: side }, () => new Float32Array(side).fill(NaN)));
  const places = new Int32Array(matrix.classes);
  order.forEach((label, at) => { places[label] = at; });
  const deepen = (cells, row, column, depth) => {
    const line = cells[Math.floor(row / block)];
    const at = Math.floor(column / block);
    if (!(line[at] >= depth)) line[at] = depth;
  };
  for (const { label, predicted, count } of matrix.mistakes) deepen(errors, places[label], places[predicted], value(count, label));
  order.forEach((label, at) => deepen(right, at, at, matrix.recall(label)));
  const recalls = Array.from(order, (label) => [matrix.recall(label)]);
  const precisions = [Array.from(order, (predicted) => matrix.precision(predicted))];
  const quiet = scale(shown.colors.right);
  const blocks = { x0: (block - 1) / 2, dx: block, y0: (block - 1) / 2, dy: block };
  return {
    data: [
      heatmap('right', right, quiet, blocks),
      heatmap('errors', errors, scale(shown.colors.errors), blocks),
      heatmap('recall', recalls, quiet, { xaxis: 'x2' }),
      heatmap('precision', precisions, quiet, { yaxis: 'y2' }),
      ...numbers(shown, place, value),
    ],
    layout: layout(shown, place),
  };
}

/**
 * The places of the cell that is meant by a point: in a block of several cells, the one with most mistakes.
 * @param {Shown} shown @param {{x: number, y: number}} point the middle of a cell or a block
 * @returns {[number, number]} row and column
 */
export function cellAt(shown, { x, y }) {
  const { matrix, order } = shown;
  const { block } = measure(shown);
  const [top, left] = [y, x].map((middle) => Math.round(middle - (block - 1) / 2));
  let [best, most] = [[Math.min(matrix.classes - 1, Math.round(y)), Math.min(matrix.classes - 1, Math.round(x))], 0];
  for (let row = top; row < Math.min(top + block, matrix.classes); row++) {
    for (let column = left; column < Math.min(left + block, matrix.classes); column++) {
      const count = row === column ? 0 : matrix.count(order[row], order[column]);
      if (count > most) [best, most] = [[row, column], count];
    }
  }
  return best;
}

/** The value that has the deepest colour. */
export function peakOf({ matrix, shares, peak: given }) {
  if (given) return given;
  let peak = 0;
  for (const { label, count } of matrix.mistakes) peak = Math.max(peak, shares ? count / matrix.labelled[label] : count);
  return peak || 1;
}

function heatmap(name, z, colorscale, axes) {
  return { type: 'heatmap', name, z, colorscale, zmin: 0, zmax: 1, showscale: false, hoverinfo: 'none', xgap: z.length <= ZOOMED ? 1 : 0, ygap: z.length <= ZOOMED ? 1 : 0, ...axes };
}

/** The numbers in the cells and in the strips, where there is room for them. */
function numbers(shown, { cellWidth, cellHeight, x, y, roomy, strip }, value) {
  const { matrix, order, shares, colors } = shown;
  if (cellHeight < LEAST_HEIGHT || cellWidth < LEAST_HEIGHT) return [];
  const cells = [];
  for (let row = y[0]; row <= y[1]; row++) {
    for (let column = x[0]; column <= x[1]; column++) {
      const [label, predicted] = [order[row], order[column]];
      const count = matrix.count(label, predicted);
      if (!count) continue;
      const color = label === predicted ? blend(colors.right, matrix.recall(label)) : blend(colors.errors, value(count, label));
      cells.push({ x: column, y: row, text: shares ? percent(matrix.share(label, predicted)) : shortCount(count), color });
    }
  }
  if (!roomy) return [texts(cells, cellWidth, {})];
  const quiet = (share) => ({ text: percent(share), color: blend(colors.right, share || 0) });
  const places = Array.from(order, (_, at) => at);
  const recalls = places.map((at) => ({ x: 0, y: at, ...quiet(matrix.recall(order[at])) }));
  const precisions = places.map((at) => ({ x: at, y: 0, ...quiet(matrix.precision(order[at])) }));
  return [
    texts(cells, cellWidth, {}),
    texts(recalls, strip.width, { xaxis: 'x2' }),
    texts(precisions, cellWidth, { yaxis: 'y2' }),
  ];
}

/** Texts in the largest type in which all fit; those that fit in none are left out. */
function texts(all, width, axes) {
  const fits = (size) => all.filter(({ text }) => widthOf(text, size) <= width - 1);
  const size = SIZES.find((each) => fits(each).length === all.length) ?? SIZES.at(-1);
  const shown = fits(size);
  const column = (name) => shown.map((item) => item[name]);
  return {
    type: 'scatter',
    mode: 'text',
    x: column('x'),
    y: column('y'),
    text: column('text'),
    textfont: { size, color: shown.map(({ color }) => inkOn(color)) },
    hoverinfo: 'skip',
    showlegend: false,
    ...axes,
  };
}

function layout(shown, place) {
  const { left, top, plotWidth, plotHeight, strip } = place;
  const axis = { showgrid: false, zeroline: false, ticks: '', fixedrange: shown.matrix.classes <= ZOOMED, showline: false };
  const small = { ...axis, fixedrange: true, range: [-0.5, 0.5], tickvals: [0] };
  const [wide, high] = [plotWidth + GAP + strip.width, plotHeight + GAP + strip.height];
  return {
    width: shown.width,
    height: shown.height,
    margin: { l: left, t: top, r: 2, b: 2, pad: 2 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { size: 11, family: 'inherit' },
    showlegend: false,
    hovermode: 'closest',
    dragmode: 'zoom',
    xaxis: { ...axis, side: 'top', domain: [0, plotWidth / wide], range: [place.x[0] - 0.5, place.x[1] + 0.5], anchor: 'y', tickangle: place.upright ? -90 : 0, title: { text: 'predicted', standoff: 4, font: { size: 10.5 } }, ...ticks(shown, place.columns, place.upright ? top - TITLE : place.cellWidth) },
    yaxis: { ...axis, domain: [(GAP + strip.height) / high, 1], range: [place.y[1] + 0.5, place.y[0] - 0.5], anchor: 'x', title: { text: 'label', standoff: 4, font: { size: 10.5 } }, ...ticks(shown, place.rows, left - TITLE) },
    xaxis2: { ...small, side: 'top', domain: [1 - strip.width / wide, 1], anchor: 'y', ticktext: ['recall'], tickangle: place.roomy ? 0 : -90 },
    yaxis2: { ...small, domain: [0, strip.height / high], anchor: 'x', ticktext: [place.precision] },
  };
}

/** The names of the classes in these places, cut to `room` pixels. */
function ticks({ order, names }, places, room) {
  return { tickvals: places, ticktext: places.map((at) => plain(cut(names[order[at]], room))) };
}
