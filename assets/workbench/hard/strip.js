/** The hardest images side by side: of all, or of what is selected. */
import { make, setOptions } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { hasLongNames, markFocus, sampleCard } from '../card.js';
import { Cells } from '../cells.js';
import { whileShown } from '../lazily.js';
import { hardestFirst } from '../losses.js';

/** Further down they are not hard any more, and the table has them all. */
const MOST = 1000;
const LOOK_MS = 120;

export class Strip {
  #list = make('div', { class: 'strip-list', 'aria-label': 'The hardest images' });
  #title = make('h3');
  #wrong = make('input', { type: 'checkbox' });
  #class = make('select', { 'aria-label': 'Only of class' });
  #empty = make('p', { class: 'waiting', hidden: true });
  #gather = make('button', { type: 'button', class: 'quiet', text: 'Add to the pool' });
  #cells;
  #timer = 0;
  /** @type {number[]} the images shown, the hardest first */
  indices = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#wrong.addEventListener('change', () => this.#update());
    this.#class.addEventListener('change', () => this.#update());
    this.#gather.addEventListener('click', () => hub.gather(this.indices, 'hard'));
    const only = make('label', {}, [this.#wrong, document.createTextNode(' wrong only')]);
    host.append(make('div', { class: 'strip-head' }, [this.#title, only, this.#class, this.#gather]), this.#empty, this.#list);
    this.#cells = new Cells(this.#list, {
      sideways: true,
      measure: (_, height) => ({ width: Math.max(64, height - (hasLongNames() ? 52 : 38) + 8), height, columns: 1 }),
      render: (position) => sampleCard(this.indices[position], { look: (index) => hub.setFocus(index), digits: 3 }),
      reached: (position) => this.#look(position),
    });
    const update = whileShown('hard', () => this.#update());
    hub.on('selection', update);
    hub.on('query', update);
    hub.on('focus', () => this.#cells.each(markFocus));
    study.on('info', update);
    study.on('column', (name) => ['label', 'predicted', 'loss', 'correct'].includes(name) && update());
    this.#update();
  }

  /** A key that is held down passes by many; the one where it stops is looked at. */
  #look(position) {
    clearTimeout(this.#timer);
    // By then other images may be shown.
    const index = this.indices[position];
    this.#timer = setTimeout(() => hub.setFocus(index), LOOK_MS);
  }

  #update() {
    const names = study.info?.class_names ?? [];
    setOptions(this.#class, [{ value: '', label: 'any label' }, ...names.map((name, value) => ({ value: String(value), label: `label ${name}` }))], this.#class.value);
    const found = this.#find();
    this.#describe(found);
    const same = found.length === this.indices.length && found.every((index, k) => index === this.indices[k]);
    this.indices = found;
    this.#cells.show(found.length);
    if (!same) this.#cells.rewind();
  }

  #find() {
    const order = hardestFirst();
    const [labels, correct, losses] = ['label', 'correct', 'loss'].map((name) => study.columns.get(name));
    if (!order || !labels || !correct || (hub.query && !hub.selection)) return [];
    const wanted = this.#class.value === '' ? null : Number(this.#class.value);
    const found = [];
    for (let k = 0; k < order.length && found.length < MOST; k++) {
      const index = order[k];
      if (hub.selection && !hub.selection[index]) continue;
      if (Number.isNaN(losses[index]) || (this.#wrong.checked && correct[index])) continue;
      if (wanted !== null && labels[index] !== wanted) continue;
      found.push(index);
    }
    return found;
  }

  #describe(found) {
    const count = hub.selectionCount.toLocaleString('en');
    this.#title.textContent = hub.selection ? `Hardest of ${count} selected` : 'Hardest first';
    this.#gather.disabled = found.length === 0;
    this.#gather.title = `Put these ${found.length.toLocaleString('en')} into the image pool`;
    this.#empty.hidden = found.length > 0;
    this.#list.hidden = found.length === 0;
    this.#empty.textContent = hardestFirst() ? 'No image is like that.' : 'The hardest images will appear here once they are measured.';
  }
}
