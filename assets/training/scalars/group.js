/** A group of charts under a heading that folds it. A chart is made when its place comes into sight. */
import { make } from '../../shared/dom.js';

const AHEAD = '300px';

export class Group {
  #make;
  #places = new Map();
  #grid = make('div', { class: 'scalars-grid' });
  #count = make('small');
  #heading;
  #watch;

  /**
   * @param {string} title @param {{folded: boolean, fold: (folded: boolean) => void, card: (tag: string) => import('../chart/card.js').ChartCard}} options
   */
  constructor(title, { folded, fold, card }) {
    this.#make = card;
    this.#heading = make('button', { type: 'button', class: 'scalars-fold', 'aria-expanded': String(!folded) }, [make('span', { text: title }), this.#count]);
    this.#heading.addEventListener('click', () => {
      const next = !this.#grid.hidden;
      this.#grid.hidden = next;
      this.#heading.setAttribute('aria-expanded', String(!next));
      fold(next);
    });
    this.#grid.hidden = folded;
    this.element = make('section', { class: 'scalars-group', 'aria-label': title }, [make('h2', {}, [this.#heading]), this.#grid]);
    this.#watch = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && this.#fill(entry.target)), { rootMargin: AHEAD });
  }

  /** @param {string[]} tags */
  show(tags) {
    this.#count.textContent = ` ${tags.length}`;
    const wanted = new Set(tags);
    for (const [tag, place] of this.#places) {
      if (wanted.has(tag)) continue;
      this.#watch.unobserve(place.element);
      place.card?.destroy();
      place.element.remove();
      this.#places.delete(tag);
    }
    let before = null;
    for (const tag of tags) {
      const { element } = this.#place(tag);
      const due = before ? before.nextSibling : this.#grid.firstChild;
      // Moving an element that is in its place already would lose the keyboard's.
      if (element !== due) this.#grid.insertBefore(element, due);
      before = element;
    }
  }

  #place(tag) {
    if (!this.#places.has(tag)) {
      const element = make('div', { class: 'scalars-place', 'data-tag': tag });
      this.#places.set(tag, { element, card: null });
      this.#watch.observe(element);
    }
    return this.#places.get(tag);
  }

  #fill(element) {
    const { tag } = element.dataset;
    const place = this.#places.get(tag);
    if (!place || place.card) return;
    this.#watch.unobserve(element);
    place.card = this.#make(tag);
    element.append(place.card.element);
  }

  /** @returns {[string, import('../chart/card.js').ChartCard][]} the charts that were made */
  get cards() {
    return [...this.#places].filter(([, { card }]) => card).map(([tag, { card }]) => [tag, card]);
  }

  destroy() {
    this.#watch.disconnect();
    for (const [, card] of this.cards) card.destroy();
    this.element.remove();
  }
}
