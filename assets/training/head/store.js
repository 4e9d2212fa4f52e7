/** Which store is looked at, and the control to open another folder or database in this browser. */
import { icon, make } from '../../shared/dom.js';
import { Popup } from '../../workbench/query/popup.js';
import { ask, Refused } from '../api.js';
import { GONE, training } from '../state.js';
import { addRecent, readRecent } from './recent.js';

const CHEVRON = 'M4 6l4 4 4-4';
const KINDS = { sqlite: 'folder', mongodb: 'MongoDB', tensorboard: 'TensorBoard', csv: 'CSVLogger' };

const kindName = ({ kind }) => KINDS[kind] ?? kind;

/** @returns {HTMLElement[]} the button, and the list that it opens */
export function storeControl() {
  const title = make('b');
  const kind = make('small');
  const button = make('button', { type: 'button', class: 'store-button', title: 'Open another folder or database' }, [title, kind, icon(CHEVRON)]);
  let opened = [];
  const popup = new Popup(button, { title: 'Open another folder or database', className: 'store-menu', fill: () => [form(popup), ...lists(popup, opened)] });
  // What others have opened on this server is told once the list is open.
  popup.list.addEventListener('toggle', async ({ newState }) => {
    if (newState !== 'open') return;
    popup.list.querySelector('input').focus();
    const { stores } = await ask('stores').catch(() => ({ stores: opened }));
    const news = JSON.stringify(stores) !== JSON.stringify(opened);
    opened = stores;
    if (news && popup.isOpen) refresh(popup, opened);
  });
  const show = () => {
    const { store } = training;
    title.textContent = store?.title ?? 'No store';
    kind.textContent = store ? `${kindName(store)}${store.writable ? '' : ', read only'}` : '';
    button.setAttribute('aria-label', store ? `Store ${store.title}, ${kind.textContent}: open another` : 'Open a store');
  };
  training.on('store', show);
  show();
  return [button, popup.list];
}

function form(popup) {
  const input = make('input', {
    type: 'text', name: 'store', spellcheck: false, autocomplete: 'off', maxLength: 2000, placeholder: 'a folder, or mongodb://host/database', 'aria-label': 'Folder or database', 'aria-describedby': 'store-mistake',
  });
  const submit = make('button', { type: 'submit', class: 'bar-button', text: 'Open' });
  const mistake = make('p', { class: 'store-mistake bad', id: 'store-mistake', role: 'alert', hidden: true });
  const show = (sentence) => {
    mistake.textContent = sentence;
    mistake.hidden = !sentence;
    input.setAttribute('aria-invalid', String(Boolean(sentence)));
  };
  const open = async (event) => {
    event.preventDefault();
    const address = input.value.trim();
    if (!address) return show('Type the path of a folder, of TensorBoard’s log folder or of a .csv file, or mongodb://host/database.');
    submit.disabled = true;
    submit.textContent = 'Opening …';
    try {
      addRecent(address, await training.open(address));
      closeStill(popup, input);
    } catch (error) {
      const sentence = error instanceof Refused ? error.message : GONE;
      if (input.isConnected && popup.isOpen) show(sentence);
      else training.say(sentence);
    } finally {
      submit.disabled = false;
      submit.textContent = 'Open';
    }
    return undefined;
  };
  input.addEventListener('input', () => show(''));
  return make('form', { class: 'store-form', on: { submit: open } }, [make('h3', { text: 'Folder or database' }), make('div', {}, [input, submit]), mistake]);
}

function lists(popup, opened) {
  return [make('div', { class: 'store-lists' }, entries(popup, opened))];
}

/** The keyboard stays at the entry where it is. */
function refresh(popup, opened) {
  const list = popup.list.querySelector('.store-lists');
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  list.replaceChildren(...entries(popup, opened));
  if (held) ([...list.querySelectorAll('button')].find(({ dataset }) => dataset.id === held) ?? popup.list.querySelector('input')).focus();
}

async function enter(popup, store) {
  const list = popup.list.querySelector('.store-lists');
  await training.enter(store);
  closeStill(popup, list);
}

/** Where somebody waits for it: who has closed it, or opened it anew, does something else by now. */
function closeStill(popup, part) {
  if (part.isConnected && popup.isOpen) popup.close();
}

function entries(popup, opened) {
  const recent = readRecent();
  const ids = new Set(recent.map(({ id }) => id));
  const others = opened.filter(({ id }) => !ids.has(id));
  return [...section('Open now', others.map((store) => entry(store, '', () => enter(popup, store)))), ...section('Opened before', recent.map((one) => recentEntry(popup, one)))];
}

const section = (title, items) => (items.length ? [make('h3', { text: title }), ...items] : []);

function entry(store, detail, act) {
  const here = store.id === training.store?.id;
  const words = [make('b', { text: store.title }), make('small', { text: here ? `${kindName(store)}, shown here` : kindName(store) }), make('span', { text: detail })];
  return make('button', { type: 'button', class: 'menu-item store-item', 'data-id': store.id, on: { click: act }, ...(here ? { 'aria-current': 'true' } : {}) }, words);
}

/** Typed in, and opened at once where nothing had to be left out of it. */
function recentEntry(popup, recent) {
  return entry(recent, recent.complete ? recent.url : `${recent.url} (its password was not kept)`, () => {
    const input = popup.list.querySelector('input');
    input.value = recent.url;
    input.focus();
    if (recent.complete) input.form.requestSubmit();
    else input.setSelectionRange(recent.url.indexOf('@'), recent.url.indexOf('@'));
  });
}
