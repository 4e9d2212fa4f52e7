/** The threshold of a class: a slider, and what it turns right and wrong. Every number selects its images. */
import { make, setOptions } from '../../shared/dom.js';
import { countText, imagesText, shareText } from './data.js';

// The slider goes evenly through the logarithm of the odds: near 0 and near 1, where a network that is sure of itself has
// its probabilities, as finely as between. Beyond its ends lie 0 and 1 themselves.
const LAST = 5;
const STEP = 0.05;
const MARKS = ['0', '0.001', '0.1', '0.5', '0.9', '0.999', '1'];

// What was counted of the class before goes when the answer takes longer than this.
const LATE_MS = 250;

const CELLS = [
  ['tp', 'true positives', 'right', (name) => `of class ${name}, and called so`],
  ['fn', 'false negatives', 'wrong', (name) => `of class ${name}, but not called so`],
  ['fp', 'false positives', 'wrong', (name) => `of another class, but called ${name}`],
  ['tn', 'true negatives', 'right', (name) => `of another class, and not called ${name}`],
];
const FIGURES = [
  ['precision', 'Precision', 'The share of those called of the class that are'],
  ['recall', 'Recall', 'The share of the class that is called so'],
  ['f1', 'F1', 'The harmonic mean of the two'],
  ['false_positive_rate', 'FPR', 'False positive rate: the share of the other classes that is called of this one'],
];

/** @returns {string} the threshold of a place of the slider, in as few digits as it needs */
export function thresholdAt(place) {
  if (place <= -LAST) return '0';
  if (place >= LAST) return '1';
  const odds = 10 ** place;
  const share = odds / (1 + odds);
  // Two digits that count, of the share or of what it lacks to one.
  const digits = Math.max(2, 1 - Math.floor(Math.log10(Math.min(share, 1 - share))));
  return String(Number(share.toFixed(digits)));
}

/** @returns {number} the place of the slider that is nearest to a threshold */
export function placeOf(threshold) {
  const value = Number(threshold);
  if (value <= 0) return -LAST;
  if (value >= 1) return LAST;
  return Math.max(-LAST, Math.min(LAST, Math.log10(value / (1 - value))));
}

export class ThresholdCard {
  #choice;
  #classes = make('select', { class: 'map-select', 'aria-label': 'Class' });
  #slider = make('input', { type: 'range', min: -LAST, max: LAST, step: STEP, 'aria-label': 'Threshold' });
  #field = make('input', { type: 'text', inputMode: 'decimal', size: 8, autocomplete: 'off', spellcheck: false, 'aria-label': 'Threshold as a number' });
  #heads = {};
  #cells = {};
  #figures = {};
  #wrong = make('button', { type: 'button', class: 'curves-wrong' });
  #late = 0;

