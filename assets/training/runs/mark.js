/** The mark of a run in lists and legends: a dot in its colour. Beside it always stands the run's name. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';

/** @param {import('../state.js').Run} run @returns {HTMLElement} which `paintMark` paints anew */
export function runMark(run) {
  const mark = make('i', { class: 'run-mark', 'aria-hidden': 'true' });
  paintMark(mark, run);
  return mark;
}

export function paintMark(mark, run) {
  mark.style.background = training.color(run);
}
