/** The grid of the charts; only those in view are read and drawn. */
import { make } from '../../shared/dom.js';
import { Card } from './card.js';

// So far beside the view, in pixels, charts are drawn already.
const MARGIN = '200px';
// So few tags have large charts.
const FEW = 2;

export class Grid {
  /** @type {() => void} a chart came into view, or changed its size */
  onView = () => {};
  /** @type {Map<string, Card>} by tag, those in the document */
  cards = new Map();
  element = make('div', { class: 'pr-grid' });
  #hide;
  #drawn = '';
  #observer;

  /** @param {(run: string) => void} hide */
  constructor(hide) {
    this.#hide = hide;
    this.#observer = new IntersectionObserver((entries) => this.#see(entries), { root: this.element, rootMargin: MARGIN });
  }

  /** @param {string[]} tags */
  lay(tags) {
    const drawn = JSON.stringify(tags);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const known = this.cards;
    this.cards = new Map(tags.map((tag) => [tag, known.get(tag) ?? this.#make(tag)]));
    for (const [tag, card] of known) if (!this.cards.has(tag)) this.#forget(card);
    this.element.dataset.count = tags.length <= FEW ? String(tags.length) : 'many';
    this.element.replaceChildren(...[...this.cards.values()].map((card) => card.element));
  }

  #make(tag) {
    const card = new Card(tag, this.#hide);
    card.onSize = () => this.onView();
    card.element.card = card;
    this.#observer.observe(card.element);
    return card;
  }

  #forget(card) {
    this.#observer.unobserve(card.element);
    card.destroy();
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) target.card.inView = isIntersecting;
    this.onView();
  }
}
