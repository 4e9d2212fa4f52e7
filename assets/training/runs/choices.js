/** Which columns of the table the user has chosen to see or not to see; kept in this browser, for each store. */

const KEY = 'innerview-run-columns';
const MOST = 20;

const readAll = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && typeof one[0] === 'string') : [];
  } catch {
    return [];
  }
};

/** @param {string|undefined} store its id @returns {Object<string, boolean>} by the column's id */
export function readChoices(store) {
  const kept = readAll().find(([id]) => id === store)?.[1] ?? {};
  return Object.fromEntries(Object.entries(kept).filter(([, on]) => typeof on === 'boolean'));
}

/** @param {Object<string, boolean>|null} choices null forgets them */
export function writeChoices(store, choices) {
  const others = readAll().filter(([id]) => id !== store);
  try {
    localStorage.setItem(KEY, JSON.stringify([...(choices ? [[store, choices]] : []), ...others].slice(0, MOST)));
  } catch {
    // Without storage they hold until the page is loaded anew.
  }
}
