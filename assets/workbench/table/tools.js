/** Beside the query: only the selected, no filters, the rows as a file, the address of this view, and which columns. */
import { icon, make } from '../../shared/dom.js';
import { exportSamples } from '../../shared/download.js';
import { hub } from '../../shared/hub.js';
import { attachMenu } from '../../shared/menu.js';
import { study } from '../../shared/study.js';
import { Popup } from '../query/popup.js';
import { fetchOrder } from './rows.js';

const COLUMNS = 'M3 3h10v10h-10zM6.5 3v10M9.5 3v10';
const EXPORT = 'M8 2v8M5 7.5l3 3 3-3M3 13h10';
const NO_FILTER = 'M2.5 3.5h11l-4 5v4.5l-3-1.5v-3zM11 10l3.5 3.5M14.5 10l-3.5 3.5';

/** @param {HTMLElement} element to be filled @param {import('./table.js').Table} table @param {{say: (text: string) => void}} bar */
export function buildTools(element, table, bar) {
  const say = (sentence) => bar.say(sentence);
  element.replaceChildren(onlyButton(table), filtersButton(table), ...exportMenu(table, say), ...columnsMenu(table));
}

function onlyButton(table) {
  const count = make('span');
  const words = [make('span', { class: 'wide', text: 'Only selected' }), make('span', { class: 'narrow', text: 'Selected' })];
  const button = make('button', { type: 'button', class: 'bar-button', on: { click: () => table.setOnly(!table.only) } }, [...words, count]);
  const show = () => {
    count.textContent = hub.selectionCount ? `(${hub.selectionCount.toLocaleString('en')})` : '';
    button.setAttribute('aria-label', `Only selected ${count.textContent}`.trim());
    button.title = table.only ? 'Show the other rows as well' : 'Show only the rows of selected images';
    button.disabled = !table.only && !hub.token;
    // The rows of a query are what it has selected.
    button.hidden = !table.only && (hub.origin === 'query' || !hub.selection);
    button.setAttribute('aria-pressed', String(table.only));
  };
  for (const event of ['only', 'count']) table.on(event, show);
  show();
  return button;
}

function filtersButton(table) {
  const clear = () => table.api.setFilterModel(null);
  const button = make('button', { type: 'button', class: 'bar-button', title: 'Take the filters off the columns', 'aria-label': 'Clear filters', hidden: true, on: { click: clear } }, [
    icon(NO_FILTER),
    make('span', { class: 'wide', text: 'Clear filters' }),
  ]);
  table.on('count', () => (button.hidden = !table.isFiltered));
  return button;
}

function exportMenu(table, say) {
  const title = 'Save these rows as a file, or copy the address';
  const button = make('button', { type: 'button', class: 'bar-button', title, 'aria-label': title }, [icon(EXPORT), make('span', { class: 'wide', text: 'Export' })]);
  const save = async (format) => {
    try {
      const indices = await fetchOrder(table.view, 0, study.n);
      await exportSamples(indices, format, 'samples');
    } catch (error) {
      say(error.message);
    }
  };
  const menu = attachMenu(button, [
    { label: 'CSV', action: () => save('csv') },
    { label: 'Parquet', action: () => save('parquet') },
    { label: 'Copy the address of this view', action: () => copyAddress(say) },
  ]);
  return [button, menu];
}

async function copyAddress(say) {
  try {
    await navigator.clipboard.writeText(location.href);
    say('The address of this view is copied.');
  } catch {
    // Without a secure connection browsers refuse.
    say('The browser does not let the page copy; take the address out of its address line.');
  }
}

function columnsMenu(table) {
  const button = make('button', { type: 'button', class: 'bar-button', title: 'Columns', 'aria-label': 'Columns' }, [icon(COLUMNS)]);
  const choice = (id) => {
    const toggle = (event) => table.api.setColumnsVisible([id], event.target.checked);
    const box = make('input', { type: 'checkbox', checked: table.api.getColumn(id).isVisible(), on: { change: toggle } });
    return make('label', { class: 'menu-choice' }, [box, document.createTextNode(id)]);
  };
  const menu = new Popup(button, {
    title: 'Columns',
    fill: () => (table.api.getColumns() ?? []).map((column) => column.getColId()).filter((id) => id !== 'check').map(choice),
  });
  return [button, menu.list];
}
