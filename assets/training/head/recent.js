/** The folders and databases that were opened last in this browser; passwords are never kept. */

const KEY = 'innerview-stores';
const MOST = 8;
const SECRET = /pass|secret|token|credential|key=/i;

/** @typedef {{url: string, title: string, kind: string, id: string, complete: boolean}} Recent `complete`: nothing was left out */

/** @returns {Recent[]} whatever the storage holds: someone else may have written there */
export function readRecent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (!Array.isArray(kept)) return [];
    const isRecent = (one) => ['url', 'title', 'kind', 'id'].every((name) => typeof one?.[name] === 'string');
    return kept.filter(isRecent).slice(0, MOST);
  } catch {
    return [];
  }
}

/** @param {string} url as it was typed @param {import('../state.js').Store} store */
export function addRecent(url, { id, title, kind }) {
  const kept = withoutSecrets(url);
  const recent = { url: kept, title, kind, id, complete: kept === url };
  const others = readRecent().filter((other) => other.url !== kept);
  try {
    localStorage.setItem(KEY, JSON.stringify([recent, ...others].slice(0, MOST)));
  } catch {
    // Without storage nothing is remembered, and nothing else is lost.
  }
}

/** @returns {string} "mongodb://ann@host/runs" for "mongodb://ann:secret@host/runs" */
export function withoutSecrets(url) {
  const address = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url.trim());
  if (!address) return url.trim();
  const [place, ...parameters] = address[2].split('?');
  // A password may itself contain "@" and "/" where it was not escaped.
  const at = place.lastIndexOf('@');
  const user = at < 0 ? '' : `${place.slice(0, at).split(':')[0]}@`;
  const kept = parameters.join('?').split('&').filter((part) => part && !SECRET.test(part));
  return `${address[1]}${user}${place.slice(at + 1)}${kept.length ? `?${kept.join('&')}` : ''}`;
}
