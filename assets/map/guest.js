/** The dropped image on a map: not projected itself, but placed between its nearest neighbours, wherever these lie. */
import { url } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';

const KEPT = 32;
const SIZE = 40;

/** @type {Map<string, Promise<Place|null>>} by token and space; last asked last */
const places = new Map();

/** @typedef {{indices: number[], weights: number[]}} Place the nearest samples in a space, with weights of sum 1 */

/** @returns {Promise<Place|null>} null where the server does not know it */
function fetchPlace(token, space) {
  const key = `${token}|${space}`;
  if (!places.has(key)) {
    const promise = fetch(url(`api/guest/${token}/place`, { space }), { cache: 'no-store' })
      .then((response) => (response.ok ? response.json() : null))
      .catch(() => null);
    // What is not known now may be later.
    promise.then((place) => place || places.delete(key));
    places.set(key, promise);
    if (places.size > KEPT) places.delete(places.keys().next().value);
  }
  return places.get(key);
}

/** Where the dropped image is in the layout of one map, while that changes. */
export class GuestPlace {
  #space = null;
  /** @type {Place|null} among the points where the morph began, and where it ends */
  #from = null;
  #to = null;
  #changed;
  #off;

  /** @param {() => void} changed the image came, went, or has found its place */
  constructor(changed) {
    this.#changed = changed;
    this.#off = hub.on('guest', () => this.#find());
    this.#find();
  }

  /** @param {{key: string}} layout that the map shows from now on: "dense|tsne" */
  follow(layout) {
    const space = layout.key.slice(0, layout.key.lastIndexOf('|'));
    this.#from = this.#to;
    if (space === this.#space) return;
    this.#space = space;
    this.#find();
  }

  async #find() {
    const { guest } = hub;
    const space = this.#space;
    if (guest?.state !== 'done' || !space) {
      this.#from = this.#to = null;
      return this.#changed();
    }
    const place = await fetchPlace(guest.token, space);
    if (hub.guest?.token !== guest.token || space !== this.#space) return;
    this.#from ??= place;
    this.#to = place;
    this.#changed();
  }

  /** @param {import('./morph.js').Morph} morph @returns {[number, number]|null} world coordinates, now */
  at(morph) {
    if (!this.#to || !morph.end) return null;
    const end = mean(this.#to, morph.end);
    if (!morph.running || !this.#from) return end;
    const start = mean(this.#from, morph.start);
    return [0, 1].map((axis) => start[axis] + (end[axis] - start[axis]) * morph.mixed);
  }

  destroy() {
    this.#off();
  }
}

function mean({ indices, weights }, points) {
  const at = [0, 0];
  indices.forEach((index, k) => [0, 1].forEach((axis) => { at[axis] += weights[k] * points[2 * index + axis]; }));
  return at;
}

/** @returns {string} what the marker stands for, in one sentence */
export function guestSentence() {
  const { guest } = hub;
  const name = guest?.predicted === undefined ? '' : `, predicted ${study.className(guest.predicted)}`;
  return `Your image${name}: placed between its nearest neighbours.`;
}

/** The marker over a map: a ring at the place, the thumbnail beside it. */
export class GuestMarker {
  #host;
  #place;
  #image = make('img', { alt: '' });
  #element;

  /** @param {HTMLElement} host positioned, as large as the canvas @param {() => void} changed asks for `update` */
  constructor(host, changed) {
    this.#host = host;
    this.#place = new GuestPlace(changed);
    const link = make('a', { class: 'map-guest-image', 'data-page': 'similar', on: { click: () => hub.setAnchor(null) } }, [this.#image, make('span', { text: 'your image' })]);
    link.href = document.querySelector('nav a[data-page="similar"]')?.href ?? 'similar';
    this.#element = make('div', { class: 'map-guest', hidden: true }, [make('i'), link]);
    host.append(this.#element);
  }

  follow(layout) {
    this.#place.follow(layout);
  }

  /** @param {import('./morph.js').Morph} morph @param {import('./camera.js').Camera} camera */
  update(morph, camera) {
    const world = this.#place.at(morph);
    const at = world && camera.toScreen(...world);
    const inside = at && at[0] >= 0 && at[1] >= 0 && at[0] <= camera.width && at[1] <= camera.height;
    this.#element.hidden = !inside;
    if (!inside) return;
    const { token } = hub.guest;
    if (this.#element.dataset.token !== token) {
      this.#element.dataset.token = token;
      this.#image.src = url(`api/guest/${token}.png`);
      this.#element.lastChild.title = guestSentence();
      this.#element.lastChild.setAttribute('aria-label', `${guestSentence()} See similar images.`);
    }
    this.#element.style.transform = `translate(${at[0]}px, ${at[1]}px)`;
    this.#element.classList.toggle('map-guest-left', at[0] + 3 * SIZE > this.#host.clientWidth);
    this.#element.classList.toggle('map-guest-below', at[1] < 1.5 * SIZE);
  }

  destroy() {
    this.#place.destroy();
    this.#element.remove();
  }
}
