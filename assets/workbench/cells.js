/**
 * Very many cells of one size, of which only those in view are in the document: a grid that scrolls down, or a strip
 * that scrolls sideways. Arrow keys go from cell to cell; one of them is in the order of tabs.
 */
import { make } from '../shared/dom.js';

// While a scroll rushes past, its images are not asked for.
const REST_MS = 90;

export class Cells {
  #scroller;
  #space = make('div', { class: 'cells-space', role: 'presentation' });
  #options;
  #count = 0;
  #current = 0;
  #shown = new Map();
  #box = { width: 1, height: 1, columns: 1 };
  #frame = 0;
  #rest = 0;
  #scrolledAt = -Infinity;

  /**
   * @param {HTMLElement} scroller
   * @param {object} options
   * @param {boolean} [options.sideways] a strip
   * @param {(width: number, height: number) => {width: number, height: number, columns: number}} options.measure a cell's
   *   size in pixels within a scroller of that size, and how many stand side by side (1 in a strip)
   * @param {(position: number) => HTMLElement} options.render a cell; its images may wait as `data-src`
   * @param {(position: number) => void} [options.reached] by an arrow key
   */
  constructor(scroller, options) {
    this.#scroller = scroller;
    this.#options = options;
    scroller.classList.add('cells');
    scroller.setAttribute('role', 'list');
    scroller.append(this.#space);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    scroller.addEventListener('keydown', (event) => this.#press(event));
    scroller.addEventListener('focusin', (event) => this.#enter(event));
    if (options.sideways) scroller.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    new ResizeObserver(() => this.#resize()).observe(scroller);
    this.#resize();
  }

  get count() {
    return this.#count;
  }

  /** Draws all anew: the number of cells, or what is in them, has changed. */
  show(count) {
    const held = this.#scroller.contains(document.activeElement);
    this.#count = count;
    this.#current = Math.max(0, Math.min(this.#current, count - 1));
    for (const cell of this.#shown.values()) cell.remove();
    this.#shown.clear();
    this.#resize();
    if (held) this.#focus(this.#current);
  }

  /** @param {(cell: HTMLElement, position: number) => void} change for every cell in the document */
  each(change) {
    for (const [position, cell] of this.#shown) change(cell, position);
  }

  /** Scrolls a cell into view. */
  reveal(position) {
    const { sideways } = this.#options;
    const step = this.#step;
    const from = this.#line(position) * step;
    const side = sideways ? 'scrollLeft' : 'scrollTop';
    const room = this.#room;
    if (from < this.#scroller[side]) this.#scroller[side] = from;
    else if (from + step > this.#scroller[side] + room) this.#scroller[side] = from + step - room;
    this.#draw();
  }

  rewind() {
    this.#current = 0;
    this.#scroller.scrollTo(0, 0);
    this.#draw();
  }

  get #step() {
    return this.#options.sideways ? this.#box.width : this.#box.height;
  }

  get #room() {
    return this.#options.sideways ? this.#scroller.clientWidth : this.#scroller.clientHeight;
  }

  #line(position) {
    return Math.floor(position / this.#box.columns);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#scroller;
    if (!clientWidth || !clientHeight) return;
    const box = this.#options.measure(clientWidth, clientHeight);
    const changed = ['width', 'height', 'columns'].some((name) => box[name] !== this.#box[name]);
    this.#box = box;
    const lines = Math.ceil(this.#count / box.columns);
    const along = `${lines * this.#step}px`;
    this.#space.style.width = this.#options.sideways ? along : '100%';
    this.#space.style.height = this.#options.sideways ? `${box.height}px` : along;
    this.#scroller.style.setProperty('--cell-width', `${box.width}px`);
    this.#scroller.style.setProperty('--cell-height', `${box.height}px`);
    if (changed) for (const [position, cell] of this.#shown) this.#place(cell, position);
    this.#draw();
  }

  #scrolled() {
    this.#scrolledAt = performance.now();
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { columns } = this.#box;
    const at = this.#options.sideways ? this.#scroller.scrollLeft : this.#scroller.scrollTop;
    const first = Math.max(0, Math.floor(at / this.#step) - 1) * columns;
    const last = Math.min(this.#count, (Math.ceil((at + this.#room) / this.#step) + 1) * columns);
    const wanted = new Set();
    for (let position = first; position < last; position++) wanted.add(position);
    // The cell that holds the keyboard's focus must not vanish under it.
    if (this.#current < this.#count) wanted.add(this.#current);
    for (const [position, cell] of this.#shown) {
      if (wanted.has(position)) continue;
      cell.remove();
      this.#shown.delete(position);
    }
    for (const position of wanted) if (!this.#shown.has(position)) this.#add(position);
    this.#load();
  }

  #add(position) {
    const cell = this.#options.render(position);
    cell.classList.add('cell');
    cell.setAttribute('role', 'listitem');
    cell.setAttribute('aria-setsize', this.#count);
    cell.setAttribute('aria-posinset', position + 1);
    cell.dataset.position = position;
    this.#place(cell, position);
    this.#tab(cell, position === this.#current);
    this.#shown.set(position, cell);
    this.#space.append(cell);
  }

  #place(cell, position) {
    const { width, height, columns } = this.#box;
    const [line, column] = [this.#line(position), position % columns];
    const [x, y] = this.#options.sideways ? [line * width, 0] : [column * width, line * height];
    cell.style.transform = `translate(${x}px, ${y}px)`;
  }

  #load() {
    clearTimeout(this.#rest);
    if (performance.now() - this.#scrolledAt < REST_MS) {
      this.#rest = setTimeout(() => this.#load(), REST_MS);
      return;
    }
    for (const image of this.#space.querySelectorAll('img[data-src]')) {
      image.src = image.dataset.src;
      delete image.dataset.src;
    }
  }

  // ---- keyboard

  #tab(cell, on) {
    for (const button of cell.querySelectorAll('button')) button.tabIndex = on ? 0 : -1;
  }

  #enter(event) {
    const cell = event.target.closest('.cell');
    if (cell) this.#become(Number(cell.dataset.position));
  }

  #become(position) {
    const before = this.#shown.get(this.#current);
    this.#current = position;
    if (before) this.#tab(before, false);
    const cell = this.#shown.get(position);
    if (cell) this.#tab(cell, true);
  }

  #focus(position) {
    this.#become(position);
    this.reveal(position);
    this.#shown.get(position)?.querySelector('button')?.focus({ preventScroll: true });
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest('.cell')) return;
    const { columns } = this.#box;
    const page = Math.max(1, Math.floor(this.#room / this.#step)) * columns;
    const across = this.#options.sideways ? 0 : columns;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, PageDown: page, PageUp: -page, Home: -this.#count, End: this.#count };
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const wanted = this.#current + steps[event.key];
    // A step down from the last full line must not jump aside.
    if (event.key.startsWith('Arrow') && (wanted < 0 || wanted >= this.#count)) return;
    const position = Math.max(0, Math.min(this.#count - 1, wanted));
    if (position === this.#current) return;
    this.#focus(position);
    this.#options.reached?.(position);
  }

  /** A wheel that only turns up and down moves the strip sideways. */
  #turn(event) {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.ctrlKey) return;
    event.preventDefault();
    this.#scroller.scrollLeft += event.deltaY;
  }
}
