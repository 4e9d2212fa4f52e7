/** The graph component of dash-cytoscape: loaded when it is first needed, drawn by Dash, and driven by its own library. */
import { elementOf } from '../../shared/mount.js';
import { loadScript } from '../../shared/scripts.js';

// What Dash's wrapper would report to the server's side of the page, at every move of the pointer: nothing there listens.
const REPORTED = 'tap tapstart mouseover mouseout select unselect add remove dragfree resize viewport minMaxZoomChange';

/** @returns {Promise<void>} throws Refusal where the server is away, and may be asked again */
export const loadComponent = async () => {
  if (!window.dash_cytoscape) await loadScript('api/graph/component.js');
};

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
