/** The head of the page Training: which store, whether it is live, the query, colours and labels, and the tabs. */
import { make } from '../../shared/dom.js';
import { isPageShown, onShown } from '../shown.js';
import { training } from '../state.js';
import { choices } from './choices.js';
import { exportMenu } from './export.js';
import { legend } from './legend.js';
import { pulse } from './pulse.js';
import { RunQuery } from './query.js';
import { saidBar } from './said.js';
import { storeControl } from './store.js';
import { restoreView } from './view.js';

/**
 * @param {HTMLElement} element @param {HTMLElement} tabs the list of tabs
 * @returns {{restored: Promise<void>}} resolves once the view of the address is shown
 */
export function buildHead(element, tabs) {
  const [state, notice] = pulse();
  const bar = make('div', { class: 'querybar' });
  const query = new RunQuery(bar);
  element.append(
    make('div', { class: 'head-line' }, [tabs, state, ...storeControl()]),
    make('div', { class: 'head-line head-tools' }, [bar, ...choices(), ...exportMenu()]),
    legend(),
    notice,
  );
  element.parentElement.append(saidBar());
  onShown(() => training.wake());
  return { restored: restoreView(() => document.hidden || !isPageShown(), query) };
}
