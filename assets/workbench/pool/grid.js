/** All images of the pool over the stage of the page, however many: only what is in view is in the document. */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { hasLongNames } from '../card.js';
import { Cells } from '../cells.js';

const IMAGE = 84;
const LEAST_WIDTH = 92;

export class PoolGrid {
  #pool;
  #options;
  #title = make('h2');
  #list = make('div', { class: 'pool-all-list', 'aria-label': 'All images of the pool' });
  #element;

  /**
   * @param {import('./model.js').Pool} pool
   * @param {{card: (position: number) => HTMLElement, toggled: (open: boolean, held: boolean) => void}} options
   *   `held`: whether the keyboard's focus was within the grid when it closed
   */
  constructor(pool, options) {
    this.#pool = pool;
    this.#options = options;
    const close = make('button', { type: 'button', class: 'map-tool pool-close', text: '✕', title: 'Close (Esc)', 'aria-label': 'Close' });
    close.addEventListener('click', () => this.toggle(false));
    this.#element = make('section', { class: 'pool-all', hidden: true, 'aria-label': 'All images of the pool' }, [
      make('div', { class: 'pool-all-head' }, [this.#title, close]),
      this.#list,
    ]);
    this.#element.addEventListener('keydown', (event) => this.#press(event));
    // Wherever the keyboard's focus is: this Escape means the grid, not the selection.
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.open || event.defaultPrevented) return;
      event.preventDefault();
      this.toggle(false);
    });
    // Over the stage, which shares the dock's column.
    document.getElementById('content').append(this.#element);
    this.cells = new Cells(this.#list, { measure, render: options.card });
    hub.on('page', () => this.toggle(false));
  }

  get open() {
    return !this.#element.hidden;
  }

  toggle(open = !this.open) {
    if (open === this.open || (open && !this.#pool.count)) return;
    const held = this.#element.contains(document.activeElement);
    this.#element.hidden = !open;
    this.#options.toggled(open, held);
    if (!open) return;
    this.update();
    this.cells.rewind();
    this.#list.querySelector('button')?.focus();
  }

  update() {
    if (!this.open) return;
    const { count } = this.#pool;
    if (!count) {
      this.toggle(false);
      return;
    }
    this.#title.textContent = `Image pool: ${count.toLocaleString('en')} image${count === 1 ? '' : 's'}, the latest first`;
    this.cells.show(count);
  }

  #press(event) {
    const card = event.target.closest('.card');
    if (!card || (event.key !== 'Delete' && event.key !== 'Backspace')) return;
    event.preventDefault();
    this.#pool.remove(Number(card.dataset.index));
  }
}

function measure(width) {
  const columns = Math.max(1, Math.floor(width / LEAST_WIDTH));
  return { width: Math.floor(width / columns), height: IMAGE + (hasLongNames() ? 58 : 44), columns };
}
