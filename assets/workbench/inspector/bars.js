/** A bar a class; the label carries a diamond, the prediction bold type. */
import { css, palette } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { percent } from './numbers.js';

// Below this a number would be all noughts.
const LEAST = 0.0005;

/** @type {Map<number, string>} */
const colors = new Map();

function colorOf(number) {
  if (!colors.has(number)) colors.set(number, css(palette(number + 1)[number]));
  return colors.get(number);
}

export class Bars {
  #note = make('small');
  #apart = make('p', { class: 'bars-apart', text: 'Each class is judged by itself: several may apply, and the numbers need not add up to 100 %.', hidden: true });
  #list = make('div', { class: 'bars', role: 'list' });
  #bars = [];
  element = make('div', { class: 'inspector-answer' }, [make('h3', {}, ['Probabilities ', this.#note]), this.#apart, this.#list]);

  /** @param {import('./ask.js').Answer} answer with probabilities */
  show({ probabilities, classes, top, label, labels, independent, scores }) {
    const own = labels.length ? labels : [label];
    const diamond = label < 0 ? [] : [own.length > 1 ? '◆ its labels' : '◆ the label'];
    const part = top === null ? [] : [`top ${top} of ${classes.toLocaleString('en')}`];
    this.#note.textContent = [...diamond, ...part].join(', ');
    this.#apart.hidden = !independent;
    while (this.#bars.length < probabilities.length) this.#bars.push(new Bar());
    const shown = this.#bars.slice(0, probabilities.length);
    shown.forEach((bar, k) => bar.show(probabilities[k], own.includes(probabilities[k].class), probabilities[k].class === scores?.predicted, label >= 0));
    if (this.#list.childElementCount !== shown.length) this.#list.replaceChildren(...shown.map((bar) => bar.element));
  }
}

class Bar {
  #diamond = make('span', { class: 'diamond' });
  #name = make('span', { class: 'bar-name' });
  #fill = make('i');
  #value = make('span', { class: 'bar-value' });
  element = make('div', { role: 'listitem' }, [this.#diamond, this.#name, make('div', { class: 'bar-track' }, [this.#fill]), this.#value]);

  show({ class: number, name, probability }, isLabel, isPredicted, isLabelled) {
    const kinds = ['bar', isLabel && 'label', isPredicted && 'predicted', isPredicted && isLabelled && !isLabel && 'wrong'];
    this.element.className = kinds.filter(Boolean).join(' ');
    this.element.setAttribute('aria-label', `${name}: ${percent(probability)}${isLabel ? ', the label' : ''}`);
    this.#diamond.textContent = isLabel ? '◆' : '';
    this.#name.textContent = name;
    this.#name.title = name;
    this.#fill.style.width = `${(100 * probability).toFixed(2)}%`;
    this.#fill.style.background = colorOf(number);
    this.#value.textContent = probability >= LEAST ? percent(probability) : '·';
  }
}
