/** A chart as a file: a figure drawn by Plotly out of the same points, dark on white, or its values. */
import { loadPlotly } from '../../shared/plotly.js';
import { saveBlob } from '../../shared/download.js';
import { unitOf } from './axes.js';

const SYMBOLS = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'pentagon'];
const LEGEND_MOST = 30;
const LEGEND_COLUMNS = 3;
const LEGEND_ROW = 20;
const INK = '#1b1f24';
const LINE = '#e3e6ea';

const fileName = (title) => `innerview-${title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'curves'}`;

// Plotly reads a few tags and placeholders in its texts; a run may be named like one.
const plain = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/%\{/g, '% {');

/** @param {import('./chart.js').Chart} chart @param {'png'|'svg'} format */
export async function saveFigure(chart, format) {
  const plotly = await loadPlotly();
  const { clientWidth: width, clientHeight: height } = chart.element;
  const named = new Set();
  const traces = chart.drawn.flatMap((one) => tracesOf(one, chart, named));
  const rows = named.size > 1 && named.size <= LEGEND_MOST ? Math.ceil(named.size / LEGEND_COLUMNS) : 0;
  const layout = layoutOf(chart, rows);
  const size = { width: Math.max(width, 640), height: Math.max(height, 400) + rows * LEGEND_ROW };
  await plotly.downloadImage({ data: traces, layout: { ...layout, ...size } }, { format, ...size, scale: format === 'png' ? 2 : 1, filename: fileName(chart.options.title) });
}

function tracesOf({ line, curve, color }, chart, named) {
  const { board } = chart;
  const x = outX(curve.x, board.axis, chart.scale);
  const split = line.split ? `, ${line.split}` : '';
  const name = plain(`${board.nameOf(line.run)}${split}`);
  const fresh = !line.behind && !named.has(name);
  if (fresh) named.add(name);
  const common = { type: 'scatter', x, name, legendgroup: name, connectgaps: false };
  const faint = { ...common, mode: 'lines', y: curve.y, opacity: 0.3, line: { color, width: 1 }, showlegend: false };
  if (line.behind) return [{ ...faint, y: curve.smoothed ?? curve.y }];
  const shape = board.entries.length > 1 ? board.shapeOf(line.run) : null;
  const few = shape !== null && curve.x.length <= 40;
  const main = {
    ...common, y: curve.smoothed ?? curve.y, mode: few ? 'lines+markers' : 'lines', showlegend: fresh,
    line: { color, width: 1.8, dash: line.split === 'validation' ? 'dash' : 'solid' },
    marker: { symbol: SYMBOLS[(shape ?? 0) % SYMBOLS.length], size: 6 },
  };
  return curve.smoothed && board.settings.raw ? [faint, main] : [main];
}

function layoutOf(chart, rows) {
  const { scale, board } = chart;
  const axis = board.axis;
  const ends = (range, log) => (log ? range.map(Math.log10) : range);
  const [unit] = unitOf({ axis, x: scale.x });
  const common = { gridcolor: LINE, linecolor: INK, zeroline: false, exponentformat: 'e', separatethousands: true };
  const title = { step: 'step', epoch: 'epoch', time: `time, ${unit}`, clock: '' }[axis];
  const x = outX(scale.x, axis, scale);
  return {
    title: { text: plain(chart.options.title), font: { size: 15 } }, margin: { l: 64, r: 18, t: 44, b: 50 + rows * LEGEND_ROW + (rows ? 12 : 0) }, showlegend: rows > 0,
    legend: { orientation: 'h', yref: 'container', y: 0.01, yanchor: 'bottom' },
    paper_bgcolor: '#fff', plot_bgcolor: '#fff', font: { color: INK, family: 'system-ui, sans-serif', size: 12 },
    xaxis: { ...common, type: axis === 'clock' ? 'date' : scale.logX ? 'log' : 'linear', range: axis === 'clock' ? [...x] : ends([...x], scale.logX), title: { text: title } },
    yaxis: { ...common, type: scale.logY ? 'log' : 'linear', range: ends(scale.y, scale.logY) },
  };
}

/** In Plotly's terms: dates without a zone, time in a unit of a readable size. */
function outX(values, axis, scale) {
  if (axis === 'clock') return Array.from(values, (seconds) => seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60_000);
  const [, per] = unitOf({ axis, x: scale.x });
  return per === 1 ? values : Float64Array.from(values, (value) => value / per);
}

/** The points of a chart, those drawn, one a line. @param {import('./chart.js').Chart} chart */
export function saveValues(chart) {
  const axis = chart.board.axis;
  const rows = [['run', 'name', 'tag', axis, 'value', ...(chart.drawn.some(({ curve }) => curve.smoothed) ? ['smoothed'] : [])]];
  for (const { line, curve } of chart.drawn) {
    for (let k = 0; k < curve.x.length; k += 1) rows.push([line.run.id, line.run.name, line.tag, curve.x[k], curve.y[k], ...(curve.smoothed ? [curve.smoothed[k]] : [])]);
  }
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n');
  saveBlob(new Blob([`${text}\r\n`], { type: 'text/csv' }), `${fileName(chart.options.title)}.csv`);
}

function cell(value) {
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
  // A spreadsheet takes what begins like this for a formula.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
