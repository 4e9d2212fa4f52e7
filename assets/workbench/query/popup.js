/** A button that opens a list of anything: entries of a history, boxes for columns. */
import { make } from '../../shared/dom.js';

const GAP = 4;

/**
 * Puts an open popover below a place, above it where there is no room, and never beyond the window.
 * @param {HTMLElement} element @param {{left: number, right: number, top: number, bottom: number}} at @param {'left'|'right'} edge that is shared
 */
export function placeNear(element, at, edge) {
  element.style.maxHeight = '';
  const below = innerHeight - at.bottom - 2 * GAP;
  const above = at.top - 2 * GAP;
  const wanted = element.offsetHeight;
  const under = below >= Math.min(wanted, Math.max(above, 120));
  element.style.maxHeight = `${under ? below : above}px`;
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = edge === 'left' ? at.left : at.right - width;
  element.style.left = `${Math.max(GAP, Math.min(innerWidth - width - GAP, left))}px`;
  element.style.top = `${under ? at.bottom + GAP : at.top - GAP - height}px`;
}

export class Popup {
  /**
   * @param {HTMLButtonElement} button
   * @param {{title: string, fill: () => Node[], className?: string, anchor?: HTMLElement}} options `fill` makes the list
   *   anew each time that it opens; it stands at the left edge of `anchor`, or else at the right edge of the button
   */
  constructor(button, { title, fill, className = '', anchor = null }) {
    this.button = button;
    this.fill = fill;
    this.anchor = anchor;
    this.list = make('div', { class: `menu ${className}`, role: 'group', 'aria-label': title, popover: 'auto' });
    button.setAttribute('aria-expanded', 'false');
    button.popoverTargetElement = this.list;
    this.list.addEventListener('beforetoggle', ({ newState }) => newState === 'open' && this.list.replaceChildren(...this.fill()));
    this.list.addEventListener('toggle', ({ newState }) => {
      button.setAttribute('aria-expanded', String(newState === 'open'));
      if (newState !== 'open') return;
      this.#place();
      this.#items()[0]?.focus();
    });
    this.list.addEventListener('keydown', (event) => this.#onKey(event));
  }

  get isOpen() {
    return this.list.matches(':popover-open');
  }

  /** Shows the list anew, when it is shown. */
  refill() {
    if (!this.isOpen) return;
    const held = this.list.contains(document.activeElement);
    this.list.replaceChildren(...this.fill());
    this.#place();
    if (held) this.#items()[0]?.focus();
  }

  /** @param {boolean} [back] whether the button gets the focus */
  close(back = true) {
    if (this.isOpen) this.list.hidePopover();
    if (back) this.button.focus();
  }

  #place() {
    placeNear(this.list, (this.anchor ?? this.button).getBoundingClientRect(), this.anchor ? 'left' : 'right');
  }

  #items() {
    return [...this.list.querySelectorAll('button, input')].filter((item) => !item.disabled);
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') {
      this.close();
    } else if (step) {
      const items = this.#items();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    } else return;
    // This Escape means the list, not the selection.
    event.preventDefault();
    event.stopPropagation();
  }
}
