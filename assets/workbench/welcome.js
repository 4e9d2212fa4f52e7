/** Where to start: a card in the corner at the first visit, and later by the header's "?". It takes no focus by itself. */
import { hub } from '../shared/hub.js';

const KEY = 'innerview-welcome';
// The step that a change of the hub's field stands for.
const STEPS = ['focus', 'query', 'page', 'anchor', 'guest'];

/** @param {HTMLElement} card as views/welcome.py lays it out */
export async function build(card) {
  const help = document.getElementById('help-button');
  const close = card.querySelector('.welcome-close');
  close.setAttribute('aria-label', 'Close');

  const show = () => {
    leaveOutMissing(card);
    card.hidden = false;
    help?.setAttribute('aria-expanded', 'true');
  };
  const hide = () => {
    const held = card.contains(document.activeElement);
    card.hidden = true;
    help?.setAttribute('aria-expanded', 'false');
    if (held) help?.focus();
  };

  close.addEventListener('click', hide);
  help?.setAttribute('aria-expanded', 'false');
  help?.setAttribute('aria-controls', card.id);
  help?.addEventListener('click', () => {
    if (!card.hidden) return hide();
    show();
    return close.focus();
  });
  // On the way up to the window: menus and grids that are open come first, the selection comes last.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || card.hidden || event.defaultPrevented) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    event.preventDefault();
    hide();
  });
  for (const name of STEPS) hub.on(name, () => tick(card, name));
  if (isFirstVisit()) show();
}

/** Steps that lead to a page which this study does not have. */
function leaveOutMissing(card) {
  for (const step of card.querySelectorAll('[data-needs]')) {
    step.hidden = !document.querySelector(`nav a[data-page="${step.dataset.needs}"]`);
  }
}

function tick(card, name) {
  const step = card.querySelector(`[data-step="${name}"]`);
  if (!step || !hub[name] && hub[name] !== 0) return;
  step.classList.add('welcome-done');
}

function isFirstVisit() {
  try {
    const first = !localStorage.getItem(KEY);
    localStorage.setItem(KEY, 'seen');
    return first;
  } catch {
    // Without storage every visit would be the first one.
    return false;
  }
}
