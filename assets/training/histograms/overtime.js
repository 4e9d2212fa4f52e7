/** Values over the steps, by Plotly: how many lie where as a heat map, or the bands between percentiles. */
import { css, heat as heatColor, onThemeChange, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { loadPlotly } from '../../shared/plotly.js';
import { percentile, rebin } from './bins.js';
import { mix } from './canvas.js';

const CONFIG = { displayModeBar: false, doubleClick: false, showAxisDragHandles: false, responsive: false, showTips: false };
const BINS = 140;
const STOPS = 9;
// Few values in many bins would not be seen beside a peak.
const POWER = 0.45;
export const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95];

export class OverTime {
  /** @type {(at: {index: number, value: number}|null) => void} the value is NaN where the step alone is pointed at */
  onPoint = () => {};
  /** @type {(index: number) => void} */
  onPick = () => {};
  /** @type {(zoom: {values: [number, number]|null, steps: [number, number]|null}) => void} */
  onZoom = () => {};
  #plotly = null;
  #shown = null;
  #cache = null;
  #drawn = null;

  constructor() {
    this.element = make('div', { class: 'overtime' });
    new ResizeObserver(() => this.#draw()).observe(this.element);
    onThemeChange(() => {
      this.#cache = null;
      this.#draw();
    });
  }

  /**
   * @param {{histograms: import('./bins.js').Histogram[], selected: number, range: [number, number], whole: [number, number],
   *   steps: [number, number], color: number[], kind: 'heat'|'bands'}} what `whole` is the range of values without a zoom
   */
  async show(what) {
    this.#shown = what;
    this.#plotly ??= await loadPlotly();
    this.#draw();
  }

  #draw() {
    const { width, height } = this.element.getBoundingClientRect();
    if (!this.#plotly || !this.#shown || width < 60 || height < 60) return;
    const fresh = !this.element.on;
    const data = this.#data();
    const { shapes, ...layout } = this.#layout(Math.floor(width), Math.floor(height));
    const key = JSON.stringify(layout);
    // A step that is chosen moves one line, and nothing else is drawn.
    if (this.#drawn?.data === data && this.#drawn.key === key) this.#plotly.relayout(this.element, { shapes });
    else this.#plotly.react(this.element, data, { ...layout, shapes }, CONFIG);
    this.#drawn = { data, key };
    if (fresh) this.#listen();
  }

  #data() {
    const { histograms, kind, whole, color } = this.#shown;
    const key = [kind, whole.join(), color.join()].join('|');
    if (this.#cache?.key !== key || this.#cache.histograms !== histograms) {
      const data = kind === 'heat' ? heat(histograms, whole, this.#scale(), mix(themeColor(this.element, '--card'), themeColor(this.element, '--ink'), 0.75)) : bands(histograms, color);
      this.#cache = { key, histograms, data };
    }
    return this.#cache.data;
  }

  /** @returns {string} the colours from few to many, for CSS */
  get ramp() {
    return `linear-gradient(to right, ${this.#scale().map(([at, color]) => `${color} ${100 * at}%`).join(', ')})`;
  }

  /** The same colours for both runs, or they could not be compared. */
  #scale() {
    const stops = Array.from({ length: STOPS }, (_, k) => [0.02 + (0.98 * k) / (STOPS - 1), css(heatColor(k / (STOPS - 1)))]);
    return [[0, css(themeColor(this.element, '--card'))], ...stops];
  }

  #layout(width, height) {
    const { range, steps, selected, histograms, kind } = this.#shown;
    const [mute, line, accent] = ['--mute', '--line', '--accent'].map((name) => css(themeColor(this.element, name)));
    const axis = { color: mute, gridcolor: line, zeroline: false, tickfont: { size: 10.5, color: mute }, automargin: false, fixedrange: false };
    const at = histograms[selected]?.step;
    // Of a heat map, half a column at both ends.
    const pad = (steps[1] - steps[0]) * Math.max(0.01, kind === 'heat' ? 0.5 / Math.max(1, histograms.length - 1) : 0) || 1;
    return {
      width, height, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', showlegend: false, dragmode: 'zoom', hovermode: kind === 'heat' ? 'closest' : 'x',
      margin: { l: 48, r: 12, t: 8, b: 30 },
      font: { family: 'inherit', size: 11, color: mute },
      xaxis: { ...axis, tickformat: ',', range: [steps[0] - pad, steps[1] + pad], title: { text: 'step', font: { size: 10.5 }, standoff: 4 } },
      yaxis: { ...axis, range },
      shapes: at === undefined ? [] : [{ type: 'line', x0: at, x1: at, y0: 0, y1: 1, yref: 'paper', line: { color: accent, width: 1.5, dash: 'dot' } }],
    };
  }

