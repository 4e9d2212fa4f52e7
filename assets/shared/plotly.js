/** Plotly comes with Dash; where no chart has loaded it yet the server hands it out. */
import { url } from './api.js';
import { AWAY, Refusal } from './ask.js';
import { make } from './dom.js';

let loading = null;

/** @returns {Promise<object>} the library; throws Refusal where the server is away, and may be asked again */
export function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = make('script', { src: url('api/plotly.js') });
    script.addEventListener('load', () => resolve(window.Plotly));
    script.addEventListener('error', () => {
      loading = null;
      script.remove();
      reject(new Refusal(AWAY, 0));
    });
    document.head.append(script);
  });
  return loading;
}
