/** A button that opens a short list of actions below it. */
import { make } from './dom.js';

const GAP = 4;

/**
 * @param {HTMLButtonElement} button
 * @param {{label: string, action?: () => void, attributes?: Object<string, string>}[]} items
 * @returns {HTMLElement} the menu, to be put into the document near the button
 */
export function attachMenu(button, items) {
  const close = (held) => {
    menu.hidePopover();
    if (held) button.focus();
  };
  const choose = (action) => {
    close(true);
    action?.();
  };
  const entries = items.map(({ label, action, attributes }) =>
    make('button', { type: 'button', class: 'menu-item', role: 'menuitem', text: label, ...attributes, on: { click: () => choose(action) } }),
  );
  // A popover lies above everything, so that no tile or panel cuts it off, and a click beside it closes it.
  const menu = make('div', { class: 'menu', role: 'menu', popover: 'auto' }, entries);
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'false');
  button.popoverTargetElement = menu;
  menu.addEventListener('toggle', ({ newState }) => {
    button.setAttribute('aria-expanded', String(newState === 'open'));
    if (newState !== 'open') return;
    place(menu, button);
    entries[0].focus();
  });
  menu.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') close(true);
    else if (step) entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
    else return;
    // This Escape means the menu, not the selection.
    event.preventDefault();
    event.stopPropagation();
  });
  return menu;
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height < innerHeight;
  menu.style.left = `${Math.max(GAP, Math.min(innerWidth - width - GAP, at.right - width))}px`;
  menu.style.top = `${below ? at.bottom + GAP : at.top - GAP - height}px`;
}
