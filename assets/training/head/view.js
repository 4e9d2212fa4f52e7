/** The store, the query, the colours and the labels in the address: restored from it, and kept in it. */
import { ask, Refused } from '../api.js';
import { STORE, inAddress, readAddress } from '../address.js';
import { GONE, training } from '../state.js';
import { addRecent, readRecent } from './recent.js';

// Beyond this the address would be too long to send; the view is the same without.
const MOST_PICKED = 40;

/** @param {() => boolean} sleeps @param {import('./query.js').RunQuery} bar which shows a mistake in the address's query */
export async function restoreView(sleeps, bar) {
  const wanted = { store: readAddress('t-store'), query: readAddress('t-query') ?? '', group: readAddress('t-group'), label: readAddress('t-label'), picked: readAddress('t-picked') };
  const isLeft = new Promise((resolve) => training.on('left', () => resolve(true)));
  await training.start(await findStore(wanted.store), sleeps);
  // A store that does not answer yet has no runs to be picked; what is said of its runs is not said of another's.
  if (await Promise.race([isLeft, isKnown()])) return keepView(bar);
  training.setGroup(wanted.group || null);
  training.setLabel(wanted.label || null);
  training.pick(idsOf(wanted.picked));
  if (wanted.query) await bar.apply(wanted.query);
  return keepView(bar);
}

/** @returns {Promise<void>} once the runs are read */
function isKnown() {
  return new Promise((resolve) => {
    if (training.known) return resolve();
    const off = training.on('runs', () => {
      if (!training.known) return;
      off();
      resolve();
    });
    return undefined;
  });
}

function keepView(bar) {
  const kept = [
    inAddress(STORE, () => training.storeInAddress, (id) => goTo(id)),
    inAddress('t-query', () => training.query, (query) => bar.apply(query ?? '')),
    inAddress('t-group', () => training.group, (name) => training.setGroup(name || null)),
    inAddress('t-label', () => training.label, (name) => training.setLabel(name || null)),
    inAddress('t-picked', () => (training.picked.size <= MOST_PICKED ? [...training.picked].join(',') : null), (ids) => training.pick(idsOf(ids))),
  ];
  for (const event of ['store', 'query', 'group', 'picked']) training.on(event, kept[0]);
  kept[0]();
}

const idsOf = (text) => (text ?? '').split(',').filter((id) => training.run(id));

let going = 0;

async function goTo(id) {
  const turn = ++going;
  const store = id ? await findStore(id) : training.first;
  if (store && turn === going) await training.enter(store);
}

/** @returns {Promise<import('../state.js').Store|null>} the store of an address; null for the default one */
async function findStore(id) {
  if (!id) return null;
  try {
    const { stores } = await ask('stores');
    const open = stores.find((store) => store.id === id);
    if (open) return open;
    const recent = readRecent().find((one) => one.id === id && one.complete);
    if (recent) return await reopen(recent);
    training.say('The store of this address is not open on this server; open it by its folder or address. Shown is the store of the command line.');
  } catch (error) {
    training.say(error instanceof Refused ? error.message : GONE);
  }
  return null;
}

async function reopen({ url }) {
  const store = await training.openQuietly(url);
  addRecent(url, store);
  return store;
}
