/** The card at an empty place of a map: what the network would say there, and the nearest images. */
import { imageUrl } from '../shared/api.js';
import { css, palette } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';

const GAP = 12;
const SIDE = 64;
const SAID = 'What the network would say here';
// Smaller probabilities than this are not worth a line.
const WORTH = 0.0005;

export class PlaceCard {
  #host;
  #back;
  #ring = make('div', { class: 'map-region-place', hidden: true });
  #element = make('div', { class: 'map-region-card', role: 'dialog', 'aria-label': SAID, hidden: true });
  /** @type {[number, number]|null} where, in the map's world */
  #world = null;
  #asking = null;
  #escape = (event) => this.#key(event);
  #scrolled = () => this.#placeAgain();

  /**
   * @param {HTMLElement} host positioned, as large as the canvas
   * @param {() => void} back gives the keys back to the map
   */
  constructor(host, back) {
    this.#host = host;
    this.#back = back;
    host.append(this.#ring, this.#element);
  }

  /**
   * @param {[number, number]} world
   * @param {(signal: AbortSignal) => Promise<object>} fetchPlace @param {boolean} byKey the keys go to the card
   */
  async open(world, fetchPlace, byKey) {
    this.close();
    this.#world = world;
    const asking = new AbortController();
    const active = document.activeElement;
    this.#asking = asking;
    this.#element.replaceChildren(make('p', { class: 'map-region-sentence', text: 'Asking…' }));
    addEventListener('keydown', this.#escape, true);
    addEventListener('scroll', this.#scrolled, true);
    let content;
    try {
      content = this.#describe(await fetchPlace(asking.signal));
    } catch (error) {
      if (error.name === 'AbortError') return;
      content = [this.#head(error.message)];
    }
    if (this.#asking !== asking) return;
    this.#element.replaceChildren(...content);
    // Who went on to something else meanwhile is left there.
    if (byKey && active === document.activeElement) this.#element.querySelector('button')?.focus();
    this.#placeAgain();
  }

  close() {
    if (!this.#world) return;
    const held = this.#element.contains(document.activeElement);
    this.#asking?.abort();
    this.#asking = this.#world = null;
    this.#element.hidden = this.#ring.hidden = true;
    removeEventListener('keydown', this.#escape, true);
    removeEventListener('scroll', this.#scrolled, true);
    if (held) this.#back();
  }

  #key(event) {
    if (event.key !== 'Escape' || document.querySelector(':popover-open') || !this.#isSeen()) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    // This Escape means the card, not the selection.
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  /** On another page it is still open. */
  #isSeen() {
    return this.#element.checkVisibility({ visibilityProperty: true });
  }

  #camera = null;

  #placeAgain() {
    if (this.#camera) this.update(this.#camera);
  }

  /** Follows the camera. */
  update(camera) {
    this.#camera = camera;
    if (!this.#world) return;
    const [x, y] = camera.toScreen(...this.#world);
    const inside = x >= 0 && y >= 0 && x <= camera.width && y <= camera.height;
    this.#element.hidden = this.#ring.hidden = !inside;
    if (!inside) return;
    this.#ring.style.transform = `translate(${x}px, ${y}px)`;
    this.#element.style.transform = `translate(${this.#beside(x, y).map(Math.round).join('px, ')}px)`;
  }

  /** Where the card stands, in the window: it never covers its place, and leaves the map only where that is too small. */
  #beside(x, y) {
    const { offsetWidth: width, offsetHeight: height } = this.#element;
    const host = this.#host.getBoundingClientRect();
    const [atX, atY] = [host.left + x, host.top + y];
    const [right, left] = [atX + GAP, atX - GAP - width];
    const [below, above] = [atY + GAP, atY - GAP - height];
    const fits = [right + width < host.right && right, left > host.left && left, right + width < innerWidth && right];
    const within = (value, low, high, size) => Math.max(low + 2, Math.min(value, high - size - 2));
    return [
      within(fits.find((value) => value !== false) ?? left, 0, innerWidth, width),
      within(below + height < host.bottom ? below : above, Math.min(host.top, innerHeight - height), innerHeight, height),
    ];
  }

  #head(text) {
    const about = { title: 'Close (Esc)', 'aria-label': 'Close', on: { click: () => this.close() } };
    const close = make('button', { type: 'button', class: 'map-region-close', text: '✕', ...about });
    return make('div', { class: 'map-region-head' }, [make('b', { text }), close]);
  }

  #describe({ probabilities, extrapolates, nearest, sentence }) {
    const [first] = probabilities;
    const worthy = probabilities.filter(({ probability }, rank) => rank < 2 || probability >= WORTH);
    const tone = `map-region-sentence${extrapolates ? ' map-region-warning' : ''}`;
    const images = { class: 'map-region-nearest', role: 'group', 'aria-label': 'The nearest images on the map' };
    return [
      this.#head(`Here: ${first.name}, ${percent(first.probability)}`),
      make('ul', { class: 'map-region-bars' }, worthy.map(bar)),
      make('p', { class: tone, text: `${extrapolates ? '▨ ' : ''}${sentence}` }),
      make('div', images, nearest.map(thumbnail)),
    ];
  }
}

const percent = (share) => (share > 0 && share < 0.001 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`);

function bar({ class: number, name, probability }) {
  const fill = make('i');
  fill.style.background = css(palette(number + 1)[number]);
  fill.style.width = `${100 * probability}%`;
  const track = make('span', { class: 'map-region-track' }, [fill]);
  const title = make('span', { class: 'map-region-class', text: name, title: name });
  return make('li', {}, [title, track, make('span', { class: 'map-region-share', text: percent(probability) })]);
}

function thumbnail(index) {
  const value = (column) => study.columns.get(column)?.[index];
  const [label, predicted] = [value('label'), value('predicted')];
  const said = [`#${index}`];
  if (label !== undefined) said.push(label < 0 ? study.className(label) : `label ${study.className(label)}`);
  if (predicted !== undefined) said.push(`predicted ${study.className(predicted)}`);
  const text = said.join(', ');
  const image = make('img', { src: imageUrl(index, SIDE), alt: '' });
  const look = study.isRight(index) === false ? 'map-region-wrong' : '';
  const about = { title: text, 'aria-label': `Look at ${text}`, on: { click: () => hub.setFocus(index) } };
  return make('button', { type: 'button', class: look, ...about }, [image]);
}
