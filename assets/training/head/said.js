/** The line at the foot of the page that tells what was done, and takes it back: by its button, or by Ctrl+Z. */
import { make } from '../../shared/dom.js';
import { Refused } from '../api.js';
import { isPageShown } from '../shown.js';
import { GONE, training } from '../state.js';

const SAID_MS = 5000;
// Who has deleted something may look for it a while.
const UNDO_MS = 15000;
const MOST = 50;

/** @returns {HTMLElement} */
export function saidBar() {
  const words = make('span', { role: 'status' });
  const undo = make('button', { type: 'button', class: 'said-undo', text: 'Undo', title: 'Take it back (Ctrl+Z)' });
  const close = make('button', { type: 'button', class: 'said-close', text: '×', 'aria-label': 'Close' });
  const bar = make('div', { class: 'said', hidden: true }, [words, undo, close]);
  /** What can be taken back, the latest last. */
  let done = [];
  let timer = 0;
  let shown = 0;
  let isBusy = false;

  const hide = () => {
    clearTimeout(timer);
    bar.hidden = true;
  };
  const hideLater = (ms) => {
    clearTimeout(timer);
    // Not under the pointer or the keyboard.
    timer = setTimeout(() => (bar.matches(':hover, :focus-within') ? hideLater(SAID_MS) : hide()), ms);
  };
  const show = (sentence, undoable) => {
    shown++;
    words.textContent = sentence;
    undo.hidden = !undoable;
    bar.hidden = false;
    hideLater(undoable ? UNDO_MS : SAID_MS);
  };
  const takeBack = async () => {
    const last = done.at(-1);
    // A second click, while the answer is late, does not mean what was done before.
    if (!last || isBusy) return;
    isBusy = true;
    const before = shown;
    const forget = () => (done = done.filter((one) => one !== last));
    try {
      await last.undo();
      forget();
      // What was done meanwhile keeps its line, and its button.
      if (shown === before) show(last.undone, false);
    } catch (error) {
      // A server that is away may be back in a moment; one that says no goes on saying it.
      if (error instanceof Refused && error.status < 500) forget();
      show(error instanceof Refused ? error.message : GONE, done.at(-1) === last);
    } finally {
      isBusy = false;
    }
  };
  undo.addEventListener('click', takeBack);
  close.addEventListener('click', hide);
  training.on('said', ({ sentence, undo: how, undone }) => {
    if (how) done = [...done, { undo: how, undone }].slice(-MOST);
    show(sentence, Boolean(how));
  });
  training.on('left', () => {
    done = [];
    hide();
  });
  addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
    if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing || !isPageShown() || !done.length) return;
    event.preventDefault();
    takeBack();
  });
  return bar;
}
