/**
 * The view of the page Training in the address, so that it can be sent to a colleague: `#tab=runs&t-query=lr%20%3C%200.1`.
 *
 * Its keys are `tab` and those that begin with `t-`; all others are the study's (assets/shared/address.js), and both leave
 * each other's alone.
 */

const PAUSE_MS = 200;
const kept = new Map();
let waiting = false;

/** @returns {boolean} whether a key of the address belongs to the page Training */
export const isOwn = (key) => key === 'tab' || key.startsWith('t-');

const parts = () => location.hash.replace(/^#/, '').split('&').filter(Boolean);
const keyOf = (part) => part.split('=', 1)[0];

/** @returns {string|null} what the address says under a key; it comes from a stranger, so nothing is trusted */
export function readAddress(key) {
  const part = parts().find((one) => keyOf(one) === key);
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part.slice(key.length + 1));
  } catch {
    return null;
  }
}

/**
 * Keeps a part of the view in the address from now on.
 * @param {string} key `tab`, or one that begins with `t-`
 * @param {() => string|null} get what is to stand there; null or '' for nothing
 * @param {(value: string|null) => void} set called when the address is changed by hand; not for what stands there now
 * @returns {() => void} to be called when `get` would answer anew
 */
export function inAddress(key, get, set) {
  kept.set(key, { get, set });
  return writeSoon;
}

/** Browsers limit how often the history may be written. */
export function writeSoon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    write();
  }, PAUSE_MS);
}

function write() {
  // Keys whose module has not been loaded yet stay as they are.
  const others = parts().filter((part) => !kept.has(keyOf(part)));
  const own = [...kept].map(([key, { get }]) => [key, get()]).filter(([, value]) => value);
  const hash = [...others, ...own.map(([key, value]) => `${key}=${encodeURIComponent(value)}`)].join('&');
  if (`#${hash}` === location.hash || (!hash && !location.hash)) return;
  history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
}

addEventListener('hashchange', () => {
  for (const [key, { get, set }] of kept) {
    const value = readAddress(key);
    if ((value ?? '') !== (get() ?? '')) set(value);
  }
});
