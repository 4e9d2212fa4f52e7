/** Two waveforms large: the query's and the one looked at, raw and smoothed, by Plotly, so that they can be saved. */
import { css, onThemeChange, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { loadPlotly } from '../../shared/plotly.js';
import { sigmaOf, smooth } from './wave.js';

const ID = 'similar-chart';
const CONFIG = { displayModeBar: false, responsive: true };

export class Chart {
  #chart = make('div', { id: ID });
  #title = make('h3');
  #shown = null;
  #asked = 0;
  element;

  constructor() {
    const save = (format) =>
      make('button', { type: 'button', class: 'quiet', text: format.toUpperCase(), 'data-plot': ID, 'data-format': format, 'aria-label': `Save the waveforms as ${format.toUpperCase()}` });
    const head = make('div', { class: 'similar-chart-head' }, [this.#title, save('png'), save('svg')]);
    this.element = make('section', { class: 'similar-chart', 'aria-label': 'Waveforms, large', hidden: true }, [head, this.#chart]);
    onThemeChange(() => this.#draw());
  }

  hide() {
    this.#shown = null;
    this.element.hidden = true;
  }

  /**
   * @typedef {{name: string, wave: import('./wave.js').Wave}} Named
   * @param {{query: Named, other: Named|null, units: number, layer: string|null, range: {min: number, max: number}}} what
   *   the layer's name, or null for the pixels
   */
  show(what) {
    this.#shown = what;
    this.element.hidden = false;
    const { units, layer, other, query } = what;
    const sigma = sigmaOf(units);
    const note = sigma ? ` thick: smoothed, Gaussian of σ = ${Number(sigma.toPrecision(2))} units` : '';
    this.#title.replaceChildren(
      make('span', { class: 'similar-key query', text: query.name }),
      other ? make('span', { class: 'similar-key', text: other.name }) : '',
      make('small', { text: `${units.toLocaleString('en')} ${layer === null ? 'pixel values, row by row' : `units of ${layer}`};${note}` }),
    );
    this.#draw();
  }

  async #draw() {
    const turn = ++this.#asked;
    const plotly = await loadPlotly().catch(() => null);
    // While Plotly was on its way another card was looked at.
    if (!plotly || turn !== this.#asked || !this.#shown) return;
    const { query, other, units, range, layer } = this.#shown;
    const [ink, mute, line, accent] = ['--ink', '--mute', '--line', '--accent'].map((name) => css(themeColor(this.element, name)));
    const traces = [...tracesOf(query, units, mute), ...(other ? tracesOf(other, units, accent) : [])];
    const margin = (range.max - range.min) * 0.04;
    const axis = { fixedrange: true, ticks: '', gridcolor: line, zerolinecolor: line, tickfont: { color: mute, size: 10 } };
    const layout = {
      margin: { l: 40, r: 10, t: 4, b: 30 }, showlegend: false, hovermode: 'x', dragmode: false, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: 'inherit', size: 10, color: ink },
      hoverlabel: { font: { size: 11 } },
      xaxis: { ...axis, showgrid: false, zeroline: false, range: [-0.5, units - 0.5], nticks: 9, title: { text: layer === null ? 'pixel value' : `unit of ${plain(layer)}`, standoff: 4, font: { size: 10, color: mute } } },
      yaxis: { ...axis, range: [range.min - margin, range.max + margin], nticks: 4, tickformat: '~g' },
    };
    plotly.react(this.#chart, traces, layout, CONFIG);
  }
}

/** The raw line thin, the smoothed one thick. */
function tracesOf({ name, wave }, units, color) {
  const pieces = wave.mean.length;
  const places = Float32Array.from({ length: pieces }, (_, k) => ((k + 0.5) * units) / pieces - 0.5);
  const common = { type: 'scatter', mode: 'lines', name: plain(name) };
  const raw =
    wave.low === wave.high
      ? { x: places, y: wave.low }
      : { x: Array.from(places).flatMap((x) => [x, x]), y: Array.from(wave.low).flatMap((low, k) => [low, wave.high[k]]) };
  const lines = [{ ...common, ...raw, opacity: 0.55, line: { width: 1, color }, hovertemplate: `unit %{x:.0f}: %{y:.4g}<extra>${plain(name)}</extra>` }];
  if (sigmaOf(units)) lines.push({ ...common, x: places, y: smooth(wave, units), line: { width: 2.4, color }, hoverinfo: 'skip' });
  return lines;
}

// Plotly reads a few tags and placeholders in its texts; a layer may be named like one.
const plain = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/%\{/g, '% {');
