/** What lies over a map's canvas: rings round the focused and the hovered sample, small images, the lasso's line. */
import { imageUrl } from '../shared/api.js';
import { make, overlayPath } from '../shared/dom.js';
import { showPicture } from '../shared/pictures.js';
import { Tooltip } from './tooltip.js';

export class Overlay {
  #host;
  #focus = make('div', { class: 'map-ring map-ring-focus', hidden: true });
  #hover = make('div', { class: 'map-ring map-ring-hover', hidden: true });
  #image = make('img', { class: 'map-mini', alt: '', hidden: true });
  #lasso = overlayPath('map-lasso');
  #tooltip;
  #hovered = null;

  /** @param {HTMLElement} host positioned, as large as the canvas */
  constructor(host) {
    this.#host = host;
    this.#tooltip = new Tooltip(host);
    host.append(this.#lasso.ownerSVGElement, this.#focus, this.#hover, this.#image);
  }

  /**
   * @param {{at: [number, number]|null, side: number}} focus where the focused sample is, CSS pixels, and the side of its
   *   image when that is drawn; null when it is not to be seen
   * @param {{at: [number, number]|null, side: number}} hover the same of the hovered sample
   * @param {number|null} index the hovered sample
   * @param {boolean} here whether the pointer is in this tile: the full tooltip, else the image alone
   */
  update(focus, hover, index, here) {
    encircle(this.#focus, focus, 18);
    encircle(this.#hover, hover, 22);
    const shown = hover.at ? index : null;
    // The image itself is there already.
    const small = shown !== null && !here && !hover.side;
    if (!small) this.#image.hidden = true;
    if (!here || shown === null) this.#tooltip.hide();
    else this.#tooltip.show(shown, hover.at);
    if (small) this.#showImage(shown, hover.at);
    this.#hovered = shown;
  }

  #showImage(index, [x, y]) {
    if (this.#hovered !== index || this.#image.hidden) showPicture(this.#image, imageUrl(index));
    const left = x + 58 < this.#host.clientWidth ? x + 12 : x - 54;
    const top = Math.min(Math.max(4, y - 21), this.#host.clientHeight - 46);
    place(this.#image, [left, top]);
  }

  /** @param {number[][]} polygon CSS pixels; an empty one takes the line away */
  drawLasso(polygon) {
    const line = polygon.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L');
    this.#lasso.setAttribute('d', line ? `M${line}Z` : '');
  }
}

function encircle(ring, { at, side }, diameter) {
  const size = side ? side + diameter - 10 : diameter;
  ring.style.width = ring.style.height = `${size}px`;
  ring.classList.toggle('map-ring-square', side > 0);
  place(ring, at && [at[0] - size / 2, at[1] - size / 2]);
}

function place(element, at) {
  element.hidden = !at;
  if (at) element.style.transform = `translate(${at[0]}px, ${at[1]}px)`;
}
