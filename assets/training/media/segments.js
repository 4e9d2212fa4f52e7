/** A few choices side by side, of which one holds; arrow keys go from one to the next. */
import { make } from '../../shared/dom.js';

/**
 * @param {string} label @param {[string, string, string?][]} choices name, title, explanation @param {(name: string) => void} choose
 * @returns {{element: HTMLElement, show: (name: string) => void}}
 */
export function segments(label, choices, choose) {
  const buttons = choices.map(([name, text, title]) =>
    make('button', { type: 'button', role: 'radio', class: 'segment', text, 'data-name': name, ...(title && { title }), on: { click: () => pick(name) } }),
  );
  const element = make('div', { class: 'segments', role: 'radiogroup', 'aria-label': label }, buttons);
  const show = (name) => {
    for (const button of buttons) {
      const on = button.dataset.name === name;
      button.setAttribute('aria-checked', String(on));
      button.tabIndex = on ? 0 : -1;
    }
  };
  const pick = (name) => {
    show(name);
    choose(name);
  };
  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    pick(next.dataset.name);
  });
  return { element, show };
}
