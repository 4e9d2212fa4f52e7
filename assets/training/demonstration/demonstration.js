/** The demonstration: a network that is trained here and now, to be watched, stopped, and opened in the analyzer. */
import { make, setOptions } from '../../shared/dom.js';
import { whyNot } from '../runs/actions.js';
import { training } from '../state.js';
import { JobView, PLANE, follow } from './job.js';
import { demonstration } from './server.js';

const READ_ONLY = 'This store is only read, so nothing can be trained into it; open a folder at the top of the page.';
const NUMBERS = [
  ['epochs', 'epochs', { min: '1', max: '1000', step: '1' }],
  ['batch_size', 'batch size', { min: '1', max: '4096', step: '1' }],
  ['learning_rate', 'learning rate', { min: '0', max: '10', step: 'any' }],
];

/** @param {HTMLElement} element about 320 pixels wide, or wider */
export function build(element) {
  return new Panel(element);
}

class Panel {
  #form;
  #network = make('select', { 'aria-label': 'Network', on: { change: () => this.#explain() } });
  #dataset = make('select', { 'aria-label': 'Dataset', on: { change: () => this.#fit() } });
  #text = make('p', { class: 'demo-text' });
  #missing = make('details', { class: 'demo-missing', hidden: true });
  #fields = {};
  #train = make('button', { type: 'submit', class: 'bar-button demo-train', text: 'Train' });
  #note = make('p', { class: 'demo-note bad', role: 'alert', hidden: true });
  #jobs = make('div', { class: 'demo-jobs' });
  #views = new Map();
  /** How many things are being done. */
  #busy = 0;
  /** Why nothing can be trained, as it was said last. */
  #why = '';
  #filled = false;

  constructor(element) {
    element.classList.add('demo');
    this.#makeForm();
    element.append(make('h3', { text: 'Demonstration' }), this.#form, this.#note, this.#jobs);
    demonstration.on('change', () => this.#draw());
    for (const event of ['runs', 'store', 'group', 'picked']) training.on(event, () => this.#draw());
    demonstration.watch();
    this.#draw();
  }

  #makeForm() {
    const labelled = (text, field) => make('label', { class: 'demo-field' }, [make('span', { text }), field]);
    const numbers = NUMBERS.map(([name, text, limits]) => {
      this.#fields[name] = make('input', { type: 'number', class: 'demo-number', required: true, ...limits });
      return labelled(text, this.#fields[name]);
    });
    const submit = (event) => {
      event.preventDefault();
      this.#start();
    };
    this.#form = make('form', { class: 'demo-form', on: { submit } }, [
      labelled('network', this.#network),
      labelled('dataset', this.#dataset),
      this.#missing,
      make('div', { class: 'demo-numbers' }, numbers),
      make('div', { class: 'demo-foot' }, [this.#text, this.#train]),
    ]);
  }

  #draw() {
    const { known, failure, shown } = demonstration;
    this.#form.hidden = !known;
    const why = training.store && !training.store.writable ? READ_ONLY : !known && failure ? failure : '';
    if (why || this.#note.textContent === this.#why) this.#say(why);
    this.#why = why;
    if (known) this.#offer(known);
    this.#train.disabled = !known || this.#busy > 0 || !training.store?.writable;
    this.#train.textContent = this.#busy ? 'Starting …' : 'Train';
    this.#drawJobs(shown);
  }

  #offer({ networks, datasets, defaults }) {
    const known = (list, value) => (list.some(({ name, available = true }) => name === value && available) ? value : undefined);
    const first = (list) => list.find(({ available = true }) => available)?.name ?? '';
    setOptions(this.#network, networks.map(({ name, title }) => ({ value: name, label: title })), known(networks, this.#network.value) ?? first(networks));
    setOptions(this.#dataset, datasets.map(({ name, title, available }) => ({ value: name, label: available ? title : `${title} (not here)` })), known(datasets, this.#dataset.value) ?? first(datasets));
    for (const option of this.#dataset.options) option.disabled = !datasets.find(({ name }) => name === option.value).available;
    this.#explainMissing(datasets.filter(({ available }) => !available));
    this.#fit();
    if (!this.#filled) this.#fill(defaults);
    this.#explain();
  }

  /** Networks for images have nothing to learn from points on the plane. */
  #fit() {
    const onPlane = this.#dataset.value === PLANE;
    const { networks } = demonstration.known;
    for (const option of this.#network.options) option.disabled = onPlane && networks.find(({ name }) => name === option.value).images_only;
    if (this.#network.selectedOptions[0]?.disabled) this.#network.value = networks.findLast(({ images_only: only }) => !only).name;
    this.#explain();
  }

  /** What was trained last, or else what the server proposes; then it is the user's. */
  #fill(defaults) {
    this.#filled = true;
    for (const [name] of NUMBERS) this.#fields[name].value = String(defaults[name]);
    const [job] = demonstration.shown;
    if (!job) return;
    this.#network.value = job.network;
    this.#dataset.value = job.dataset;
    this.#fields.epochs.value = String(job.epochs);
  }

  #explain() {
    const network = demonstration.known?.networks.find(({ name }) => name === this.#network.value);
    this.#text.textContent = network?.text ?? '';
  }

  #explainMissing(missing) {
    const wanted = JSON.stringify(missing);
    if (this.#missing.dataset.missing === wanted) return;
    this.#missing.dataset.missing = wanted;
    this.#missing.hidden = !missing.length;
    const names = missing.map(({ title }) => title.split(',')[0]).join(', ');
    const reasons = missing.map(({ title, reason }) => make('p', {}, [make('b', { text: `${title}: ` }), document.createTextNode(reason)]));
    this.#missing.replaceChildren(make('summary', { text: `Why not ${names}?` }), ...reasons);
  }

  #drawJobs(jobs) {
    for (const [run, view] of this.#views) {
      if (jobs.some((job) => job.run === run)) continue;
      view.element.remove();
      this.#views.delete(run);
    }
    for (const job of jobs) {
      if (!this.#views.has(job.run)) {
        const view = new JobView((act) => this.#act(act));
        this.#views.set(job.run, view);
        this.#jobs.prepend(view.element);
      }
      this.#views.get(job.run).show(job);
    }
  }

  async #start() {
    const asked = { network: this.#network.value, dataset: this.#dataset.value, seed: 0 };
    for (const [name] of NUMBERS) asked[name] = Number(this.#fields[name].value);
    await this.#act(async () => {
      // The curves follow what was started.
      follow(await demonstration.start(asked));
    });
  }

  async #act(act) {
    this.#busy += 1;
    this.#say('');
    this.#draw();
    try {
      await act();
    } catch (error) {
      this.#say(whyNot(error));
    } finally {
      this.#busy -= 1;
      this.#draw();
    }
  }

  #say(words) {
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.hidden = !words;
  }
}