  /** @param {import('./choice.js').Choice} choice */
  constructor(choice) {
    this.#choice = choice;
    this.element = make('section', { class: 'curves-card curves-threshold', 'aria-label': 'Threshold' }, [
      make('div', { class: 'curves-head' }, [make('h3', { text: 'Threshold for' }), this.#classes, this.#field]),
      make('div', { class: 'curves-slider' }, [this.#slider, marks()]),
      make('div', { class: 'curves-outcome' }, [this.#makeCells(), this.#makeFigures()]),
      this.#wrong,
    ]);
    setOptions(this.#classes, choice.ranked.map(({ number, name }) => ({ value: String(number), label: name })), String(choice.number));
    this.#classes.addEventListener('change', () => choice.set(Number(this.#classes.value)));
    this.#slider.addEventListener('input', () => choice.set(choice.number, thresholdAt(this.#slider.valueAsNumber)));
    this.#slider.addEventListener('change', () => choice.move(thresholdAt(this.#slider.valueAsNumber)));
    this.#field.addEventListener('change', () => this.#typed());
    this.#wrong.addEventListener('click', () => choice.press('wrong'));
    choice.on('class', () => this.#show());
    choice.on('class', () => this.#await());
    choice.on('threshold', () => this.#place());
    choice.on('outcome', () => this.#count());
    choice.on('pressed', () => this.#press());
    choice.on('failed', (sentence) => this.#blank(sentence));
    this.#show();
    this.#place();
  }

  #makeCells() {
    const head = (name) => { this.#heads[name] = make('span', { class: 'curves-side' }); return this.#heads[name]; };
    const cell = ([key, title, kind]) => {
      this.#cells[key] = make('button', { type: 'button', class: `curves-cell curves-cell-${kind}`, on: { click: () => this.#choice.press(key) } }, [
        make('b', { text: '–' }),
        make('span', { class: 'curves-long', text: title }),
        make('span', { class: 'curves-short', text: key.toUpperCase() }),
      ]);
      return this.#cells[key];
    };
    const [tp, fn, fp, tn] = CELLS.map(cell);
    return make('div', { class: 'curves-cells' }, [make('i'), head('called'), head('not'), head('is'), tp, fn, head('other'), fp, tn]);
  }

  #makeFigures() {
    const line = ([key, name, title]) => {
      this.#figures[key] = make('dd', { text: '–' });
      return make('div', { title }, [make('dt', { text: name }), this.#figures[key]]);
    };
    return make('dl', { class: 'curves-numbers' }, FIGURES.map(line));
  }

  #show() {
    const { name, number } = this.#choice.one;
    this.#classes.value = String(number);
    const texts = { called: `called ${name}`, not: `not ${name}`, is: `is ${name}`, other: 'is not' };
    for (const [key, text] of Object.entries(texts)) this.#heads[key].textContent = this.#heads[key].title = text;
  }

  #place() {
    const { threshold } = this.#choice;
    this.#field.value = threshold;
    this.#field.removeAttribute('aria-invalid');
    if (thresholdAt(this.#slider.valueAsNumber) !== threshold) this.#slider.value = placeOf(threshold);
    this.#slider.setAttribute('aria-valuetext', threshold);
  }

  #typed() {
    const text = this.#field.value.trim().replace(',', '.');
    const isThreshold = /^[\d.]+(e-?\d+)?$/i.test(text) && Number(text) >= 0 && Number(text) <= 1;
    if (isThreshold) this.#choice.move(String(Number(text)));
    else this.#field.setAttribute('aria-invalid', 'true');
  }

  #await() {
    clearTimeout(this.#late);
    if (!this.#choice.outcome) this.#late = setTimeout(() => this.#blank('Counting …'), LATE_MS);
  }

  /** Nothing is known of this class and this threshold. */
  #blank(sentence) {
    clearTimeout(this.#late);
    for (const [key, title] of CELLS) {
      const cell = this.#cells[key];
      cell.firstElementChild.textContent = '–';
      cell.title = '';
      cell.setAttribute('aria-label', `${title}: not known`);
    }
    for (const [key] of FIGURES) this.#figures[key].textContent = '–';
    this.#wrong.textContent = sentence;
    this.#press();
  }

  #count() {
    clearTimeout(this.#late);
    const { outcome, one } = this.#choice;
    for (const [key, title, , say] of CELLS) {
      const count = outcome.counts[key];
      const cell = this.#cells[key];
      cell.firstElementChild.textContent = countText(count);
      cell.title = `${imagesText(count)} ${say(one.name)}`;
      cell.setAttribute('aria-label', `${title}: ${cell.title}`);
    }
    for (const [key] of FIGURES) this.#figures[key].textContent = shareText(outcome[key]);
    const { fp, fn } = outcome.counts;
    this.#wrong.disabled = fp + fn === 0;
    this.#wrong.textContent = fp + fn ? `Select what it turns wrong: ${imagesText(fp + fn)}` : 'It turns nothing wrong';
    this.#press();
  }

  #press() {
    const { pressed } = this.#choice;
    for (const [key, cell] of Object.entries(this.#cells)) cell.setAttribute('aria-pressed', String(key === pressed));
    this.#wrong.setAttribute('aria-pressed', String(pressed === 'wrong'));
  }
}

function marks() {
  const mark = (text) => {
    const element = make('span', { text });
    element.style.left = `${50 + (50 * placeOf(text)) / LAST}%`;
    return element;
  };
  return make('div', { class: 'curves-marks', 'aria-hidden': 'true' }, MARKS.map(mark));
}
