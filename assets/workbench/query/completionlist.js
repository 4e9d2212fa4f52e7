/** The list of suggestions below the query's text field: a listbox in the sense of ARIA, which the field controls. */
import { make } from '../../shared/dom.js';
import { complete } from './completion.js';
import { placeNear } from './popup.js';

export class CompletionList {
  #input;
  #found = { items: [] };
  #active = -1;
  /** @type {object[]} the columns of the study */
  columns = [];

  /** @param {HTMLInputElement} input @param {() => void} onInsert after the text has changed */
  constructor(input, onInsert) {
    this.#input = input;
    this.onInsert = onInsert;
    this.element = make('ul', { class: 'querybar-completion', id: 'query-completion', role: 'listbox', 'aria-label': 'Suggestions', popover: 'manual' });
    // Not a click: the field must keep the focus.
    this.element.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      const option = event.target.closest('li');
      if (option) this.#accept(Number(option.dataset.at));
    });
    for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': 'query-completion', 'aria-expanded': 'false' })) {
      input.setAttribute(name, value);
    }
  }

  // A page may have two query bars, whose lists have ids of their own.
  #optionId(at) {
    return `${this.element.id}-${at}`;
  }

  get isOpen() {
    return this.element.matches(':popover-open');
  }

  /** Shows what may come at the caret, or nothing. */
  update() {
    const { value, selectionStart, selectionEnd } = this.#input;
    if (selectionStart !== selectionEnd) return this.close();
    this.#found = complete(value, selectionStart, this.columns);
    const { items, typed } = this.#found;
    if (!items.length) return this.close();
    this.element.replaceChildren(...items.map((item, at) => option(item, at, this.#optionId(at))));
    this.element.showPopover();
    this.element.scrollTop = 0;
    this.#place();
    this.#input.setAttribute('aria-expanded', 'true');
    // Enter applies the query unless a word is begun, or an entry was chosen by the arrows.
    this.#activate(typed ? 0 : -1);
  }

  close() {
    if (this.isOpen) this.element.hidePopover();
    this.#input.setAttribute('aria-expanded', 'false');
    this.#activate(-1);
  }

  /** @returns {boolean} whether the key was meant for the list */
  onKey(event) {
    const { key } = event;
    if (!this.isOpen) return this.#openedBy(event);
    if (key === 'ArrowDown' || key === 'ArrowUp') this.#move(key === 'ArrowDown' ? 1 : -1);
    else if (key === 'Escape') this.close();
    else if ((key === 'Enter' || key === 'Tab') && this.#active >= 0 && !event.shiftKey) this.#accept(this.#active);
    else return false;
    return true;
  }

  #openedBy({ key, ctrlKey }) {
    if (!(key === ' ' && ctrlKey) && !(key === 'ArrowDown' && this.#input.value)) return false;
    this.update();
    return this.isOpen;
  }

  #move(by) {
    const count = this.#found.items.length;
    // One step beyond either end chooses nothing, so that Enter applies the query.
    const at = this.#active + by;
    this.#activate(at < -1 ? count - 1 : at >= count ? -1 : at);
  }

  #activate(at) {
    this.#active = at;
    [...this.element.children].forEach((item, k) => item.setAttribute('aria-selected', String(k === at)));
    if (at < 0) return this.#input.removeAttribute('aria-activedescendant');
    this.#input.setAttribute('aria-activedescendant', this.#optionId(at));
    this.element.children[at].scrollIntoView({ block: 'nearest' });
  }

  #accept(at) {
    const { start, end, items } = this.#found;
    this.close();
    // As if it were typed: the browser's own undo takes it back.
    this.#input.setSelectionRange(start, end);
    if (!document.execCommand('insertText', false, items[at].text)) {
      this.#input.setRangeText(items[at].text, start, end, 'end');
      this.onInsert();
    }
  }

  /** Below the word that it completes. */
  #place() {
    const ruler = document.createElement('canvas').getContext('2d');
    ruler.font = getComputedStyle(this.#input).font;
    const { left, top, bottom } = this.#input.getBoundingClientRect();
    const at = left + ruler.measureText(this.#input.value.slice(0, this.#found.start)).width - this.#input.scrollLeft;
    placeNear(this.element, { left: at, right: at, top, bottom }, 'left');
  }
}

function option({ label, detail }, at, id) {
  const children = [make('b', { text: label }), make('span', { text: detail })];
  return make('li', { role: 'option', id, 'data-at': String(at), 'aria-selected': 'false' }, children);
}
