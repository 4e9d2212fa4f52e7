/** The tabs of the page Training: a tab list in the sense of ARIA; arrow keys go from tab to tab. */
import { make } from '../shared/dom.js';

export class Tabs {
  #buttons = new Map();
  #panels = new Map();
  /** Whether the mouse brought the focus here: then the arrow keys belong to what is looked at. */
  #byPointer = false;

  /** @param {[string, string][]} tabs name and title of each @param {(name: string) => void} choose */
  constructor(tabs, choose) {
    this.choose = choose;
    this.list = make('div', { class: 'training-tabs', role: 'tablist', 'aria-label': 'Views of the runs', on: {
      keydown: (event) => this.#press(event),
      pointerdown: () => (this.#byPointer = true),
      focusout: () => (this.#byPointer = false),
    } });
    this.panels = make('div', { class: 'training-panels' });
    for (const [name, title] of tabs) this.#add(name, title);
  }

  /** @returns {HTMLElement} the element of a tab that its module fills */
  panel(name) {
    return this.#panels.get(name);
  }

  has(name) {
    return this.#panels.has(name);
  }

  show(name) {
    for (const [other, button] of this.#buttons) {
      const selected = other === name;
      button.setAttribute('aria-selected', String(selected));
      button.tabIndex = selected ? 0 : -1;
      this.#panels.get(other).hidden = !selected;
    }
  }

  #add(name, title) {
    const ids = { tab: `training-tab-${name}`, panel: `training-panel-${name}` };
    const button = make('button', {
      type: 'button', role: 'tab', id: ids.tab, class: 'training-tab', text: title, 'aria-controls': ids.panel, 'data-tab': name, 'data-title': title, on: { click: () => this.choose(name) },
    });
    const panel = make('div', { role: 'tabpanel', id: ids.panel, class: `training-panel training-${name}`, 'aria-labelledby': ids.tab, hidden: true });
    this.#buttons.set(name, button);
    this.#panels.set(name, panel);
    this.list.append(button);
    this.panels.append(panel);
  }

  #press(event) {
    const names = [...this.#buttons.keys()];
    const at = names.indexOf(event.target.dataset?.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    // A ring round the tab would say that the keys are the tabs'.
    if (this.#byPointer) return event.target.blur();
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    this.choose(name);
    this.#buttons.get(name).focus();
    return undefined;
  }
}
