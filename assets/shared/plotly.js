/** Plotly comes with Dash; where no chart has loaded it yet the server hands it out. */
import { loadScript } from './scripts.js';

/** @returns {Promise<object>} the library; throws Refusal where the server is away, and may be asked again */
export async function loadPlotly() {
  if (!window.Plotly) await loadScript('api/plotly.js');
  return window.Plotly;
}
