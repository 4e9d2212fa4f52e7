/** The grid of tags and runs; only what is in view is loaded. */
import { make } from '../../shared/dom.js';
import { breakable } from '../media/taglist.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { Cell } from './cell.js';

// So far beside the view, in pixels, images are loaded already.
const MARGIN = '300px';

export class Grid {
  /** @type {(cell: Cell) => void} */
  onOpen = () => {};
  /** @type {(cell: Cell) => void} a cell came into view */
  onView = () => {};
  /** @type {Cell[]} those in the document */
  cells = [];
  #known = new Map();
  #heads = new Map();
  #drawn = '';
  #observer;

  constructor() {
    this.element = make('div', { class: 'images-grid' });
    this.#observer = new IntersectionObserver((entries) => this.#see(entries), { root: this.element, rootMargin: MARGIN });
  }

  /** @param {import('../state.js').Run[]} runs @param {string[]} tags @param {number} side pixels */
  lay(runs, tags, side) {
    this.element.style.setProperty('--image-side', `${side}px`);
    const drawn = JSON.stringify([runs.map(({ id }) => id), tags]);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#build(runs, tags);
    }
    for (const run of runs) this.#name(run);
  }

  #build(runs, tags) {
    const isSingle = runs.length === 1;
    this.element.classList.toggle('images-single', isSingle);
    this.element.style.setProperty('--runs', String(runs.length));
    this.cells = tags.flatMap((tag) => runs.map((run) => this.#cell(run, tag)));
    const heads = runs.map((run) => this.#head(run));
    const rows = tags.flatMap((tag) => {
      const cells = runs.map((run) => this.#cell(run, tag).element);
      const name = make('h3', { class: 'images-tag', text: breakable(tag), title: tag });
      return isSingle ? [make('div', { class: 'images-one' }, [name, ...cells])] : [name, ...cells];
    });
    const corner = isSingle ? [] : [make('span', { class: 'images-corner' })];
    this.element.replaceChildren(...corner, ...heads, ...rows);
    this.#forget();
  }

  /** Cells that are gone are not watched; their pictures are in the browser's cache. */
  #forget() {
    const kept = new Set(this.cells);
    for (const [key, cell] of this.#known) {
      if (kept.has(cell)) continue;
      this.#observer.unobserve(cell.element);
      this.#known.delete(key);
    }
  }

  #cell(run, tag) {
    const key = `${run.id}\n${tag}`;
    if (!this.#known.has(key)) {
      const cell = new Cell(run.id, tag);
      cell.onOpen = () => this.onOpen(cell);
      this.#known.set(key, cell);
      cell.element.cell = cell;
      this.#observer.observe(cell.element);
    }
    return this.#known.get(key);
  }

  #head(run) {
    if (!this.#heads.has(run.id)) {
      const mark = runMark(run);
      const name = make('b');
      this.#heads.set(run.id, { mark, name, element: make('div', { class: 'images-run' }, [mark, name]) });
    }
    return this.#heads.get(run.id).element;
  }

  #name(run) {
    const head = this.#heads.get(run.id);
    paintMark(head.mark, run);
    head.name.textContent = training.name(run);
    head.name.title = run.name;
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      target.cell.inView = isIntersecting;
      if (isIntersecting) this.onView(target.cell);
    }
  }
}
