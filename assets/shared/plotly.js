/** Plotly comes with Dash; where no chart has loaded it yet the server hands it out. */
import { url } from './api.js';
import { make } from './dom.js';

let loading = null;

/** @returns {Promise<object>} the library */
export function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = make('script', { src: url('api/plotly.js') });
    script.addEventListener('load', () => resolve(window.Plotly));
    script.addEventListener('error', () => reject(new Error('Plotly could not be loaded')));
    document.head.append(script);
  });
  return loading;
}
