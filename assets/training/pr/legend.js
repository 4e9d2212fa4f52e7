/** The runs of a chart with the area under each curve. A click hides a run in all charts, pointing at one makes it stand out. */
import { make } from '../../shared/dom.js';
import { drawSwatch } from '../chart/swatch.js';
import { epochs } from '../media/epochs.js';
import { at as place, whole } from '../media/numbers.js';
import { countText, shareText } from './data.js';

export const AREA = 'Average precision: from the strictest logged threshold to the most lenient, the sum of each precision times the rise of recall to it. It is what scikit-learn gives for the probabilities rounded down to these thresholds; with few of them it may differ from that of the probabilities themselves.';

export class Legend {
  element = make('div', { class: 'pr-legend', role: 'group' });
  #hide;
  #stress;
  #drawn = '';

  /** @param {(run: string) => void} hide @param {(run: string|null) => void} stress */
  constructor(hide, stress) {
    this.#hide = hide;
    this.#stress = stress;
    // A row that was replaced under the pointer is never left.
    this.element.addEventListener('pointerleave', () => stress(null));
    this.element.setAttribute('aria-label', 'Runs and their average precision');
  }

  /** @param {{row: import('./card.js').Row, curve: import('./data.js').Curve|null}[]} entries @param {number|null} step of the slider @param {Set<string>} hidden runs */
  show(entries, step, hidden) {
    const items = entries.map(({ row, curve }) => ({
      row, area: areaOf(curve), hint: hintOf(row, curve),
      older: curve && curve.step !== step ? `step ${whole(curve.step)}` : '', on: !hidden.has(row.run.id),
    }));
    const drawn = JSON.stringify(items.map(({ row, ...rest }) => [row.run.id, row.name, row.color, row.shape, rest]));
    // What is under the pointer or has the focus must not be replaced because a run has grown.
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.run : null;
    const head = items.length ? [make('span', { class: 'pr-legend-head', text: 'average precision', title: AREA })] : [];
    this.element.replaceChildren(...head, ...items.map((item) => this.#item(item)));
    if (focused !== null) [...this.element.querySelectorAll('button')].find(({ dataset }) => dataset.run === focused)?.focus();
  }

  #item({ row: { run, name, color, shape }, area, hint, older, on }) {
    const parts = [drawSwatch({ color, shape }), make('span', { class: 'pr-legend-name', text: name })];
    if (older) parts.push(make('small', { text: older }));
    parts.push(make('b', { text: area }));
    return make('button', { type: 'button', class: 'pr-legend-run', 'data-run': run.id, 'aria-pressed': String(on), title: `${name}. ${hint} Click to hide or show it.`, on: {
      click: () => this.#hide(run.id),
      pointerenter: () => this.#stress(run.id),
      pointerleave: () => this.#stress(null),
      focus: () => this.#stress(run.id),
      blur: () => this.#stress(null),
    } }, parts);
  }
}

function areaOf(curve) {
  if (!curve) return 'not yet';
  return curve.area === null ? 'no positives' : shareText(curve.area);
}

function hintOf({ run, value }, curve) {
  if (!curve) return 'Its first curve comes later.';
  const where = place(curve.step, epochs.at(run, curve.step));
  const some = value.total > value.curves.length ? ` ${countText(value.curves.length)} of its ${countText(value.total)} curves are shown.` : '';
  return `Its last curve until here is of ${where}: ${countText(curve.positives)} of ${countText(curve.samples)} are positive.${some}`;
}
