/** From the hub to Dash: its stores learn what was focused, selected or chosen on the maps. */

const SELECTION_LIMIT = 1000;

/** @returns {boolean} whether the Dash app has a component of this id */
function exists(id) {
  try {
    return window.dash_component_api.getLayout(id) !== undefined;
  } catch {
    return false;
  }
}

function send(id, data) {
  if (!window.dash_clientside?.set_props || !exists(id)) return;
  window.dash_clientside.set_props(id, { data });
}

/** @returns {{count: number, indices: number[]}|null} the count in full, the first 1,000 indices */
export function selectionData(hub) {
  if (!hub.selection) return null;
  const indices = [];
  for (let i = 0; i < hub.selection.length && indices.length < SELECTION_LIMIT; i++) {
    if (hub.selection[i]) indices.push(i);
  }
  return { count: hub.selectionCount, indices };
}

/** @param {import('./hub.js').Hub} hub */
export function bridgeToDash(hub) {
  const senders = {
    focus: () => send('focus', hub.focus),
    selection: () => send('selection', selectionData(hub)),
    layer: () => send('layer', hub.layer),
    method: () => send('method', hub.method),
    query: () => send('query', hub.query),
    token: () => send('token', hub.token),
    anchor: () => send('anchor', hub.anchor),
  };
  for (const [event, sender] of Object.entries(senders)) {
    hub.on(event, sender);
    // What the address restored was set before Dash had its stores.
    if (hub[event] !== null && hub[event] !== '') sender();
  }
}
