/** The classes by colour and shape, and what the colours of the map say. */
import { css, heat, palette } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { pathOf } from './shapes.js';

const SVG = 'http://www.w3.org/2000/svg';
const RAMP_STEPS = 32;

/** Names and colours of the classes. */
export class ClassLook {
  /** @param {string[]} names */
  constructor(names) {
    this.names = names;
    this.colors = palette(Math.max(1, names.length));
  }

  name(label) {
    return label < 0 ? 'no class' : (this.names[label] ?? String(label));
  }

  css(label) {
    return css(this.colors[label % this.colors.length]);
  }
}

/** The look of each run's classes; runs of the same classes share one. */
export class Looks {
  /** @type {ClassLook[]} */
  #last = [];

  /** @param {string[][]} names of each run @returns {ClassLook[]} as before where the names are */
  of(names) {
    const known = [...this.#last];
    this.#last = names.map((own) => {
      // Numbers are the names of classes that nobody has named: another run may have.
      const given =
        (isNumbered(own) && names.find((other) => other.length === own.length && !isNumbered(other))) || own;
      const same = known.find((look) => look.names.join('\n') === given.join('\n'));
      if (!same) known.push(new ClassLook(given));
      return same ?? known.at(-1);
    });
    return this.#last;
  }
}

const isNumbered = (names) => names.every((name, k) => name === String(k));

/** @returns {number[][]} RGB from chance to certain: what is sure recedes, the borders stand out */
export function certainty() {
  return Array.from({ length: RAMP_STEPS }, (_, k) => heat(1 - k / (RAMP_STEPS - 1)));
}

/** @returns {SVGElement} the mark of a class */
export function swatch(label, look) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({
    viewBox: '0 0 16 16',
    width: 12,
    height: 12,
    'aria-hidden': 'true',
    class: 'class-swatch',
  }))
    svg.setAttribute(name, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', pathOf(label));
  path.style.fill = look.css(label);
  svg.append(path);
  return svg;
}

export class MapLegend {
  #lists = make('div', { class: 'class-legend-lists' });
  #ramp = make('i');
  #most = make('span');
  #bar;
  #ring = make('span', { class: 'class-legend-ring' }, [
    make('i', { 'aria-hidden': 'true' }),
    document.createTextNode('wrong: the map gives it another class'),
  ]);
  #drawn = '';

  constructor() {
    this.#bar = make('span', { class: 'class-legend-ramp', title: 'The probability of the likeliest class' }, [
      this.#most,
      this.#ramp,
      make('span', { text: 'certain' }),
    ]);
    this.element = make('div', { class: 'class-legend' }, [this.#lists, this.#ring, this.#bar]);
  }

  /**
   * @param {{name: string, look: ClassLook}[]} runs with classes of their own
   * @param {{regions: boolean, rings: boolean}} what
   */
  show(runs, { regions, rings }) {
    const wanted = JSON.stringify(runs.map(({ name, look }) => [name, look.names]));
    if (wanted !== this.#drawn) {
      this.#drawn = wanted;
      this.#lists.replaceChildren(...runs.map(({ name, look }) => listOf(look, runs.length > 1 ? name : '')));
    }
    this.#ring.hidden = !rings;
    this.#bar.hidden = regions;
    const counts = [...new Set(runs.map(({ look }) => look.names.length))];
    this.#most.textContent = counts.length === 1 ? `undecided, 1 in ${counts[0]}` : 'undecided';
    this.#ramp.style.background = `linear-gradient(90deg, ${certainty().map(css).join(', ')})`;
  }
}

/** @param {ClassLook} look @param {string} whose classes, where another run has others */
function listOf(look, whose) {
  const head = whose ? [make('li', { class: 'class-legend-whose', text: whose })] : [];
  const items = look.names.map((name, label) =>
    make('li', { title: name }, [swatch(label, look), make('span', { text: name })]),
  );
  return make('ul', { class: 'class-legend-list', 'aria-label': whose ? `Classes of ${whose}` : 'Classes' }, [
    ...head,
    ...items,
  ]);
}
