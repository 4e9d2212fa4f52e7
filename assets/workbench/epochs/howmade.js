/** How the maps of the epochs are made, and how faithful they are: what was measured, and how. */
import { shortNumber } from '../../map/scales.js';
import { make } from '../../shared/dom.js';
import { methodName } from '../../shared/methods.js';

const GAP = 4;

export class HowMade {
  #map;
  #button = make('button', { type: 'button', class: 'quiet epochs-made', text: 'how it is made' });
  #card = make('div', { class: 'epochs-made-card', role: 'dialog', 'aria-label': 'How the maps are made', popover: 'auto' });
  elements = [this.#button, this.#card];

  /** @param {import('./map.js').EpochMap} map */
  constructor(map) {
    this.#map = map;
    this.#button.popoverTargetElement = this.#card;
    this.#button.setAttribute('aria-expanded', 'false');
    this.#card.addEventListener('toggle', ({ newState }) => {
      this.#button.setAttribute('aria-expanded', String(newState === 'open'));
      if (newState === 'open') this.#open();
    });
    // Wherever the keyboard's focus is: this Escape means the card, not the selection.
    addEventListener('keydown', (event) => this.#press(event), true);
  }

  update() {
    this.#button.hidden = !this.#map.alignment;
    if (this.#card.matches(':popover-open')) this.#fill();
  }

  #press(event) {
    if (event.key !== 'Escape' || !this.#card.matches(':popover-open')) return;
    event.preventDefault();
    event.stopPropagation();
    this.#card.hidePopover();
  }

  #open() {
    this.#fill();
    const at = this.#button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#card;
    this.#card.style.left = `${Math.max(GAP, Math.min(innerWidth - width - GAP, at.left))}px`;
    this.#card.style.top = `${Math.max(GAP, Math.min(innerHeight - height - GAP, at.bottom + GAP))}px`;
  }

  #fill() {
    const { alignment } = this.#map;
    if (!alignment) return;
    const text = (words) => make('p', { text: words });
    this.#card.replaceChildren(
      make('h3', { text: 'How these maps are made' }),
      text(
        `Each epoch's map is a ${methodName(this.#map.method)} of that epoch's activations, started from the map of the epoch ` +
          "before, and held back where an image's activations hardly changed. What moves has changed inside the network.",
      ),
      make('dl', {}, [...trust(alignment), ...movement(alignment)]),
      ...(alignment.movement?.measure ? [text(alignment.movement.measure)] : []),
      text('Trustworthiness says how far neighbours on the map are neighbours among the activations: 1 is all of them.'),
    );
  }
}

function trust({ trustworthiness = [] }) {
  const known = trustworthiness.filter((value) => value != null);
  if (!known.length) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)].map((value) => value.toFixed(3));
  return entry('trustworthiness, over the epochs', low === high ? low : `${low} to ${high}`);
}

function movement({ movement: moved }) {
  if (!moved) return [];
  const ratio = moved.ratio == null ? [] : entry('ratio', `1 : ${shortNumber(1 / moved.ratio)}`);
  return [
    ...entry('movement, least changed quarter', shortNumber(moved.stable)),
    ...entry('movement, most changed quarter', shortNumber(moved.changed)),
    ...ratio,
  ];
}

const entry = (name, value) => [make('dt', { text: name }), make('dd', { text: value })];
