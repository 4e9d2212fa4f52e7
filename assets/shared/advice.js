/** The calm notices above the maps: each can be put away for as long as the tab lives, and a chip in the header brings them back. */
import { make } from './dom.js';

const LIST = 'advice-list';
const KEY = 'innerview-put-away';

const away = new Set(read());

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
  } catch {
    return [];
  }
}

function save() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...away]));
  } catch {
    // Without storage they come back when the page is loaded anew.
  }
}

export function followAdvice() {
  const list = document.getElementById(LIST);
  if (!list) return;
  const chip = make('button', { type: 'button', class: 'chip advice-chip', hidden: true, title: 'Show the notices that were put away' });
  document.querySelector('header .subject')?.after(chip);
  const show = () => {
    const cards = [...list.querySelectorAll('[data-advice]')];
    for (const card of cards) card.hidden = away.has(card.dataset.advice);
    const count = cards.filter((card) => card.hidden).length;
    chip.hidden = !count;
    chip.textContent = `${count} ${count === 1 ? 'notice' : 'notices'}`;
  };
  list.addEventListener('click', (event) => {
    const card = event.target.closest('.advice-close')?.closest('[data-advice]');
    if (!card) return;
    away.add(card.dataset.advice);
    save();
    show();
    // The button that had the focus is gone: the keyboard goes on at the next notice, or where they all are now.
    (list.querySelector('[data-advice]:not([hidden]) .advice-close') ?? chip).focus();
  });
  chip.addEventListener('click', () => {
    away.clear();
    save();
    show();
    document.querySelector('nav a[data-page="explore"]')?.click();
    list.querySelector('.advice-close')?.focus();
  });
  // Dash draws them anew when more is known.
  new MutationObserver(show).observe(list, { childList: true });
  show();
}
