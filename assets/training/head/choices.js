/** By which column runs are coloured, and by which they are called. */
import { make, setOptions } from '../../shared/dom.js';
import { training } from '../state.js';

const FACTS = ['folder', 'status', 'tags'];
const GROUPS = { fact: 'Facts', parameter: 'Parameters', last: 'Last values', best: 'Best values' };

/** @returns {HTMLElement[]} two labelled selects */
export function choices() {
  const colors = choice('Colour by', 'each its own', () => training.group, (name) => training.setGroup(name));
  const labels = choice('Label by', 'name', () => training.label, (name) => training.setLabel(name));
  return [colors, labels];
}

function choice(title, none, get, set) {
  const select = make('select', { 'aria-label': title, on: { change: () => set(select.value === '' ? null : select.value.slice(1)) } });
  const show = () => {
    // A name may be anything, the empty one too: a sign before it tells it from none.
    const options = offered().map(({ name, source }) => ({ value: `=${name}`, label: name, group: GROUPS[source] }));
    const value = get() === null ? '' : `=${get()}`;
    // The address may name a column that is not there yet.
    if (value && !options.some((option) => option.value === value)) options.push({ value, label: get() });
    setOptions(select, [{ value: '', label: none }, ...options], value);
  };
  for (const event of ['runs', 'group']) training.on(event, show);
  show();
  return make('label', { class: 'head-choice' }, [make('span', { text: title }), select]);
}

/** Parameters first, and of them those that differ. */
function offered() {
  const { columns, runs } = training;
  const differs = (name) => new Set(runs.map((run) => run.values[name])).size > 1;
  const parameters = columns.filter(({ source }) => source === 'parameter');
  const told = new Map(parameters.map((column) => [column, differs(column.name)]));
  const of = (source) => columns.filter((column) => column.source === source);
  const facts = of('fact').filter(({ name }) => FACTS.includes(name));
  return [...parameters.filter((one) => told.get(one)), ...parameters.filter((one) => !told.get(one)), ...facts, ...of('last'), ...of('best')];
}
