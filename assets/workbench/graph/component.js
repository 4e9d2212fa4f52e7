/** The graph component of dash-cytoscape: loaded when it is first needed, drawn by Dash, and driven by its own library. */
import { url } from '../../shared/api.js';
import { AWAY, Refusal } from '../../shared/ask.js';
import { make } from '../../shared/dom.js';
import { elementOf } from '../../shared/mount.js';

// What Dash's wrapper would report to the server's side of the page, at every move of the pointer: nothing there listens.
const REPORTED = 'tap tapstart mouseover mouseout select unselect add remove dragfree resize viewport minMaxZoomChange';

let loading = null;

/** @returns {Promise<void>} throws Refusal where the server is away, and may be asked again */
export function loadScript() {
  if (window.dash_cytoscape) return Promise.resolve();
  loading ??= new Promise((resolve, reject) => {
    const script = make('script', { src: url('api/graph/component.js') });
    script.addEventListener('load', resolve);
    script.addEventListener('error', () => {
      loading = null;
      script.remove();
      reject(new Refusal(AWAY, 0));
    });
    document.head.append(script);
  });
  return loading;
}

/**
 * Once its script is loaded.
 * @param {string} place id of the Dash element that takes the component @param {string} id of the component
 * @returns {Promise<object>} the graph of the library Cytoscape, empty
 */
export async function makeComponent(place, id) {
  const props = {
    id,
    elements: [],
    stylesheet: [],
    layout: { name: 'preset' },
    autoRefreshLayout: false,
    autoungrabify: true,
    boxSelectionEnabled: false,
    minZoom: 0.02,
    maxZoom: 3,
    style: { position: 'absolute', inset: 0, width: '100%', height: '100%' },
  };
  window.dash_clientside.set_props(place, { children: { namespace: 'dash_cytoscape', type: 'Cytoscape', props } });
  const cy = await registered(await elementOf(id));
  REPORTED.split(' ').forEach((event) => cy.off(event));
  return cy;
}

/** @returns {Promise<object>} the library's graph in this element, once it is drawn */
function registered(element) {
  return new Promise((resolve) => {
    const look = () => {
      const cy = element._cyreg?.cy ?? element.firstElementChild?._cyreg?.cy;
      if (cy) resolve(cy);
      else requestAnimationFrame(look);
    };
    look();
  });
}
