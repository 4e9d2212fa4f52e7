/** The view in the address, so that it can be sent to a colleague: `#focus=12&layer=dense&hidden=label:3,4`. */

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
  return parts.join('&');
}

/**
 * @param {string} hash with or without the leading '#'; comes from a stranger, so nothing is trusted
 * @returns {{focus?: number, layer?: string, method?: string, hidden: Object<string, number[]>}}
 */
export function parseAddress(hash) {
  const result = { hidden: {} };
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    const value = part.slice(at + 1);
    if (name === 'focus' && /^\d{1,10}$/.test(value)) result.focus = Number(value);
    if (name === 'layer' || name === 'method') result[name] = decode(value);
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

/** Restores the hub from the address, then keeps the address up to date. */
export function mirrorAddress(hub) {
  const apply = () => {
    const { focus, layer, method, hidden } = parseAddress(location.hash);
    if (focus !== undefined) hub.setFocus(focus);
    if (layer !== undefined) hub.setLayer(layer);
    if (method !== undefined) hub.setMethod(method);
    for (const [field, classes] of Object.entries(hidden)) hub.setHidden(field, classes);
  };
  apply();
  addEventListener('hashchange', apply);
  let waiting = false;
  const write = () => {
    if (waiting) return;
    waiting = true;
    // Browsers limit how often the history may be written; a legend swept with the mouse passes that.
    setTimeout(() => {
      waiting = false;
      const hash = formatAddress(hub);
      history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
    }, 200);
  };
  for (const event of ['focus', 'layer', 'method', 'hidden']) hub.on(event, write);
}
