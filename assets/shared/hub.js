/**
 * The state that all tiles and panels share: one focused sample, one hovered one, one selection, one query,
 * the hidden classes, the layer and the method. Events are named after the field that changed.
 */
import { Events } from './events.js';

export class Hub extends Events {
  /** @type {string} name of the page shown */
  page = 'explore';
  /** @type {number|null} the sample that the inspector shows */
  focus = null;
  /** @type {number|null} the sample under the pointer, in whichever tile */
  hover = null;
  /** @type {Object<string, Set<number>>} hidden class numbers by field; wrong is 0, correct 1 */
  hidden = { label: new Set(), predicted: new Set(), correct: new Set() };
  /** @type {Uint8Array|null} one byte a sample, 1 where selected; null when nothing is */
  selection = null;
  selectionCount = 0;
  /** @type {'query'|'maps'|'table'|'pool'|'similar'|'address'|null} where the selection was made last */
  origin = null;
  /** @type {string} the typed query that is applied, '' for none; set by queries.js alone */
  query = '';
  /** @type {{query: string, error: Error}|null} the query of the address, where it could not be applied */
  mistake = null;
  /** @type {string|null} under which the server keeps a selection that no query describes */
  token = null;
  /** @type {number|null} the sample whose similar images are asked for */
  anchor = null;
  /** @type {object|null} an image that is not of the dataset, dropped on the page */
  guest = null;
  /** @type {string|null} key of the layer that "the hidden layer" stands for */
  layer = null;
  /** @type {string|null} "pca", "tsne" or "umap" */
  method = null;

  setPage(name) {
    this.#assign('page', name);
  }

  setFocus(index) {
    this.#assign('focus', asIndex(index));
  }

  setHover(index) {
    this.#assign('hover', index ?? null);
  }

  setLayer(key) {
    this.#assign('layer', key ?? null);
  }

  setMethod(method) {
    this.#assign('method', method ?? null);
  }

  setQuery(text) {
    this.#assign('query', text);
  }

  setToken(token) {
    this.#assign('token', token);
  }

  setAnchor(index) {
    this.#assign('anchor', asIndex(index));
  }

  setGuest(guest) {
    this.#assign('guest', guest);
  }

  /** @param {string} field @param {Iterable<number>} classes the classes to hide, and no others */
  setHidden(field, classes) {
    const next = new Set(classes);
    const before = this.hidden[field] ?? new Set();
    if (next.size === before.size && [...next].every((value) => before.has(value))) return;
    this.hidden = { ...this.hidden, [field]: next };
    this.emit('hidden', field);
  }

  toggleHidden(field, value) {
    const next = new Set(this.hidden[field] ?? []);
    if (!next.delete(value)) next.add(value);
    this.setHidden(field, next);
  }

  /** Hides every class of `all` but `value`; shows all again when it already stood alone. */
  isolate(field, value, all) {
    const others = all.filter((other) => other !== value);
    const hidden = this.hidden[field] ?? new Set();
    const alone = !hidden.has(value) && others.every((other) => hidden.has(other));
    this.setHidden(field, alone ? [] : others);
  }

  /** @param {Uint8Array|null} mask one byte a sample, 1 where selected @param {string} origin see the field */
  setSelection(mask, origin = 'maps') {
    let count = 0;
    for (let i = 0; mask && i < mask.length; i++) count += mask[i];
    this.origin = origin;
    if (count === 0 && this.selectionCount === 0) return;
    this.selection = count ? mask : null;
    this.selectionCount = count;
    this.emit('selection');
  }

  /** Asks the pool to gather images. @param {number[]} indices @param {string} why an origin, or "focus" */
  gather(indices, why) {
    if (indices.length) this.emit('gather', { indices, why });
  }

  #assign(field, value) {
    if (this[field] === value) return;
    this[field] = value;
    this.emit(field);
  }
}

const asIndex = (index) => (Number.isInteger(index) && index >= 0 ? index : null);

export const hub = new Hub();
