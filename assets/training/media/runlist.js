/** Runs as lists offer them. */
import { formatMoment } from '../runs/format.js';
import { training } from '../state.js';

/** @param {import('../state.js').Run[]} runs @returns {{value: string, label: string}[]} those of one name told apart by when they started */
export function runOptions(runs) {
  const times = new Map();
  for (const run of runs) times.set(training.name(run), (times.get(training.name(run)) ?? 0) + 1);
  return runs.map((run) => {
    const name = training.name(run);
    return { value: run.id, label: times.get(name) > 1 ? `${name} (${formatMoment(run.started)})` : name };
  });
}

/** @param {import('../state.js').Run} run @returns {number[]} its colour, RGB */
export function runColor(run) {
  return (training.color(run).match(/[\d.]+/g) ?? ['120', '120', '120']).slice(0, 3).map(Number);
}

/** @returns {string} whose runs the page shows, where there are none to show */
export function noRuns() {
  if (!training.known) return 'Reading the runs …';
  if (!training.runs.length) return 'There are no runs in this store yet; the tab Live says how they get here.';
  return 'The query finds no run; change it at the top of the page to see more.';
}
