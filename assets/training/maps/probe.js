/** What the network says at a place: a small card beside the crosshair, with the likeliest classes. */
import { make } from '../../shared/dom.js';
import { short } from '../media/numbers.js';
import { swatch } from './legend.js';

const MOST = 5;
const GAP = 14;

export class Probe {
  #place = make('p', { class: 'class-probe-place' });
  #rows = make('dl', { class: 'class-probe-rows' });

  constructor() {
    this.element = make('div', { class: 'class-probe', hidden: true }, [this.#place, this.#rows]);
  }

  hide() {
    this.element.hidden = true;
  }

  /**
   * @param {{x: number, y: number}} place @param {{left: number, top: number}} pixel of the crosshair
   * @param {Float64Array|null} shares null where nothing is known @param {import('./legend.js').ClassLook} look
   * @param {{pinned: boolean, width: number, height: number}} card
   */
  show(place, pixel, shares, look, { pinned, width, height }) {
    this.#place.textContent = `x ${short(place.x)}, y ${short(place.y)}${pinned ? ', pinned' : ''}`;
    this.#rows.replaceChildren(
      ...(shares
        ? likeliest(shares).map((label) => row(label, shares[label], look))
        : [make('p', { class: 'waiting', text: 'nothing recorded here' })]),
    );
    this.element.classList.toggle('is-pinned', pinned);
    this.element.hidden = false;
    // Never over the crosshair, nor beyond the card.
    const { offsetWidth, offsetHeight } = this.element;
    const right = pixel.left + GAP + offsetWidth <= width;
    const below = pixel.top + GAP + offsetHeight <= height;
    this.element.style.left = `${Math.max(0, right ? pixel.left + GAP : pixel.left - GAP - offsetWidth)}px`;
    this.element.style.top = `${Math.max(0, below ? pixel.top + GAP : pixel.top - GAP - offsetHeight)}px`;
  }

  /** @returns {string} in words */
  get words() {
    return `${this.#place.textContent}: ${[...this.#rows.children].map((line) => line.textContent).join(', ')}`;
  }
}

function row(label, share, look) {
  const bar = make('i');
  bar.style.width = `${100 * share}%`;
  bar.style.background = look.css(label);
  return make('div', { class: 'class-probe-row', 'data-class': String(label) }, [
    swatch(label, look),
    make('dt', { text: look.name(label) }),
    make('span', { class: 'class-probe-bar', 'aria-hidden': 'true' }, [bar]),
    make('dd', { text: percent(share) }),
  ]);
}

/** @returns {number[]} the classes of the largest shares */
function likeliest(shares) {
  return [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, MOST);
}

/** Never 100 % or 0 % for what is not. */
export function percent(share) {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  if (share < 1 && share > 0.9995) return '> 99.9 %';
  return `${(100 * share).toFixed(1)} %`;
}
