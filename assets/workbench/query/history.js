/** Queries that were applied, the latest first; kept in this browser, those over samples and those over runs by different keys. */

const KEY = 'innerview-queries';
const MOST = 30;
const LONGEST = 1000;

/** @returns {string[]} whatever the storage holds: someone else may have written there */
export function readHistory(key = KEY) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    if (!Array.isArray(kept)) return [];
    return kept.filter((text) => typeof text === 'string' && text.trim() && text.length <= LONGEST).slice(0, MOST);
  } catch {
    return [];
  }
}

export function addToHistory(text, key = KEY) {
  const query = text.trim();
  if (!query || query.length > LONGEST) return;
  write([query, ...readHistory(key).filter((other) => other !== query)].slice(0, MOST), key);
}

export const clearHistory = (key = KEY) => write([], key);

function write(queries, key) {
  try {
    localStorage.setItem(key, JSON.stringify(queries));
  } catch {
    // Without storage there is no history, and nothing else is lost.
  }
}

/** Steps through the history in a text field, as a terminal does. */
export class Recall {
  #key;
  #at = -1;
  #shown = '';

  constructor(key = KEY) {
    this.#key = key;
  }

  /** @param {string} text what the field holds @returns {boolean} whether arrows step: it is empty, or was recalled */
  isAt(text) {
    if (!text) this.#at = -1;
    return !text || text === this.#shown;
  }

  /** @param {number} by 1 for older, -1 for newer @returns {string} the query there; '' after the newest */
  step(by) {
    const queries = readHistory(this.#key);
    this.#at = Math.max(-1, Math.min(queries.length - 1, this.#at + by));
    this.#shown = queries[this.#at] ?? '';
    return this.#shown;
  }
}
