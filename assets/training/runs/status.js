/** How a run fares, as a shape and a word. */
import { make } from '../../shared/dom.js';
import { formatMoment } from './format.js';

const SHAPES = { running: '●', lost: '◌', done: '✓', failed: '✕', stopped: '■' };

/** @param {import('../state.js').Run} run @returns {string} "running", "lost", "done", "failed" or "stopped" */
export const statusOf = (run) => (run.status === 'running' && !run.alive ? 'lost' : run.status);

/** @returns {string} what the word means for this run */
export function statusTitle(run) {
  const last = `its last word came ${formatMoment(run.updated)}`;
  const titles = {
    running: `Training now; ${last}`,
    lost: `Not heard of any more: ${last}. Its process may have been killed.`,
    done: 'Came to its end',
    failed: 'Ended by an error',
    stopped: 'Stopped by somebody',
  };
  return titles[statusOf(run)] ?? '';
}

/** @returns {HTMLElement} */
export function statusMark(run) {
  const element = make('span', { class: 'run-status' }, [make('i', { 'aria-hidden': 'true' }), make('span')]);
  paintStatus(element, run);
  return element;
}

export function paintStatus(element, run) {
  const status = statusOf(run);
  element.dataset.status = status;
  element.title = statusTitle(run);
  element.firstElementChild.textContent = SHAPES[status] ?? '?';
  element.lastElementChild.textContent = status;
}
