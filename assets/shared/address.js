/** The view in the address, so that it can be sent to a colleague: `#focus=12&layer=dense&hidden=label:3,4&query=loss%20%3E%202`. */
import { applyQuery, whenGrown, whenMeasured } from './queries.js';
import { recallSelection } from './selection.js';

const OWN = new Set(['focus', 'layer', 'method', 'hidden', 'query', 'selection', 'similar']);

/** @param {import('./hub.js').Hub} hub @returns {string} without the leading '#' */
export function formatAddress(hub) {
  const parts = [];
  for (const field of ['focus', 'layer', 'method']) {
    if (hub[field] !== null) parts.push(`${field}=${encodeURIComponent(hub[field])}`);
  }
  const hidden = Object.entries(hub.hidden)
    .filter(([, classes]) => classes.size)
    .map(([field, classes]) => `${encodeURIComponent(field)}:${[...classes].sort((a, b) => a - b)}`);
  if (hidden.length) parts.push(`hidden=${hidden.join(';')}`);
  if (hub.query) parts.push(`query=${encodeURIComponent(hub.query)}`);
  if (hub.token !== null) parts.push(`selection=${hub.token}`);
  if (hub.anchor !== null) parts.push(`similar=${hub.anchor}`);
  return parts.join('&');
}

/**
 * @param {string} hash with or without the leading '#'; comes from a stranger, so nothing is trusted
 * @typedef {{focus?: number, anchor?: number, layer?: string, method?: string, query?: string, token?: string,
 *   hidden: Object<string, number[]>}} View
 * @returns {View}
 */
export function parseAddress(hash) {
  const result = { hidden: {} };
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    const value = part.slice(at + 1);
    if (name === 'focus' && /^\d{1,10}$/.test(value)) result.focus = Number(value);
    if (name === 'similar' && /^\d{1,10}$/.test(value)) result.anchor = Number(value);
    if (name === 'layer' || name === 'method' || name === 'query') result[name] = decode(value);
    if (name === 'selection' && /^[0-9a-f]{8,64}$/.test(value)) result.token = value;
    if (name === 'hidden') result.hidden = parseHidden(value);
  }
  return result;
}

function parseHidden(text) {
  const hidden = {};
  for (const group of text.split(';')) {
    const [field, classes] = group.split(':');
    // The fields of the hub only: a name such as __proto__ has no business here.
    if (!['label', 'predicted', 'correct'].includes(field) || !classes) continue;
    hidden[field] = classes.split(',').map(Number).filter(Number.isInteger);
  }
  return hidden;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** @returns {string[]} the parts of an address that are not the hub's: the page Training has its own there */
function foreignParts(hash) {
  const parts = hash.replace(/^#/, '').split('&');
  return parts.filter((part) => part.includes('=') && !OWN.has(part.slice(0, part.indexOf('='))));
}

/** Restores the hub from the address, then keeps the address up to date. */
export function mirrorAddress(hub) {
  const apply = () => {
    const view = parseAddress(location.hash);
    if (view.focus !== undefined) hub.setFocus(view.focus);
    if (view.anchor !== undefined) hub.setAnchor(view.anchor);
    if (view.layer !== undefined) hub.setLayer(view.layer);
    if (view.method !== undefined) hub.setMethod(view.method);
    for (const [field, classes] of Object.entries(view.hidden)) hub.setHidden(field, classes);
    pick(view);
  };
  /** What is being restored: until it is, the query of the address must not be written over by an address without it. */
  let restoring = null;
  const pick = async (view) => {
    const { query, token } = view;
    if (!restoring && (query ?? '') === hub.query && (token ?? null) === hub.token) return;
    restoring = view;
    await restorePicks(hub, query, token, () => restoring === view);
    if (restoring !== view) return;
    restoring = null;
    write();
  };
  let waiting = false;
  const write = () => {
    if (waiting || restoring) return;
    waiting = true;
    // Browsers limit how often the history may be written; a legend swept with the mouse passes that.
    setTimeout(() => {
      waiting = false;
      if (restoring) return;
      const hash = [formatAddress(hub), ...foreignParts(location.hash)].filter(Boolean).join('&');
      history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
    }, 200);
  };
  apply();
  addEventListener('hashchange', apply);
  for (const event of ['focus', 'layer', 'method', 'hidden', 'query', 'token', 'anchor']) hub.on(event, write);
}

/**
 * Applies the query of an address, and selects what it holds a token of; what a person picks meanwhile stays. A mistake in
 * the query is shown by the query bar.
 * @param {() => boolean} isLatest whether the address still says so
 */
async function restorePicks(hub, query, token, isLatest) {
  const before = [hub.query, hub.selection];
  const isUntouched = () => isLatest() && hub.query === before[0] && hub.selection === before[1];
  await whenMeasured();
  if (!isUntouched()) return;
  try {
    await applyQuery(query ?? '');
    if (!isLatest() || hub.query !== (query ?? '').trim()) return;
  } catch (error) {
    if (!isUntouched()) return;
    // Kept as well: the query bar may not be there yet.
    hub.mistake = { query, error };
    hub.emit('mistake', hub.mistake);
    if (error.later && !token) {
      await whenGrown();
      if (isLatest() && !hub.query && !hub.selection) await restorePicks(hub, query, token, isLatest);
      return;
    }
  }
  if (token) await recallSelection(token, query ? 'table' : 'address');
}
