/** Selections that no query describes are kept on the server under a token, which the address can hold. */
import { url } from './api.js';
import { pack, unpack } from './bits.js';
import { hub } from './hub.js';
import { study } from './study.js';

// A lasso or a row of checkboxes ends in one request, not in one for each step.
const PAUSE_MS = 200;

export function keepSelections() {
  let timer = 0;
  hub.on('selection', () => {
    clearTimeout(timer);
    const mask = hub.selection;
    if (!mask || hub.origin === 'query') hub.setToken(null);
    else if (hub.origin !== 'address') timer = setTimeout(() => keep(mask), PAUSE_MS);
  });
}

async function keep(mask) {
  try {
    const response = await fetch(url('api/selection'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: pack(mask),
    });
    const said = await response.json();
    if (hub.selection === mask) hub.setToken(response.ok ? said.token : null);
  } catch {
    // The server is away: the selection holds in this page, it only cannot be sent to anyone.
    if (hub.selection === mask) hub.setToken(null);
  }
}

/** Selects what the server keeps under a token, and says whether it has: there is such a selection, and nothing else was picked meanwhile. */
export async function recallSelection(token, origin = 'address') {
  const { selection, query } = hub;
  const response = await fetch(url(`api/selection/${encodeURIComponent(token)}`)).catch(() => null);
  const bits = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
  // What was picked while it was on its way is newer.
  if (!bits || hub.selection !== selection || hub.query !== query) return false;
  hub.setSelection(unpack(new Uint8Array(bits), study.n), origin);
  hub.setToken(token);
  return true;
}
