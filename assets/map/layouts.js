/** Layouts fetched from the server, aligned, and shared by all tiles that show the same space. */
import { alignTo, normalise, placementOf, robustBox } from './align.js';
import { askForLayout, fetchLayout } from '../shared/api.js';
import { study } from '../shared/study.js';

// Eight megabytes each at a million points.
const KEPT = 6;

/** @typedef {{key: string, points: Float32Array, version: number, box: object, placement: import('./align.js').Placement}} Layout */

/** @type {Map<string, Layout>} last used last */
const known = new Map();
const inFlight = new Map();
const asked = new Set();

/**
 * @param {string} space
 * @param {string} method
 * @param {number} version the version that the server's health reports
 * @param {Float32Array|null} reference (N * 2) what the asking tile shows: the new layout is turned to lie like it
 * @returns {Promise<Layout|null>} at least that version
 */
export function getLayout(space, method, version, reference) {
  const key = `${space}|${method}`;
  const held = known.get(key);
  if (held && held.version === version) {
    known.delete(key);
    known.set(key, held);
    return Promise.resolve(held);
  }
  if (!inFlight.has(key)) {
    const promise = load(key, space, method, reference).finally(() => inFlight.delete(key));
    inFlight.set(key, promise);
  }
  return inFlight.get(key);
}

async function load(key, space, method, reference) {
  const fetched = await fetchLayout(space, method);
  if (!fetched) return null;
  const points = normalise(fetched.points);
  const target = known.get(key)?.points ?? reference;
  if (target && target.length === points.length) alignTo(points, target);
  const placement = placementOf(fetched.points, points);
  const layout = { key, points, version: fetched.version, box: robustBox(points), placement };
  known.delete(key);
  known.set(key, layout);
  if (known.size > KEPT) known.delete(known.keys().next().value);
  return layout;
}

/** Asks the server to compute a layout; once a page, since the server keeps on by itself. */
export function requestLayout(space, method) {
  const key = `${space}|${method}`;
  if (asked.has(key)) return;
  asked.add(key);
  askForLayout(space, method).then(() => study.hurry());
}

/** After the server was away it may be a new one, which was never asked. */
export function forgetRequests() {
  asked.clear();
}
