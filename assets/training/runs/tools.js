/** Above the table: what can be done with the runs that are picked, the hidden ones, the bin, and which columns. */
import { icon, make } from '../../shared/dom.js';
import { Popup } from '../../workbench/query/popup.js';
import { training } from '../state.js';
import { hide, remove, tagAll } from './actions.js';
import { openBin } from './bin.js';
import { columnChooser } from './chooser.js';
import { countRuns } from './format.js';

const BIN = 'M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.7 9h5.600l.7-9';
const EYE = 'M1.500 8c3-5 10-5 13 0-3 5-10 5-13 0M8 6.200a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600';
const TAG = 'M2.500 7V2.500H7l6.500 6.500-4.500 4.500zM5.300 5.200v.1';

/** @param {HTMLElement} element @param {import('./table.js').RunsTable} table */
export function buildTools(element, table) {
  // What nobody sees must not be deleted with what they see.
  const ids = () => table.pickedRows;
  const allHidden = () => ids().every((id) => training.run(id)?.hidden);
  const count = make('span', { class: 'runs-count', role: 'status' });
  const clear = button('Pick none', null, () => training.pick([]));
  const compare = button('Compare', null, () => training.setTab('scalars'));
  const hideButton = button('Hide', EYE, () => hide(ids(), !allHidden()));
  const deleteButton = button('Delete', BIN, () => remove(ids()));
  const [tagButton, tagList] = tagMenu(ids);
  const picks = make('span', { class: 'runs-picks', role: 'group', 'aria-label': 'With the runs that are picked' }, [clear, compare, tagButton, hideButton, deleteButton]);
  const hidden = button('', EYE, () => table.setShowsHidden(!table.showsHidden));
  const bin = button('', BIN, () => openBin(bin));
  const show = () => {
    const picked = ids().length;
    const rows = table.api.getDisplayedRowCount();
    const away = training.picked.size - picked;
    const more = away ? `, ${away.toLocaleString('en')} more not shown` : '';
    const none = rows > 1 ? `None picked${away ? ' of these' : ''}: the charts show all ${training.found.length.toLocaleString('en')}` : '';
    put(count, picked ? `${picked.toLocaleString('en')} of ${countRuns(rows)} picked${more}` : none);
    picks.hidden = !picked;
    put(hideButton.lastChild, allHidden() ? 'Show again' : 'Hide');
    for (const one of [tagButton, hideButton, deleteButton]) one.hidden = !training.store?.writable;
    const hiddenOnes = training.runs.filter((run) => run.hidden).length;
    hidden.hidden = !hiddenOnes;
    put(hidden.lastChild, `${hiddenOnes.toLocaleString('en')} hidden`);
    hidden.title = table.showsHidden ? 'Leave the hidden runs out again' : 'Show the hidden runs in this table';
    hidden.setAttribute('aria-pressed', String(table.showsHidden));
    bin.hidden = !training.deleted;
    put(bin.lastChild, `Bin (${training.deleted.toLocaleString('en')})`);
  };
  for (const event of ['count', 'hidden', 'picked']) table.on(event, show);
  for (const event of ['picked', 'runs', 'store']) training.on(event, show);
  table.on('delete', remove);
  element.append(count, picks, tagList, make('span', { class: 'runs-space' }), hidden, bin, ...columnChooser(table));
  show();
}

const put = (element, text) => element.textContent !== text && (element.textContent = text);

function button(text, path, act) {
  return make('button', { type: 'button', class: 'bar-button', on: { click: act } }, [...(path ? [icon(path)] : []), make('span', { text })]);
}

/** A field for a new tag, and those that there are: a box each, which says whether all, some or none of the picked have it. */
function tagMenu(ids) {
  const opener = button('Tag', TAG, null);
  const input = make('input', { type: 'text', class: 'text-input', placeholder: 'new tag', maxLength: 60, 'aria-label': 'New tag' });
  const form = make('form', { class: 'tag-form', on: { submit: (event) => submit(event) } }, [input]);
  const choice = (tag) => {
    const having = ids().filter((id) => training.run(id)?.tags.includes(tag)).length;
    const box = make('input', { type: 'checkbox', checked: having === ids().length, indeterminate: having > 0 && having < ids().length, on: { change: (event) => tagAll(ids(), tag, event.target.checked) } });
    return make('label', { class: 'menu-choice' }, [box, document.createTextNode(tag)]);
  };
  const known = () => [...new Set(training.runs.flatMap((run) => run.tags))].sort((a, b) => a.localeCompare(b));
  const popup = new Popup(opener, { title: 'Tags of the picked runs', className: 'tag-menu', fill: () => [form, ...known().map(choice)] });
  const submit = async (event) => {
    event.preventDefault();
    const tag = input.value.trim();
    if (!tag) return;
    input.value = '';
    if (!(await tagAll(ids(), tag, true)) && !input.value) input.value = tag;
    const held = popup.list.contains(document.activeElement);
    popup.refill();
    if (held) input.focus();
  };
  return [opener, popup.list];
}
