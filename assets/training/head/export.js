/** What can be taken along: the scalars of the runs found, and the address of this view. */
import { icon, make } from '../../shared/dom.js';
import { saveBlob } from '../../shared/download.js';
import { attachMenu } from '../../shared/menu.js';
import { url } from '../../shared/api.js';
import { GONE, training } from '../state.js';

// More names than an address has room for.
const MOST_NAMED = 150;
const EXPORT = 'M8 2v8M5 7.5l3 3 3-3M3 13h10';

/** @returns {HTMLElement[]} the button, and its menu */
export function exportMenu() {
  const button = make('button', { type: 'button', class: 'bar-button', title: 'Every scalar of the runs picked, or else of all that are found, as a file; or the address of this view' }, [icon(EXPORT), make('span', { text: 'Export' })]);
  const menu = attachMenu(button, [
    { label: 'Scalars as CSV', action: () => save('csv') },
    { label: 'Scalars as Parquet', action: () => save('parquet') },
    { label: 'Scalars as JSON', action: () => save('json') },
    { label: 'Copy the address of this view', action: copyAddress },
  ]);
  return [button, menu];
}

/** The runs picked, by their names; or else those that the server finds as this page does. */
function wanted() {
  const picked = training.picked.size > 0 && training.chosen.length <= MOST_NAMED;
  return picked ? { runs: JSON.stringify(training.chosen.map(({ id }) => id)) } : { query: training.query };
}

async function save(format) {
  training.say('The file is being made …');
  try {
    const what = wanted();
    const response = await fetch(url('api/training/export', { ...training.address, format, ...what }), { cache: 'no-store' });
    if (!response.ok) {
      const said = await response.json().catch(() => ({}));
      return training.say(said.message ?? `The file could not be made (status ${response.status}).`);
    }
    saveBlob(await response.blob(), `scalars.${format}`);
    return training.say(`scalars.${format} holds the scalars of ${what.runs ? 'the runs that are picked' : what.query ? 'the runs that the query finds' : 'all runs'}.`);
  } catch {
    return training.say(GONE);
  }
}

async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    training.say('The address of this view is copied.');
  } catch {
    // Without a secure connection browsers refuse.
    training.say('The browser does not let the page copy; take the address out of its address line.');
  }
}
