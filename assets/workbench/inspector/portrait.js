/** The image with its numbers: side by side when it is small, else below each other. */
import { make } from '../../shared/dom.js';
import { study } from '../../shared/study.js';
import { decimal, percent } from './numbers.js';

// Keeps a row's height until its number is known.
const BLANK = '\u00a0';
const NATS = ' nats';

// The rows. Those of SCORES are there once the network has seen the image; the server alone knows those of MEASURES.
const IDENTITY = ['index', 'label'];
const MEASURES = ['confidence', 'margin', 'entropy'];
const SCORES = ['predicted', 'loss', ...MEASURES];

export class Portrait {
  #image;
  #list = make('dl');
  #rows = new Map();
  #label = make('span', { class: 'clamp' });
  #verdict = make('span', { class: 'clamp good' });
  #mark = make('span', { class: 'mark', 'aria-hidden': 'true' });
  #predicted = document.createTextNode('');
  #word = make('span', { class: 'visually-hidden' });
  #id = make('code', { title: 'id' });
  #copy = make('button', { type: 'button', class: 'quiet', text: 'copy' });
  #find = make('button', { type: 'button', class: 'quiet', text: 'find similar' });
  element;

  /** @param {boolean} small whether the images are enlarged in crisp squares */
  constructor(small) {
    this.#image = make('img', { class: small ? 'crisp' : '', fetchPriority: 'high' });
    for (const name of [...IDENTITY, ...SCORES]) this.#rows.set(name, [make('dt', { text: name }), make('dd')]);
    this.#verdict.append(this.#mark, this.#predicted, this.#word);
    this.#rows.get('label')[1].append(this.#label);
    this.#rows.get('predicted')[1].append(this.#verdict);
    this.#showRows(IDENTITY);
    this.element = make('div', {}, [
      make('div', { class: small ? 'portrait small' : 'portrait' }, [make('div', { class: 'portrait-image' }, [this.#image]), this.#list]),
      make('div', { class: 'identity' }, [this.#id, this.#copy, this.#find]),
    ]);
  }

  /** The image, and what the page's columns know of it; the rest waits for `fill`. */
  show(index) {
    const [label, predicted, loss] = ['label', 'predicted', 'loss'].map((name) => study.columns.get(name)?.[index]);
    this.#image.dataset.index = index;
    // Relative, so that it holds behind any base path.
    this.#image.setAttribute('src', `api/image/${index}.png`);
    this.#write('index', String(index));
    this.#showLabel(index, label === undefined ? '' : study.className(label));
    const scored = predicted !== undefined && loss !== undefined;
    this.#showRows(scored ? [...IDENTITY, ...SCORES] : IDENTITY);
    if (scored) {
      this.#showVerdict(study.className(predicted), predicted !== label);
      this.#write('loss', decimal(loss), NATS);
      for (const name of MEASURES) this.#write(name, BLANK);
    }
    // Out of sight, but in its place: the buttons beside it stay where they are.
    this.#id.style.visibility = 'hidden';
    this.#copy.disabled = true;
    this.#find.dataset.similar = index;
    this.#find.setAttribute('aria-label', `Find images similar to image ${index}`);
  }

  /** @param {import('./ask.js').Answer} answer for the index that is shown */
  fill({ index, id, label, label_name: name, scores }) {
    this.#showLabel(index, name);
    this.#id.textContent = id;
    this.#id.style.visibility = '';
    this.#copy.disabled = false;
    this.#copy.hidden = false;
    this.#copy.dataset.copy = id;
    this.#copy.setAttribute('aria-label', `Copy ${id}`);
    this.#showRows(scores ? [...IDENTITY, ...SCORES] : IDENTITY);
    if (!scores) return;
    this.#showVerdict(scores.predicted_name, scores.predicted !== label);
    this.#write('loss', decimal(Number(scores.loss)), NATS);
    this.#write('confidence', percent(Number(scores.confidence)));
    this.#write('margin', decimal(Number(scores.margin)));
    this.#write('entropy', decimal(Number(scores.entropy)), NATS);
  }

  /** There is no answer: leaves what is known without it. */
  reduce() {
    const scored = this.#list.childElementCount > 2 * IDENTITY.length;
    this.#showRows(scored ? [...IDENTITY, 'predicted', 'loss'] : IDENTITY);
    this.#copy.hidden = true;
  }

  /** Fetches the image again where that has failed. */
  reload() {
    if (this.#image.complete && !this.#image.naturalWidth) this.#image.setAttribute('src', this.#image.getAttribute('src'));
  }

  #showLabel(index, name) {
    this.#image.alt = name ? `Image ${index}, labelled ${name}` : `Image ${index}`;
    this.#label.textContent = name;
    this.#label.title = name;
  }

  /** The predicted class, with a mark and a word besides its colour. */
  #showVerdict(name, isWrong) {
    const word = isWrong ? 'wrong' : 'right';
    this.#mark.textContent = isWrong ? '✕' : '✓';
    this.#predicted.data = name;
    this.#word.textContent = ` (${word})`;
    this.#verdict.className = isWrong ? 'clamp bad' : 'clamp good';
    this.#verdict.title = `${name} (${word})`;
  }

  #write(name, value, unit = '') {
    const [, place] = this.#rows.get(name);
    if (unit) place.replaceChildren(make('span', {}, [value, make('small', { text: unit })]));
    else place.textContent = value;
  }

  #showRows(names) {
    if (this.#list.childElementCount === 2 * names.length) return;
    this.#list.replaceChildren(...names.flatMap((name) => this.#rows.get(name)));
  }
}
