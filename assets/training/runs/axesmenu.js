/** Which columns are axes of the parallel coordinates. */
import { icon, make } from '../../shared/dom.js';
import { Popup } from '../../workbench/query/popup.js';
import { training } from '../state.js';
import { canBeAxis, idOf } from './axes.js';

const AXES = 'M3 2.500v11M8 2.500v11M13 2.500v11M3 5l5 5 5-4';
const TITLES = { parameter: 'Parameters', best: 'Best values', last: 'Last values', fact: 'Facts' };
const LONG = 14;

/** @param {import('./parallel.js').Parallel} chart @returns {HTMLElement[]} */
export function axesMenu(chart) {
  const button = make('button', { type: 'button', class: 'bar-button', title: 'Which axes are drawn' }, [icon(AXES), make('span', { text: 'Axes' })]);
  const search = make('input', { type: 'search', class: 'text-input', placeholder: 'search axes', 'aria-label': 'Search axes' });
  const list = make('div', { class: 'chooser-list' });
  const fill = () => list.replaceChildren(...groups(chart, search.value.trim().toLowerCase()));
  const reset = make('button', { type: 'button', class: 'quiet', text: 'as at first', on: { click: () => (chart.choose(null), fill()) } });
  search.addEventListener('input', fill);
  const popup = new Popup(button, {
    title: 'Axes',
    className: 'chooser-menu',
    fill: () => {
      search.value = '';
      search.hidden = training.columns.length < LONG;
      fill();
      return [make('div', { class: 'chooser-head' }, [search, reset]), list];
    },
  });
  return [button, popup.list];
}

function groups(chart, wanted) {
  const { columns, runs } = training;
  const found = columns.filter((column) => column.name.toLowerCase().includes(wanted) && canBeAxis(column, runs));
  const nodes = Object.entries(TITLES).flatMap(([source, title]) => {
    const own = found.filter((column) => column.source === source);
    return own.length ? [make('h3', { text: title }), ...own.map((column) => choice(chart, column))] : [];
  });
  return nodes.length ? nodes : [make('p', { class: 'menu-note', text: 'No axis is called so.' })];
}

function choice(chart, column) {
  const id = idOf(column);
  const toggle = ({ target }) => {
    const others = chart.chosen.filter((other) => other !== id);
    // In the order of the table's columns, results at the right.
    const wanted = new Set(target.checked ? [...others, id] : others);
    const rank = { fact: 0, parameter: 1, last: 2, best: 3 };
    const sorted = training.columns.filter((one) => wanted.has(idOf(one))).sort((a, b) => rank[a.source] - rank[b.source]);
    chart.choose(sorted.map(idOf));
  };
  const box = make('input', { type: 'checkbox', checked: chart.chosen.includes(id), on: { change: toggle } });
  return make('label', { class: 'menu-choice' }, [box, document.createTextNode(column.source === 'best' ? (column.tag ?? column.name) : column.name)]);
}
