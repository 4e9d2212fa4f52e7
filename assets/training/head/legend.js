/** What the colours mean while runs are coloured by a column. */
import { make } from '../../shared/dom.js';
import { onThemeChange } from '../../shared/colors.js';
import { training } from '../state.js';
import { MARKED } from '../chart/board.js';
import { rampScale } from '../runs/colors.js';
import { formatNumber, shortValue } from '../runs/format.js';

const MOST = 12;
// Their charts' own legend lists the values with their colours, unless there are too many of them.
const WITH_LEGEND = new Set(['live', 'scalars']);

/** @returns {HTMLElement} a line, hidden while each run has its own colour */
export function legend() {
  const element = make('div', { class: 'color-legend', hidden: true, role: 'group' });
  let shown = '';
  const show = () => {
    const { group } = training;
    element.hidden = group === null || (WITH_LEGEND.has(training.tab) && isListed(group));
    if (element.hidden) return;
    const ramp = training.ramp;
    const wanted = JSON.stringify([group, ramp ? [ramp.low, ramp.high] : kinds(group).map(({ text, color }) => [text, color])]);
    if (wanted === shown) return;
    shown = wanted;
    element.setAttribute('aria-label', `Colours by ${group}`);
    element.replaceChildren(make('span', { text: group }), ...(ramp ? bar(ramp) : chips(group)));
  };
  for (const event of ['group', 'chosen', 'tab']) training.on(event, show);
  onThemeChange(() => {
    shown = '';
    show();
  });
  show();
  return element;
}

/** Whether a chart lists each value. */
function isListed(group) {
  return new Set(training.found.map((run) => run.values[group] ?? null)).size <= MARKED;
}

/** @returns {{text: string, color: string}[]} the values of the runs found, in their order */
function kinds(group) {
  const seen = new Map();
  for (const run of training.found) {
    const value = run.values[group] ?? null;
    if (!seen.has(value)) seen.set(value, { value, text: value === null || value === '' ? 'none' : shortValue(value), color: training.color(run) });
  }
  const order = (a, b) => (typeof a.value === 'number' && typeof b.value === 'number' ? a.value - b.value : String(a.value ?? '').localeCompare(String(b.value ?? ''), undefined, { numeric: true }));
  return [...seen.values()].sort(order);
}

function chips(group) {
  const all = kinds(group);
  const shown = all.slice(0, MOST).map(({ text, color }) => make('span', { class: 'color-kind' }, [make('i', { class: 'run-mark', style: `background: ${color}` }), make('span', { text, title: text })]));
  return all.length > MOST ? [...shown, make('span', { text: `and ${all.length - MOST} more` })] : shown;
}

function bar({ low, high, logarithmic }) {
  const stops = rampScale().map(([at, color]) => `${color} ${100 * at}%`);
  return [
    make('span', { text: formatNumber(low) }),
    make('i', { class: 'color-ramp', style: `background: linear-gradient(to right, ${stops.join(', ')})` }),
    make('span', { text: formatNumber(high) }),
    ...(logarithmic ? [make('small', { text: 'by order of magnitude' })] : []),
  ];
}
