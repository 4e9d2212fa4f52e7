/** The tab Runs: the table, the card of the run that is looked at, and the parallel coordinates. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';
import { rename } from './actions.js';
import { Details } from './details.js';
import { emptyCard } from './empty.js';
import { Parallel } from './parallel.js';
import { tableIn } from './table.js';
import { buildTools } from './tools.js';

/** @param {HTMLElement} element */
export async function build(element) {
  const tools = make('div', { class: 'runs-tools', role: 'toolbar', 'aria-label': 'Runs' });
  const place = make('div', { class: 'runs-table' });
  const note = make('p', { class: 'table-note', role: 'status', hidden: true });
  const details = make('section', { class: 'runs-details', hidden: true });
  const parallel = make('section', { class: 'runs-parallel', 'aria-label': 'Parallel coordinates' });
  const list = make('div', { class: 'runs-list' }, [tools, make('div', { class: 'runs-body' }, [place, note])]);
  const page = make('div', { class: 'runs-page' }, [list, parallel, details]);
  element.append(page);

  const table = await tableIn(place);
  buildTools(tools, table);
  training.on('rename', ({ run, name }) => rename(run, name));
  table.on('count', () => showNote(note, table));
  showNote(note, table);
  new Details(details);
  new Parallel(parallel);
  followEmptiness(element, page);
}

/** In the place of the runs while the store has none. */
function followEmptiness(element, page) {
  let card = null;
  const show = () => {
    const empty = training.known && !training.runs.length && !training.deleted;
    page.hidden = empty;
    if (empty && !card) element.append((card = emptyCard()));
    if (card) card.hidden = !empty;
  };
  for (const event of ['runs', 'store']) training.on(event, show);
  show();
}

function showNote(note, table) {
  const shown = table.api.getDisplayedRowCount();
  const sentence = shown ? '' : why();
  if (note.textContent !== sentence) note.textContent = sentence;
  note.hidden = !sentence;
}

function why() {
  if (!training.known) return training.failure ?? 'The runs are being read …';
  if (!training.runs.length) return 'All runs lie in the bin; open it above to restore them.';
  if (training.query) return `No run is found by ${training.query}. Change the query, or clear it with Escape.`;
  return 'All runs are hidden; the button above shows them again.';
}
