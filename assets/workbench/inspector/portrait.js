/** The image with its numbers: side by side when it is small, else below each other. */
import { make } from '../../shared/dom.js';
import { showPicture } from '../../shared/pictures.js';
import { study } from '../../shared/study.js';
import { decimal, percent } from './numbers.js';

// Keeps a row's height until its number is known.
const BLANK = '\u00a0';
const NATS = ' nats';

// The rows. Those of SCORES are there once the network has seen the image; the server alone knows those of MEASURES. Where no
// image has a label, those of LABELLED are left out.
const IDENTITY = ['index', 'label'];
const MEASURES = ['confidence', 'margin', 'entropy'];
const SCORES = ['predicted', 'loss', ...MEASURES];
const LABELLED = ['label', 'loss'];

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
  #facts = make('dl', { class: 'portrait-facts', hidden: true });
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
      this.#facts,
    ]);
  }

  /** The image, and what the page's columns know of it; the rest waits for `fill`. */
  show(index) {
    const [label, predicted, loss] = ['label', 'predicted', 'loss'].map((name) => study.columns.get(name)?.[index]);
    this.#image.dataset.index = index;
    // Relative, so that it holds behind any base path.
    showPicture(this.#image, `api/image/${index}.png`);
    this.#write('index', String(index));
    this.#showLabel(index, label === undefined || label < 0 ? null : study.className(label), label === undefined);
    const scored = predicted !== undefined && (loss !== undefined || !study.labelled);
    this.#showRows(scored ? [...IDENTITY, ...SCORES] : IDENTITY);
    if (scored) {
      this.#showVerdict(study.className(predicted), study.isRight(index));
      this.#showLoss(loss);
      for (const name of MEASURES) this.#write(name, BLANK);
    }
    // Out of sight, but in its place: the buttons beside it stay where they are.
    this.#id.style.visibility = 'hidden';
    this.#copy.disabled = true;
    this.#find.dataset.similar = index;
    this.#find.setAttribute('aria-label', `Find images similar to image ${index}`);
  }

  /** @param {import('./ask.js').Answer} answer for the index that is shown */
  fill({ index, id, label_name: name, labels, facts, scores }) {
    this.#showLabel(index, labels.length ? labels.map((label) => study.className(label)).join(', ') : name);
    this.#showFacts(facts);
    this.#id.textContent = id;
    this.#id.style.visibility = '';
    this.#copy.disabled = false;
    this.#copy.hidden = false;
    this.#copy.dataset.copy = id;
    this.#copy.setAttribute('aria-label', `Copy ${id}`);
    this.#showRows(scores ? [...IDENTITY, ...SCORES] : IDENTITY);
    if (!scores) return;
    this.#showVerdict(scores.predicted_name, scores.correct);
    this.#showLoss(scores.loss === null ? NaN : Number(scores.loss));
    this.#write('confidence', percent(Number(scores.confidence)));
    this.#write('margin', decimal(Number(scores.margin)));
    this.#write('entropy', decimal(Number(scores.entropy)), NATS);
  }

  /** There is no answer: leaves what is known without it. */
  reduce() {
    const scored = this.#list.contains(this.#verdict);
    this.#showRows(scored ? [...IDENTITY, 'predicted', 'loss'] : IDENTITY);
    this.#showFacts([]);
    this.#copy.hidden = true;
  }

  /** Fetches the image again where that has failed. */
  reload() {
    if (this.#image.complete && !this.#image.naturalWidth) this.#image.setAttribute('src', this.#image.getAttribute('src'));
  }

  /** @param {string|null} name null without a label @param {boolean} isEarly whether that is not known yet */
  #showLabel(index, name, isEarly = false) {
    this.#image.alt = name === null ? `Image ${index}` : `Image ${index}, labelled ${name}`;
    this.#label.textContent = this.#label.title = name ?? (isEarly ? '' : 'none');
  }

  /** The predicted class, with a mark and a word besides its colour. @param {boolean|null} isRight null without a label */
  #showVerdict(name, isRight) {
    const word = isRight === null ? '' : ` (${isRight ? 'right' : 'wrong'})`;
    this.#mark.textContent = isRight === null ? '' : isRight ? '✓' : '✕';
    this.#predicted.data = name;
    this.#word.textContent = word;
    this.#verdict.className = isRight === null ? 'clamp' : isRight ? 'clamp good' : 'clamp bad';
    this.#verdict.title = `${name}${word}`;
  }

  #showLoss(loss) {
    if (Number.isNaN(loss)) this.#write('loss', '–');
    else if (loss !== undefined) this.#write('loss', decimal(loss), NATS);
  }

  /** What the dataset's own columns say of the image. */
  #showFacts(facts) {
    this.#facts.hidden = !facts.length;
    this.#facts.replaceChildren(...facts.flatMap(({ name, value }) => [make('dt', { text: name, title: name }), make('dd', { text: value || '–', title: value })]));
  }

  #write(name, value, unit = '') {
    const [, place] = this.#rows.get(name);
    if (unit) place.replaceChildren(make('span', {}, [value, make('small', { text: unit })]));
    else place.textContent = value;
  }

  #showRows(names) {
    const shown = study.labelled ? names : names.filter((name) => !LABELLED.includes(name));
    if (this.#list.childElementCount === 2 * shown.length) return;
    this.#list.replaceChildren(...shown.flatMap((name) => this.#rows.get(name)));
  }
}
