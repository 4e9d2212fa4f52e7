/** Which samples the legends leave visible: one mask for all tiles, so that the same ones disappear everywhere. */
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';

let cached = null;

const forget = () => {
  cached = null;
};
hub.on('hidden', forget);
study.on('column', forget);
study.on('info', forget);

/** @returns {Uint8Array|null} (N,), 1 where visible; null when nothing is hidden */
export function visibleMask() {
  if (cached !== null) return cached.mask;
  let mask = null;
  for (const [field, classes] of Object.entries(hub.hidden)) {
    const values = study.columns.get(field);
    if (!classes.size) continue;
    if (!values) {
      study.column(field);
      continue;
    }
    mask ??= new Uint8Array(study.n).fill(1);
    for (let i = 0; i < values.length; i++) if (classes.has(values[i])) mask[i] = 0;
  }
  cached = { mask };
  return mask;
}

// A sample that is hidden must not stay selected by hand: what is exported is what was seen. What a query found stays found.
hub.on('hidden', () => {
  const mask = visibleMask();
  if (!hub.selection || !mask || hub.origin === 'query') return;
  hub.setSelection(hub.selection.map((selected, i) => selected & mask[i]), hub.origin);
});
