/** Which tiles show regions, in the address: `#regions=2,3`, from 1 on. The other parts are others' (assets/shared/address.js). */

const KEY = 'regions=';

const parts = () => location.hash.replace(/^#/, '').split('&').filter(Boolean);

/** @returns {Set<string>} numbers of tiles, as text; anyone may have written them */
function numbers() {
  const part = parts().find((one) => one.startsWith(KEY));
  return new Set(part?.slice(KEY.length).split(',').filter((number) => /^\d{1,3}$/.test(number)));
}

/** @param {Element} element a tile's, in its place among the others @returns {string} */
const numberOf = (element) => String([...element.parentElement.querySelectorAll('.map-tile')].indexOf(element) + 1);

/** @param {Element} element a tile's @returns {boolean} whether the address has it show regions */
export const hasRegions = (element) => numbers().has(numberOf(element));

/** @param {Element} element a tile's @param {boolean} on */
export function keepRegions(element, on) {
  const shown = numbers();
  if (on) shown.add(numberOf(element));
  else shown.delete(numberOf(element));
  const rest = parts().filter((part) => !part.startsWith(KEY));
  const hash = [...rest, ...(shown.size ? [KEY + [...shown].sort().join()] : [])].join('&');
  history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
}
