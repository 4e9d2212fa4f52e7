/**
 * How the maps are shown: regions or boundary, what lies between two of them, and the samples on top.
 *
 * Events: `change`.
 */
import { make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { inAddress, readAddress } from '../address.js';
import { segments } from '../media/segments.js';

const VIEWS = [
  ['regions', 'Regions', 'The likeliest class at each place; paler where the network is less certain'],
  ['boundary', 'Boundary', 'How certain the network is of its likeliest class: borders between classes stand out'],
];
const BETWEEN = [
  ['linear', 'linear', 'Between two recorded maps, each class’s probability changes evenly'],
  [
    'geometric',
    'geometric',
    'Between two recorded maps, the logarithm of each class’s probability changes evenly; their sum is kept at 1',
  ],
  ['none', 'none', 'Only maps that were recorded are shown'],
];
const POINTS = [
  ['all', 'all', 'Every point; a ring marks those that the map gives another class'],
  ['wrong', 'wrong', 'Only points that the map gives another class'],
  ['none', 'none', 'The map alone'],
];
const PARTS = { view: VIEWS, between: BETWEEN, which: POINTS };
const KEYS = { view: 't-map-view', between: 't-map-between', which: 't-map-points' };

export class Bar extends Events {
  #state = { view: 'regions', between: 'linear', which: 'all' };
  #segments = {};
  #changed = {};
  #shade = make('input', { type: 'checkbox', checked: true, on: { change: () => this.emit('change') } });
  #shadeLabel = make('label', { class: 'media-label', title: 'Paler where the likeliest class is less certain' }, [
    this.#shade,
    'certainty',
  ]);

  constructor() {
    super();
    const parts = { view: 'View', between: 'Between two maps', which: 'Points' };
    for (const [part, title] of Object.entries(parts)) {
      this.#segments[part] = segments(title, PARTS[part], (name) => this.#choose(part, name));
      this.#keep(part);
    }
    const labelled = (text, part) => make('span', { class: 'media-label' }, [text, this.#segments[part].element]);
    this.element = make('div', { class: 'media-bar' }, [
      this.#segments.view.element,
      this.#shadeLabel,
      labelled('between maps', 'between'),
      labelled('points', 'which'),
    ]);
    this.#show();
  }

  get regions() {
    return this.#state.view === 'regions';
  }

  get shaded() {
    return this.#shade.checked;
  }

  /** @returns {'linear'|'geometric'|'none'} */
  get between() {
    return this.#state.between;
  }

  get geometric() {
    return this.between === 'geometric';
  }

  /** @returns {'all'|'wrong'|'none'} the points that are shown */
  get which() {
    return this.#state.which;
  }

  #keep(part) {
    const [[first]] = PARTS[part];
    const known = (name) => (PARTS[part].some(([other]) => other === name) ? name : first);
    this.#state[part] = known(readAddress(KEYS[part]));
    this.#changed[part] = inAddress(
      KEYS[part],
      () => (this.#state[part] === first ? null : this.#state[part]),
      (name) => this.#choose(part, known(name)),
    );
  }

  #choose(part, name) {
    this.#state[part] = name;
    this.#changed[part]();
    this.#show();
    this.emit('change');
  }

  #show() {
    for (const part of Object.keys(PARTS)) this.#segments[part].show(this.#state[part]);
    this.#shadeLabel.hidden = !this.regions;
  }
}
