/**
 * The text field of the query bar, and a layer below its letters that paints them.
 *
 * The letters of the field itself are transparent: caret, selection, undo and input methods stay the browser's own. While
 * an input method composes, they are shown and the layer is not.
 */
import { icon, make } from '../../shared/dom.js';
import { study } from '../../shared/study.js';
import { paint } from './text.js';

const CROSS = 'M4.5 4.5l7 7M11.5 4.5l-7 7';
const RETURN = 'M13 4v4.5H4M7 5.5l-3 3 3 3';
const CHEVRON = 'M4 6l4 4 4-4';

export class QueryField {
  isComposing = false;
  #columns = new Set();
  #mistake = null;

  constructor() {
    this.input = make('input', {
      type: 'text', class: 'querybar-input', spellcheck: false, autocomplete: 'off', placeholder: `Query, such as  ${study.labelled ? 'loss > 2' : 'confidence < 0.5'}`,
      'aria-label': 'Query', 'aria-keyshortcuts': '/', 'aria-describedby': 'query-message', autocapitalize: 'off', maxLength: 1000, title: 'Query (press / to type here)',
    });
    this.layer = make('div', { class: 'querybar-paint', 'aria-hidden': 'true' });
    this.clear = make('button', { type: 'button', class: 'querybar-inner', title: 'Clear (Escape)', 'aria-label': 'Clear the query', hidden: true }, [icon(CROSS)]);
    this.go = make('button', { type: 'button', class: 'querybar-inner querybar-go', title: 'Apply (Enter)', 'aria-label': 'Apply the query', hidden: true }, [icon(RETURN)]);
    this.more = make('button', { type: 'button', class: 'querybar-inner', title: 'Recent queries and examples', 'aria-label': 'Recent queries and examples' }, [icon(CHEVRON)]);
    const text = make('div', { class: 'querybar-text' }, [this.layer, this.input]);
    this.element = make('div', { class: 'querybar-field' }, [text, this.go, this.clear, this.more]);
    this.#listen();
  }

  get value() {
    return this.input.value;
  }

  set value(text) {
    this.input.value = text;
    this.#mistake = null;
    this.#paint();
  }

  /** @param {Set<string>} names of the columns */
  set columns(names) {
    this.#columns = names;
    this.#paint();
  }

  /** @param {{start: number, end: number}|null} place in the trimmed query, in UTF-16 units as everything here @param {boolean} invalid */
  setMistake(place, invalid) {
    this.input.setAttribute('aria-invalid', String(invalid));
    this.element.classList.toggle('invalid', invalid);
    this.#mistake = place && place.end > 0 ? this.#placeOf(place) : null;
    this.#paint();
  }

  /** In units of the field's text. Where something is missing, the mark is one character wide. */
  #placeOf({ start, end }) {
    const text = this.value;
    const shift = text.length - text.trimStart().length;
    return { start: shift + start, end: shift + Math.max(start + 1, end) };
  }

  #listen() {
    const { input } = this;
    input.addEventListener('input', () => {
      this.#mistake = null;
      this.#paint();
    });
    input.addEventListener('scroll', () => this.#scroll());
    // Some browsers move the text without an event of scrolling.
    for (const event of ['keyup', 'select', 'blur', 'focus']) input.addEventListener(event, () => this.#scrollSoon());
    for (const [event, on] of [['compositionstart', true], ['compositionend', false]]) {
      input.addEventListener(event, () => {
        this.isComposing = on;
        this.element.classList.toggle('composing', on);
        this.#paint();
      });
    }
  }

  #paint() {
    const pieces = paint(this.value, this.#columns, this.#mistake);
    this.layer.replaceChildren(...pieces.map(({ text, className }) => make('span', { class: className, text })));
    this.#scrollSoon();
  }

  /** Not at once: asking how far it is scrolled would lay out the whole page in the middle of its changes. */
  #scrollSoon() {
    requestAnimationFrame(() => this.#scroll());
  }

  #scroll() {
    this.layer.style.transform = `translateX(${-this.input.scrollLeft}px)`;
  }
}