  #listen() {
    this.element.on('plotly_hover', ({ points, yvals }) => this.onPoint(this.#at(points[0].x, this.#shown.kind === 'heat' ? (yvals?.[0] ?? points[0].y) : NaN)));
    this.element.on('plotly_unhover', () => this.onPoint(null));
    this.element.on('plotly_click', ({ points }) => {
      const at = this.#at(points[0].x, points[0].y);
      if (at) this.onPick(at.index);
    });
    this.element.on('plotly_doubleclick', () => this.onZoom({ values: null, steps: null }));
    this.element.on('plotly_relayout', (change) => {
      const part = (axis) => (`${axis}.range[0]` in change ? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]] : undefined);
      const [values, steps] = [part('yaxis'), part('xaxis')];
      if (values || steps) this.onZoom({ ...(values && { values }), ...(steps && { steps }) });
    });
  }

  #at(step, value) {
    const { histograms } = this.#shown;
    let index = -1;
    histograms.forEach((one, k) => {
      if (index < 0 || Math.abs(one.step - step) <= Math.abs(histograms[index].step - step)) index = k;
    });
    return index < 0 ? null : { index, value };
  }
}

/** @returns {number[]} where one step ends and the next begins, one more than steps */
function borders(steps) {
  const half = steps.length > 1 ? (steps.at(-1) - steps.at(-2)) / 2 : 0.5;
  const middles = steps.slice(1).map((step, k) => (step + steps[k]) / 2);
  const first = steps.length > 1 ? steps[0] - (steps[1] - steps[0]) / 2 : steps[0] - 0.5;
  return [first, ...middles, steps.at(-1) + half];
}

function heat(histograms, whole, colorscale, ink) {
  const columns = histograms.map((histogram) => rebin(histogram, whole, BINS));
  const z = Array.from({ length: BINS }, (_, bin) => columns.map((shares) => shares[bin] ** POWER));
  const width = (whole[1] - whole[0]) / BINS;
  const y = Array.from({ length: BINS + 1 }, (_, bin) => whole[0] + bin * width);
  const peaks = columns.map((shares) => Math.max(...shares) ** POWER).sort((a, b) => a - b);
  const zmax = Math.min(peaks.at(-1), 2 * peaks[peaks.length >> 1]) || 1;
  const x = histograms.map(({ step }) => step);
  const median = { type: 'scatter', mode: 'lines', x, y: histograms.map((one) => percentile(one, 0.5)), line: { color: ink, width: 1.2 }, hoverinfo: 'none' };
  return [{ type: 'heatmap', x: borders(x), y, z, zmin: 0, zmax, colorscale, showscale: false, hoverinfo: 'none' }, median];
}

function bands(histograms, color) {
  const x = histograms.map(({ step }) => step);
  const lines = SHARES.map((share) => histograms.map((one) => percentile(one, share)));
  const fill = (alpha) => `rgba(${color.join(', ')}, ${alpha})`;
  const mode = histograms.length > 1 ? 'lines' : 'markers';
  const trace = (k, width, alpha) => ({ type: 'scatter', mode, x, y: lines[k], line: { color: css(color), width }, hoverinfo: 'none', ...(alpha && { fill: 'tonexty', fillcolor: fill(alpha) }) });
  return [trace(0, 0.6), trace(4, 0.6, 0.16), trace(1, 1), trace(3, 1, 0.3), trace(2, 2.2)];
}
