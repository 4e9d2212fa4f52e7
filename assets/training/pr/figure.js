/** The curves of a tag as a figure of Plotly's: plain values in, traces and layout out. */

export const CONFIG = { displayModeBar: false, showAxisDragHandles: false, showTips: false, responsive: false, doubleClick: 'reset' };
/** Pixels round the plot. */
export const MARGIN = { l: 44, r: 12, t: 8, b: 36 };

// In the order of the shapes that legends draw (../chart/marks.js).
const SYMBOLS = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'pentagon'];
// More marks than this are no longer told apart.
const MARKS = 16;
const SIZE = 6.5;
const PAD = 0.02;
const FAINT = 0.2;
// Runs whose shares of positives differ by more have no common level of guessing.
const SAME = 1e-3;

/**
 * @typedef {{curve: import('./data.js').Curve, color: string, shape: number}} Line
 *
 * Steps: from a point to the next, more lenient one the recall rises at the precision of that one. So the area under
 * them is the average precision.
 * @param {Line[]} lines @param {number|null} strong which of them stands out
 */
export function traces(lines, strong) {
  return lines.map(({ curve: { points }, color, shape }, k) => {
    const faint = strong !== null && strong !== k;
    return {
      type: 'scatter',
      mode: 'lines+markers',
      // The first point begins at a recall of 0; it has no mark, as no threshold leads there.
      x: points.length ? [0, ...points.map(({ recall }) => recall)] : [],
      y: points.length ? [points[0].precision, ...points.map(({ precision }) => precision)] : [],
      line: { color, width: strong === k ? 2.6 : 1.7, shape: 'vh' },
      marker: { color, symbol: SYMBOLS[shape % SYMBOLS.length], size: [0, ...points.map(() => SIZE)], maxdisplayed: MARKS, opacity: 1, line: { width: 0 } },
      opacity: faint ? FAINT : 1,
      hoverinfo: 'none',
    };
  });
}

/**
 * @param {{width: number, height: number, part: number, level: number|null, colors: {mute: string, line: string}}} options
 *   part: how much of the axes is shown, seen from recall and precision of 1; level: the precision of guessing
 */
export function layout({ width, height, part, level, colors }) {
  const axis = (text) => ({
    title: { text, standoff: 4, font: { size: 11 } }, range: [1 - part * (1 + PAD), 1 + part * PAD],
    zeroline: false, showline: false, gridcolor: colors.line, gridwidth: 1, ticks: '', nticks: 6,
  });
  const guess = { type: 'line', layer: 'below', x0: 0, x1: 1, y0: level, y1: level, line: { color: colors.mute, width: 1, dash: '1px,4px' } };
  return {
    width, height, margin: MARGIN, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    font: { size: 11, family: 'inherit', color: colors.mute },
    showlegend: false, dragmode: 'zoom', hovermode: 'closest', hoverdistance: 24, uirevision: String(part),
    shapes: level === null ? [] : [guess], xaxis: axis('recall'), yaxis: axis('precision'),
  };
}

/** @param {Line[]} lines @returns {number|null} the share of positives, which guessing reaches; null where the runs differ */
export function guessing(lines) {
  const shares = lines.filter(({ curve }) => curve.samples > 0).map(({ curve }) => curve.positives / curve.samples);
  if (!shares.length || Math.max(...shares) - Math.min(...shares) > SAME) return null;
  return shares[0];
}

/** @param {Line[]} lines @returns {number} 0..1, so much of the axes that the curve is seen to turn which turns farthest from 1 */
export function corner(lines) {
  const turns = lines.filter(({ curve }) => curve.points.length).map(({ curve }) => Math.min(...curve.points.map(({ recall, precision }) => Math.max(1 - recall, 1 - precision))));
  return Math.min(1, Math.max(0.002, 2 * Math.max(0, ...turns)));
}
