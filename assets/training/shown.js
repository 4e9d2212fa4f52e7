/** What is drawn only while it can be seen: a tab of the page Training, when that page is the one shown. */
import { Events } from '../shared/events.js';
import { training } from './state.js';

const events = new Events();

/** @returns {boolean} whether the page Training is the one looked at */
export const isPageShown = () => document.documentElement.dataset.page === 'training';

/** @returns {boolean} whether a tab can be seen; a tab is named as in the address */
export const isShown = (tab) => isPageShown() && training.tab === tab;

/** Calls when another tab or page is shown. @returns {() => void} takes the listener off again */
export const onShown = (listener) => events.on('shown', listener);

addEventListener('innerview:page', () => events.emit('shown'));
// After the panel of the tab is laid out, so that what is drawn into it knows its size.
training.on('tab', () => setTimeout(() => events.emit('shown')));

/**
 * @param {string} tab @param {() => void} draw
 * @returns {() => void} draws in the next frame while the tab is shown, however often it is called until then; else once
 *   when it is shown next
 */
export function whileShown(tab, draw) {
  let due = false;
  let frame = 0;
  const later = () => {
    due = true;
    if (!isShown(tab) || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (!isShown(tab)) return;
      due = false;
      draw();
    });
  };
  onShown(() => due && later());
  return later;
}
