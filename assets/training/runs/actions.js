/** What can be done to runs: each tells what it did, and how to take it back. */
import { Refused, ask, tell } from '../api.js';
import { GONE, training } from '../state.js';
import { countRuns } from './format.js';

/** @param {string[]} ids @returns {string} "digits-1", or "3 runs" */
const called = (ids) => (ids.length === 1 ? `“${training.run(ids[0])?.name || ids[0]}”` : countRuns(ids.length));

// What is on its way: a second click must not do it again, as undoing that would change nothing.
const going = new Set();

/** @returns {Promise<boolean>} whether it was done; if not, why is told */
async function change(ids, changes, sentence, undone) {
  const what = JSON.stringify([training.store?.id, ids, changes]);
  if (going.has(what)) return false;
  going.add(what);
  try {
    const done = await training.edit(ids, changes);
    training.say(sentence, () => training.undo(done), undone);
    return true;
  } catch (error) {
    training.say(whyNot(error));
    return false;
  } finally {
    going.delete(what);
  }
}

/** @returns {string} a sentence */
export const whyNot = (error) => (error instanceof Refused ? error.message : GONE);

export function rename(run, name) {
  if (!name || name === run.name) return Promise.resolve(false);
  return change([run.id], { name }, `“${run.name}” is now called “${name}”.`, `“${run.name}” is called so again.`);
}

const are = (ids) => `${called(ids)} ${ids.length === 1 ? 'is' : 'are'}`;

export const hide = (ids, hidden) => change(ids, { hidden }, `${are(ids)} ${hidden ? 'hidden' : 'shown again'}.`, `${are(ids)} ${hidden ? 'shown' : 'hidden'} as before.`);

export function remove(ids) {
  if (!ids.length || !training.store?.writable) return Promise.resolve(false);
  return change(ids, { deleted: true }, `${are(ids)} in the bin.`, `${are(ids)} out of the bin again.`);
}

export const annotate = (run, note) => (note === run.note ? Promise.resolve(false) : change([run.id], { note }, `The note of “${run.name}” is ${note ? 'kept' : 'removed'}.`, `The note of “${run.name}” is what it was.`));

let tagging = Promise.resolve();

/**
 * Adds a tag to runs, or takes it off: each keeps its others, so one is done after the other. One undo takes all of it back.
 * @returns {Promise<boolean>} whether they are so now; if not, why is told
 */
export function tagAll(ids, tag, on) {
  return (tagging = tagging.then(() => tagNow(ids, tag, on)));
}

async function tagNow(ids, tag, on) {
  const runs = ids.map((id) => training.run(id)).filter((run) => run && run.tags.includes(tag) !== on);
  if (!runs.length) return true;
  const done = [];
  try {
    for (const [tags, group] of byTags(runs, tag, on)) done.push(await training.edit(group, { tags }));
  } catch (error) {
    training.say(whyNot(error));
    return false;
  }
  const changed = runs.map(({ id }) => id);
  const sentence = on ? `${are(changed)} tagged ${tag}.` : `The tag ${tag} is off ${called(changed)}.`;
  const undo = async () => {
    // What is undone is so, also where the next one has to be tried again.
    for (; done.length; done.pop()) await training.undo(done.at(-1));
  };
  training.say(sentence, undo, `${are(changed)} tagged as before.`);
  return true;
}

/** @returns {[string[], string[]][]} the tags to be set, and the runs that get them */
function byTags(runs, tag, on) {
  const groups = new Map();
  for (const run of runs) {
    const tags = on ? [...run.tags, tag] : run.tags.filter((other) => other !== tag);
    const key = JSON.stringify(tags);
    if (!groups.has(key)) groups.set(key, [tags, []]);
    groups.get(key)[1].push(run.id);
  }
  return [...groups.values()];
}

/** @returns {Promise<{id: string, name: string}[]>} what lies in the bin */
export const readBin = async () => (await ask('deleted', training.address)).runs;

export async function restore(runs) {
  await change(runs.map(({ id }) => id), { deleted: false }, `${runs.length === 1 ? `“${runs[0].name}” is` : `${countRuns(runs.length)} are`} back.`, 'Back in the bin.');
}

/** For good: nothing takes this back. @throws {Refused} */
export async function erase(runs) {
  await tell('erase', training.address, { runs: runs.map(({ id }) => id) });
  await training.refreshAfterwards();
  training.say(`${runs.length === 1 ? `“${runs[0].name}”` : countRuns(runs.length)} erased for good.`);
}
