/** The answer as cards, the nearest image first: image, distance, label, prediction, and its waveform over the query's. */
import { imageUrl } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { HEIGHT, linePath, rangeOf, rawPath, smooth, WIDTH } from './wave.js';

const SVG = 'http://www.w3.org/2000/svg';
const IMAGE_SIDE = 128;
const LARGEST_CRISP = 96;

/**
 * @typedef {{index: number, id: string, label: number|null, predicted: number|null, correct: boolean|null, distance: number}} Result
 *   label and correct are null without a label
 * @param {number} distance
 */
export const distanceText = (distance) => (distance === 0 ? '0' : distance < 0.001 ? distance.toExponential(1) : distance.toPrecision(3));

/** @param {boolean|null} correct null without a label @returns {string} what stands before a prediction */
export const verdictSign = (correct) => (correct === null ? '' : correct ? '✓ ' : '✕ ');

/** @param {string[]} classes of the paths, back to front @returns {SVGSVGElement} an empty drawing of waveforms */
export function makeWave(classes) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'similar-wave');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const name of classes) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    svg.append(path);
  }
  return svg;
}

/** An image of the dataset, in crisp squares when it is enlarged. */
export function sampleImage(index, side = IMAGE_SIDE) {
  const image = make('img', { loading: 'lazy', src: imageUrl(index, side), alt: '', decoding: 'async' });
  image.addEventListener('load', () => image.classList.toggle('crisp', Math.max(image.naturalWidth, image.naturalHeight) <= LARGEST_CRISP));
  return image;
}

export class Cards {
  element = make('ol', { class: 'similar-cards', 'aria-label': 'Similar images, the nearest first' });
  #cards = [];
  #looked = () => {};

  /** @param {(rank: number) => void} looked the pointer or the keyboard came to a card, 0 for the nearest */
  constructor(looked) {
    this.#looked = looked;
    this.element.addEventListener('keydown', (event) => this.#step(event));
    hub.on('focus', () => this.#markFocus());
  }

  /** @param {Result[]} results @param {number|null} label of the query, or the class predicted for it */
  show(results, label) {
    const held = this.element.contains(document.activeElement);
    this.#cards = results.map((result, rank) => this.#make(result, rank, label));
    this.element.replaceChildren(...this.#cards.map(({ element }) => element));
    this.#markFocus();
    // Who asked by the keyboard goes on from the answer.
    if (held) this.#cards[0]?.look.focus();
  }

  /** @param {import('./wave.js').Wave[]} waves the query's, then one a card @param {number} units */
  drawWaves(waves, units) {
    const range = rangeOf(waves);
    const drawn = waves.map((wave) => [rawPath(wave, range), linePath(smooth(wave, units), range)]);
    const [query, ...others] = drawn;
    this.#cards.forEach(({ wave }, rank) => {
      // The smoothed line of the query behind, then raw and smoothed of the card's own.
      const paths = [query[0], query[1], ...(others[rank] ?? ['', ''])];
      paths.forEach((path, k) => wave.children[k].setAttribute('d', path));
    });
  }

  #make(result, rank, label) {
    const { index, distance, predicted } = result;
    const differs = label !== null && result.label !== null && result.label !== label;
    const wrong = result.correct === false;
    const [labelName, predictedName] = [result.label, predicted].map((value) => (value === null ? '' : study.className(value)));
    const words = [
      `Rank ${rank + 1}: image ${index}, distance ${distanceText(distance)}`,
      result.label === null ? '' : `label ${labelName}`,
      differs ? 'another label' : '',
      predicted === null ? '' : `predicted ${predictedName}`,
      result.correct === null ? '' : wrong ? 'wrong' : 'right',
    ].filter(Boolean).join(', ');
    const wave = makeWave(['similar-query-raw', 'similar-query-line', 'similar-raw', 'similar-line']);
    const facts = make('span', { class: 'similar-facts' }, [
      make('span', { class: 'similar-place' }, [make('b', { text: String(rank + 1) }), make('span', { class: 'similar-distance', text: distanceText(distance), title: 'Euclidean distance to the query' })]),
      result.label === null ? '' : make('span', { class: differs ? 'similar-label other' : 'similar-label', text: `${differs ? '≠ ' : ''}${labelName}`, title: `label ${labelName}` }),
      predicted === null ? '' : make('span', { class: wrong ? 'similar-guess wrong' : 'similar-guess', text: `${verdictSign(result.correct)}${predictedName}`, title: `predicted ${predictedName}` }),
      make('span', { class: 'similar-index', text: `#${index}`, title: result.id }),
    ]);
    const look = make('button', {
      type: 'button', class: 'similar-look', 'aria-label': words, title: result.id,
      on: { click: () => hub.setFocus(index), focus: () => this.#looked(rank) },
    }, [make('span', { class: 'similar-image' }, [sampleImage(index)]), facts, wave]);
    const again = make('button', { type: 'button', class: 'quiet similar-again', text: 'find similar', 'data-similar': index, 'aria-label': `Find images similar to image ${index}` });
    const element = make('li', {
      class: `similar-card${differs ? ' other' : ''}`, 'data-index': index, on: { pointerenter: () => this.#looked(rank) },
    }, [look, again]);
    return { element, look, wave, index };
  }

  #markFocus() {
    for (const { element, look, index } of this.#cards) {
      element.classList.toggle('focused', index === hub.focus);
      look.setAttribute('aria-current', String(index === hub.focus));
    }
  }

  /** The arrow keys go from card to card, row by row. */
  #step(event) {
    const at = this.#cards.findIndex(({ element }) => element.contains(event.target));
    const [first] = this.#cards;
    if (at < 0) return;
    const columns = Math.max(1, this.#cards.findIndex(({ element }) => element.offsetTop > first.element.offsetTop));
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const next = this.#cards[at + steps[event.key]];
    if (!next) return;
    event.preventDefault();
    next.look.focus();
  }
}
