/** What a person picks anywhere is gathered by the pool: the image looked at, and every selection made. */
import { indicesOf } from './bits.js';
import { hub } from './hub.js';

export function gatherPicks() {
  hub.on('focus', () => hub.focus !== null && hub.gather([hub.focus], 'focus'));
  hub.on('selection', () => {
    // What was picked in the pool is there already.
    if (hub.selection && hub.origin !== 'pool') hub.gather(Array.from(indicesOf(hub.selection)), hub.origin);
  });
}
