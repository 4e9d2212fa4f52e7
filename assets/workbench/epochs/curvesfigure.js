/** The curves over the epochs as a figure of Plotly's: plain values in, traces and layout out. */

/** From the top; `key` is that of an epoch, but of the focused image's row. */
export const ROWS = [
  { key: 'accuracy', title: 'Accuracy' },
  { key: 'mean_loss', title: 'Mean loss' },
  { key: 'sample', title: 'Loss of the image' },
];

// Pixels: a line of text over each row, the room below it, the axis below the last one.
const HEAD = 22;
const GAP = 7;
const FOOT = 32;
const LEFT = 38;
const TICK = 34;
// What is saved stands on white, whatever the theme.
const GREY = '#7d8998';
const GRID = 'rgba(125, 137, 152, 0.25)';

/**
 * @param {object} shown
 * @param {import('./history.js').Epoch[]} shown.epochs
 * @param {{index: number, loss: (number|null)[]}|null} shown.sample
 * @param {number} shown.width pixels @param {number} shown.height
 * @param {(name: string) => string} shown.color a custom property of the theme
 */
export function drawCurves({ epochs, sample, width, height, color }) {
  const x = epochs.map(({ epoch }) => epoch);
  const values = [epochs.map((epoch) => epoch.accuracy), epochs.map((epoch) => epoch.mean_loss), sample?.loss ?? []];
  const inks = [color('--accent'), color('--bad'), GREY];
  const data = values.map((y, k) => ({
    type: 'scatter',
    mode: epochs.length > 40 ? 'lines' : 'lines+markers',
    name: ROWS[k].title,
    x: y.length ? x : [],
    y: y.map((value) => value ?? NaN),
    yaxis: k ? `y${k + 1}` : 'y',
    line: { color: inks[k], width: 1.6, dash: ['solid', 'solid', 'dot'][k] },
    marker: { size: 4, symbol: ['circle', 'square', 'diamond'][k] },
    hoverinfo: 'skip',
  }));
  const titles = ['Accuracy', 'Mean loss, nats', sample ? `Loss of image ${sample.index}, nats` : ''];
  return { data, layout: { ...layout(x, values, width, height, color), annotations: headings(titles) } };
}

/** In the page they lie below the headings that tell the values as well; what is saved has these. */
function headings(titles) {
  const place = { x: 0, xref: 'paper', xanchor: 'left', xshift: -LEFT, yref: 'paper', yanchor: 'top', showarrow: false };
  return titles.map((text, k) => ({ ...place, text, y: 1 - k / ROWS.length })).filter(({ text }) => text);
}

function layout(x, values, width, height, color) {
  const room = height - FOOT;
  const each = room / ROWS.length;
  const font = { color: color('--mute'), size: 10.5 };
  const axis = { fixedrange: true, zeroline: false, linecolor: GRID, gridcolor: GRID, tickfont: font };
  const rows = values.map((y, k) => {
    const bottom = (room - (k + 1) * each) / room;
    const domain = [bottom + GAP / room, bottom + (each - HEAD) / room];
    return { ...axis, domain, anchor: 'x', ...rangeOf(y, k === 0, each > 110 ? 5 : 3) };
  });
  const [first, last] = [x[0], x.at(-1)];
  const pad = (last - first || 1) * 0.04;
  return {
    width,
    height,
    margin: { l: LEFT, r: 8, t: 0, b: FOOT },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { size: 11, family: 'inherit' },
    showlegend: false,
    dragmode: false,
    hovermode: false,
    xaxis: {
      ...axis,
      anchor: 'y3',
      range: [first - pad, last + pad],
      showgrid: false,
      tickvals: ticks(x, width - LEFT),
      title: { text: 'epoch', standoff: 2, font },
    },
    yaxis: { ...rows[0], tickformat: '.0~%' },
    yaxis2: rows[1],
    yaxis3: rows[2],
  };
}

/** Losses start at nothing; an accuracy that was never low need not. */
function rangeOf(y, isAccuracy, most) {
  const known = y.filter((value) => Number.isFinite(value));
  if (!known.length) return { range: [0, 1], tickvals: [] };
  const high = Math.max(...known);
  if (!isAccuracy) return withTicks(0, high * 1.1 || 1, most);
  const low = Math.min(...known);
  const room = Math.max(0.01, (high - low) * 0.1);
  return withTicks(Math.max(0, low - room), Math.min(1, high + room), most);
}

/** At least two ticks, of round numbers, and about so many at most. */
function withTicks(low, high, most) {
  const decade = 10 ** Math.floor(Math.log10(high - low));
  const between = (step) => {
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
  };
  const steps = [5, 2, 1, 0.5, 0.2].map((part) => part * decade);
  const step = steps.find((size) => between(size).length >= Math.max(2, most - 2)) ?? steps.at(-1);
  return { range: [low, high], tickvals: between(step) };
}

/** The epochs that get a number: the first, and others evenly, as there is room. */
function ticks(x, width) {
  const step = Math.max(1, Math.ceil((x.length * TICK) / Math.max(TICK, width)));
  return x.filter((_, k) => k % step === 0);
}
