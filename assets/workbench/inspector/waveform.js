/** A layer's activations for one sample, unit by unit, as a line. Its colours are set by inspector.css, so that it follows the theme. */
import { make } from '../../shared/dom.js';
import { loadPlotly } from '../../shared/plotly.js';
import { counted } from './numbers.js';

// Beyond this many units a marker on each would hide the line.
const MARKED_UNITS = 48;
const CONFIG = { displayModeBar: false, responsive: true };
// Drawing takes Plotly longer than all the rest together: it waits for a pause, but not for ever.
const PATIENCE_MS = 200;

const onIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 30));
const cancelIdle = window.cancelIdleCallback ?? clearTimeout;

export class Waveform {
  #heading = document.createTextNode('');
  #note = make('small');
  #chart = make('div', { id: 'inspector-waveform' });
  #turn = 0;
  #due = 0;
  element = make('div', {}, [
    make('h3', {}, [this.#heading, this.#note]),
    make('div', { class: 'waveform', 'aria-hidden': 'true' }, [this.#chart]),
  ]);

  /** @param {{name: string, units: number, pooled: boolean}} layer @param {{dtype: string, bdata: string}} values (units,) */
  show({ name, units, pooled }, values) {
    this.#heading.data = `Waveform of ${name} `;
    this.#note.textContent = `${counted(units, 'unit')}${pooled ? ', averaged over height and width' : ''}`;
    this.pause();
    this.#due = onIdle(() => this.#draw(units, values), { timeout: PATIENCE_MS });
  }

  /** Draws nothing of what was asked for up to now. */
  pause() {
    cancelIdle(this.#due);
    this.#turn += 1;
  }

  async #draw(units, values) {
    const turn = this.#turn;
    const plotly = await loadPlotly().catch(() => null);
    if (!plotly || turn !== this.#turn || !this.#chart.isConnected) return;
    await plotly.react(this.#chart, [traceOf(units, values)], layoutOf(units), CONFIG);
  }
}

function traceOf(units, values) {
  return {
    type: 'scatter',
    mode: units <= MARKED_UNITS ? 'lines+markers' : 'lines',
    y: values,
    line: { width: 1.3 },
    marker: { size: units > 1 ? 4 : 8 },
    hovertemplate: 'unit %{x}: %{y:.4g}<extra></extra>',
  };
}

function layoutOf(units) {
  const axis = { showgrid: false, zeroline: false, ticks: '', fixedrange: true };
  // The first unit, the last, and one between.
  const ticks = [...new Set([0, Math.floor(units / 2), units - 1])].sort((a, b) => a - b);
  return {
    height: 118,
    margin: { l: 30, r: 10, t: 4, b: 18 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { size: 10, family: 'inherit' },
    showlegend: false,
    hovermode: 'x',
    dragmode: false,
    xaxis: { ...axis, range: [-0.5, units - 0.5], tickvals: ticks },
    yaxis: { ...axis, showgrid: true, zeroline: true, nticks: 4, tickformat: '~g' },
  };
}
