/** One chart large, over everything, with a table of all values at the pointer. */
import { make } from '../../shared/dom.js';
import { ChartCard } from '../chart/card.js';
import { Legend } from '../chart/legend.js';

/**
 * @param {import('../chart/board.js').Board} board @param {string} tag @param {() => import('../chart/chart.js').Line[]} lines
 * @param {() => void} closed
 * @returns {{update: () => void}} to be called when other runs are to be shown
 */
export function enlarge(board, tag, lines, closed) {
  const values = make('div', { class: 'scalars-values' }, [make('p', { class: 'scalars-hint', text: 'Point at the chart: the values there, of all runs, best first.' })]);
  const card = new ChartCard(board, { title: tag, wheel: true, docked: values });
  const close = make('button', { type: 'button', class: 'chart-tool scalars-close', text: '✕', title: 'Close (Escape)', 'aria-label': 'Close' });
  card.head.append(close);
  const legend = new Legend(board);
  const dialog = make('dialog', { class: 'scalars-large', 'aria-label': tag }, [card.element, make('div', { class: 'scalars-side' }, [legend.element, values])]);
  const end = () => {
    card.destroy();
    legend.destroy();
    dialog.remove();
    closed();
  };
  dialog.addEventListener('close', end);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.getElementById('training').append(dialog);
  dialog.showModal();
  const update = () => card.chart.setLines(lines());
  update();
  card.chart.element.focus({ preventScroll: true });
  return { update, dialog };
}
