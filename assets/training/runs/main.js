/** Which tags tell how good a run is, for the table and the parallel coordinates. */
import { LiveTags, QUANTITIES } from '../live/tags.js';

/** Events: `change`. */
class MainTags extends LiveTags {
  /** @returns {string[]} the best first; none before the server has said it */
  get main() {
    const first = (quantity, split) => this.tags[quantity]?.[split]?.find((tag) => !tag.startsWith('batch')) ?? [];
    return ['validation', 'training'].flatMap((split) => QUANTITIES.flatMap((quantity) => first(quantity, split)));
  }
}

export const mainTags = new MainTags();
