/** The bin: deleted runs come back from it, or are erased for good. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';
import { erase, readBin, restore, whyNot } from './actions.js';
import { countRuns, formatMoment } from './format.js';

/** @param {HTMLElement} opener which gets the focus back */
export async function openBin(opener) {
  const list = make('div', { class: 'bin-list' }, [make('p', { class: 'waiting', text: 'Reading the bin …' })]);
  const note = make('p', { class: 'bad', role: 'alert', hidden: true });
  const dialog = make('dialog', { class: 'bin', 'aria-labelledby': 'bin-title' });
  const restoreAll = make('button', { type: 'button', class: 'bar-button', text: 'Restore all', disabled: true });
  const eraseAll = make('button', { type: 'button', class: 'bar-button bin-erase', text: 'Empty the bin', disabled: true });
  const close = make('button', { type: 'button', class: 'bar-button', text: 'Close', on: { click: () => dialog.close() } });
  dialog.append(make('h2', { text: 'Bin', id: 'bin-title' }), make('p', { class: 'lead', text: 'Deleted runs are kept here, with all that they logged, until they are erased.' }), note, list, make('div', { class: 'bin-foot' }, [restoreAll, eraseAll, close]));
  let runs = [];
  let isBusy = false;
  const tell = (error) => {
    if (!dialog.open) return training.say(whyNot(error));
    note.textContent = whyNot(error);
    note.hidden = false;
    return undefined;
  };
  const attempt = async (act) => {
    // A second click, while the answer is late, would find nothing more to do.
    if (isBusy) return;
    isBusy = true;
    note.hidden = true;
    await act().catch(tell);
    // Also where it could not be done: somebody else may have done it.
    await fill().catch(tell);
    isBusy = false;
  };
  const fill = async () => {
    runs = await readBin();
    list.replaceChildren(...(runs.length ? runs.map((run) => row(run, attempt)) : [make('p', { class: 'waiting', text: 'The bin is empty.' })]));
    restoreAll.disabled = eraseAll.disabled = !runs.length;
    disarm(eraseAll, 'Empty the bin');
  };
  restoreAll.addEventListener('click', () => attempt(() => restore(runs)));
  confirmOn(eraseAll, 'Empty the bin', () => `Erase ${countRuns(runs.length)} for good`, () => attempt(() => erase(runs)));
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener.focus();
  });
  document.getElementById('training').append(dialog);
  dialog.showModal();
  await attempt(async () => {});
}

function row(run, attempt) {
  const back = make('button', { type: 'button', class: 'bar-button', text: 'Restore', on: { click: () => attempt(() => restore([run])) } });
  const away = make('button', { type: 'button', class: 'bar-button bin-erase', text: 'Erase' });
  confirmOn(away, 'Erase', () => 'Erase for good', () => attempt(() => erase([run])));
  const when = run.started === undefined ? [] : [make('small', { text: formatMoment(run.started) })];
  return make('div', { class: 'bin-row' }, [make('b', { text: run.name || run.id, title: run.id }), ...when, back, away]);
}

/** The first click asks, the second does it: nothing takes this back. */
function confirmOn(button, text, question, act) {
  button.addEventListener('click', () => {
    if (button.dataset.armed) {
      disarm(button, text);
      act();
      return;
    }
    button.dataset.armed = 'yes';
    button.textContent = question();
  });
  button.addEventListener('blur', () => disarm(button, text));
}

function disarm(button, text) {
  delete button.dataset.armed;
  button.textContent = text;
}
