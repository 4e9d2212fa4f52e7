/**
 * The view of the page Training in the address, so that it can be sent to a colleague: `#tab=runs&t-query=lr%20%3C%200.1`.
 *
 * Its keys are `tab` and those that begin with `t-`; all others are the study's (assets/shared/address.js), and both leave
 * each other's alone.
 */

/** The key of the store: all others are said of its runs. */
export const STORE = 't-store';

const PAUSE_MS = 200;
const kept = new Map();
let waiting = false;
let changes = 0;

/** @returns {boolean} whether a key of the address belongs to the page Training */
export const isOwn = (key) => key === 'tab' || key.startsWith('t-');

const parts = (hash = location.hash) => hash.replace(/^#/, '').split('&').filter(Boolean);
const keyOf = (part) => part.split('=', 1)[0];

/** @returns {string|null} what the address says under a key; it comes from a stranger, so nothing is trusted */
export function readAddress(key, hash = location.hash) {
  const part = parts(hash).find((one) => keyOf(one) === key);
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
 * @param {(value: string|null) => any} set called when the address is changed by hand; not for what stands there now. Of
 *   STORE it answers a promise, which the other keys wait for
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

addEventListener('hashchange', async ({ newURL }) => {
  const turn = ++changes;
  // The page may have written since what it shows, and may again while the store is opened.
  const { hash } = new URL(newURL);
  const wanted = [...kept].map(([key, { get, set }]) => ({ key, get, set, value: readAddress(key, hash) }));
  const isOther = ({ value, get }) => (value ?? '') !== (get() ?? '');
  const follow = (keys) => Promise.all(keys.filter(isOther).map(({ set, value }) => set(value)));
  const [first, others] = [wanted.filter(({ key }) => key === STORE), wanted.filter(({ key }) => key !== STORE)];
  follow(others.filter(({ key }) => key === 'tab'));
  if (first.some(isOther)) await follow(first);
  if (turn === changes) follow(others);
});
