/** An image as a small card: what it shows, what it was taken for, its index and its loss. */
import { shortNumber } from '../map/scales.js';
import { imageUrl } from '../shared/api.js';
import { icon, make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';

const SIMILAR = 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8m3 7 3.500 3.500';
const REMOVE = 'M4.500 4.500l7 7m0-7-7 7';
// Pixels a side that are asked of the server.
const SIDE = 96;
const WIDEST = 3;

/** @returns {{label: string|undefined, predicted: string|undefined, loss: number|undefined, wrong: boolean}} what is known of a sample */
function describe(index) {
  const value = (name) => study.columns.get(name)?.[index];
  const [label, predicted, loss] = ['label', 'predicted', 'loss'].map(value);
  return {
    label: label === undefined || label < 0 ? undefined : study.className(label),
    predicted: predicted === undefined ? undefined : study.className(predicted),
    loss: Number.isNaN(loss) ? undefined : loss,
    wrong: study.isRight(index) === false,
  };
}

/** @param {number} digits that count */
function lossText(loss, digits = 3) {
  if (loss === Infinity) return '∞';
  return shortNumber(Number(loss.toPrecision(digits)));
}

/** Whether the names of the classes need a line each. */
export const hasLongNames = () => (study.info?.class_names ?? []).some((name) => name.length > WIDEST);

/**
 * @param {number} index
 * @param {object} actions
 * @param {(index: number) => void} actions.look
 * @param {(index: number) => void} [actions.remove]
 * @param {number} [actions.digits] of the loss, as far as there is room
 * @returns {HTMLElement} its image waits as `data-src`
 */
export function sampleCard(index, { look, remove, digits = 2 }) {
  const { label, predicted, loss, wrong } = describe(index);
  const told = [
    `Image ${index}`,
    label === undefined ? '' : `label ${label}`,
    predicted === undefined ? '' : `predicted ${predicted}${wrong ? ' (wrong)' : ''}`,
    loss === undefined ? '' : `loss ${lossText(loss)} nats`,
  ].filter(Boolean).join(', ');
  const image = make('img', { alt: '', draggable: false });
  // Small images keep their pixels; a photograph looks better smooth.
  image.addEventListener('load', () => image.classList.toggle('crisp', image.naturalWidth < SIDE));
  image.dataset.src = imageUrl(index, SIDE);
  const button = make('button', { type: 'button', class: 'card-look', title: told, 'aria-label': told, on: { click: () => look(index) } }, [
    image,
    caption(label, predicted, wrong),
    make('span', { class: 'card-numbers' }, [make('span', { text: String(index) }), make('span', { text: loss === undefined ? '' : lossText(loss, digits) })]),
  ]);
  const card = make('div', { class: 'card' }, [button, tool('card-similar', SIMILAR, `Images like ${index}`, { 'data-similar': index })]);
  if (remove) card.append(tool('card-remove', REMOVE, `Remove ${index} (Delete)`, { on: { click: () => remove(index) } }));
  card.dataset.index = index;
  markFocus(card);
  return card;
}

/** Outlines the card of the image that is looked at. */
export function markFocus(card) {
  const focused = Number(card.dataset.index) === hub.focus;
  card.classList.toggle('card-focused', focused);
  if (focused) card.firstElementChild.setAttribute('aria-current', 'true');
  else card.firstElementChild.removeAttribute('aria-current');
}

function caption(label, predicted, wrong) {
  const line = make('span', { class: `card-classes${hasLongNames() ? ' card-long' : ''}` });
  if (label !== undefined) line.append(make('span', { class: 'card-label', text: label }));
  if (predicted === undefined) return line;
  // A line of its own needs no arrow beside the mark.
  const sign = wrong ? (hasLongNames() ? '✕ ' : '→ ✕') : '→ ';
  line.append(make('span', { class: wrong ? 'card-predicted bad' : 'card-predicted', text: sign + predicted }));
  return line;
}

function tool(name, path, title, attributes) {
  return make('button', { type: 'button', class: `card-tool ${name}`, title, 'aria-label': title, ...attributes }, [icon(path)]);
}
