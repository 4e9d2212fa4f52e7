/** Which columns the table shows: a list with a field to search it, as there may be hundreds. */
import { icon, make } from '../../shared/dom.js';
import { Popup } from '../../workbench/query/popup.js';
import { aboutColumn } from './columns.js';

const COLUMNS = 'M3 3h10v10h-10zM6.5 3v10M9.5 3v10';
const TITLES = { fact: 'Facts', parameter: 'Parameters', last: 'Last values', best: 'Best values' };
// From here on a list is searched rather than read.
const LONG = 14;

/** @param {import('./table.js').RunsTable} table @returns {HTMLElement[]} */
export function columnChooser(table) {
  const button = make('button', { type: 'button', class: 'bar-button', title: 'Which columns are shown' }, [icon(COLUMNS), make('span', { text: 'Columns' })]);
  const search = make('input', { type: 'search', class: 'text-input', placeholder: 'search columns', 'aria-label': 'Search columns' });
  const list = make('div', { class: 'chooser-list' });
  const reset = make('button', { type: 'button', class: 'quiet', text: 'as at first', title: 'Show the columns that are shown at first, in their order' });
  const fill = () => list.replaceChildren(...groups(table, search.value.trim().toLowerCase()));
  search.addEventListener('input', fill);
  reset.addEventListener('click', () => {
    table.resetColumns();
    setTimeout(fill);
  });
  const popup = new Popup(button, {
    title: 'Columns',
    className: 'chooser-menu',
    fill: () => {
      search.value = '';
      search.hidden = table.arranged.length < LONG;
      fill();
      return [make('div', { class: 'chooser-head' }, [search, reset]), list];
    },
  });
  return [button, popup.list];
}

function groups(table, wanted) {
  const found = table.arranged.filter(({ column }) => column.name.toLowerCase().includes(wanted) && column.name !== 'name');
  const nodes = Object.entries(TITLES).flatMap(([source, title]) => {
    const own = found.filter(({ column }) => column.source === source);
    return own.length ? [make('h3', { text: title }), ...own.map(({ column }) => choice(table, column))] : [];
  });
  return nodes.length ? nodes : [make('p', { class: 'menu-note', text: 'No column is called so.' })];
}

function choice(table, column) {
  const id = `${column.source}:${column.name}`;
  const checked = table.api.getColumn(id)?.isVisible() ?? false;
  const box = make('input', { type: 'checkbox', checked, on: { change: (event) => table.choose(id, event.target.checked) } });
  const name = column.source === 'best' ? (column.tag ?? column.name) : column.name;
  return make('label', { class: 'menu-choice', title: aboutColumn(column) }, [box, document.createTextNode(name)]);
}
