/** The line above the drawing: search, what the bars in the nodes show, zoom, and pictures of it. */
import { Refusal } from '../../shared/ask.js';
import { make } from '../../shared/dom.js';
import { saveBlob } from '../../shared/download.js';
import { Events } from '../../shared/events.js';
import { attachMenu } from '../../shared/menu.js';
import { study } from '../../shared/study.js';
import { button } from './parts.js';
import { Search } from './search.js';
import { fetchTimes, knownTimes } from './server.js';
import { MEASURES, timeText } from './weights.js';

const STEP = 1.25;
const SHARES = 'What the bars in the nodes are a share of, for the whole network';
const EVERY = 'Open every block';
const NONE = 'Close every block';

/** Emits "find" with the id of a node, and "weighed" when the bars show something else. */
export class Tools extends Events {
  #view;
  #weights;
  #network;
  #search;
  #measure = make('select', { class: 'map-select', 'aria-label': SHARES, title: SHARES });
  #said = make('span', { class: 'graph-said', role: 'status' });
  #how = make('details', { class: 'help', hidden: true }, [
    make('summary', { text: '?', title: 'How it is measured', 'aria-label': 'How it is measured' }),
    make('div', {}, [make('p')]),
  ]);
  #isTiming = false;

  /** @param {HTMLElement} bar @param {{network: object, view: object, weights: object}} parts */
  constructor(bar, { network, view, weights }) {
    super();
    this.#network = network;
    this.#view = view;
    this.#weights = weights;
    this.#search = new Search(network);
    this.#search.on('find', (id) => this.emit('find', id));
    this.#measure.append(...Object.entries(MEASURES).map(([value, text]) => make('option', { value, text })));
    this.#measure.value = weights.measure;
    this.#measure.addEventListener('change', () => this.#weigh(this.#measure.value));
    bar.append(
      this.#search.element,
      make('label', { class: 'graph-measure' }, [make('span', { text: 'share of' }), this.#measure]),
      this.#how,
      this.#said,
      make('span', { class: 'graph-buttons' }, this.#buttons()),
    );
  }

  #buttons() {
    const view = this.#view;
    const blocks = () => [...this.#network.nodes.keys()].filter((id) => this.#network.isBlock(id));
    const save = button('Save', 'Save the graph as a picture', () => {});
    const formats = ['png', 'svg'];
    const pictures = formats.map((format) => ({ label: `As ${format.toUpperCase()}`, action: () => this.#save(format) }));
    const open = button('Open all', EVERY, () => { view.setOpen(blocks()); view.start(); });
    const close = button('Close all', NONE, () => { view.setOpen([]); view.start(); });
    return [
      ...(blocks().length ? [open, close] : []),
      button('−', 'Zoom out (−)', () => view.zoomBy(1 / STEP)),
      button('+', 'Zoom in (+)', () => view.zoomBy(STEP)),
      button('Fit', 'Show everything (0)', () => view.fit()),
      save,
      attachMenu(save, pictures),
    ];
  }

  search() {
    this.#search.focus();
  }

  /** Takes the times that somebody has had measured before; without them one can ask for them. */
  async recall() {
    const answer = await knownTimes().catch(() => null);
    if (answer?.state !== 'done' || this.#weights.times) return;
    this.#keep(answer);
    this.emit('weighed');
  }

  /** Shows the time of each layer, once that is measured. */
  measureTime() {
    this.#measure.value = 'time';
    return this.#weigh('time');
  }

  async #weigh(measure) {
    this.#weights.measure = measure;
    if (measure === 'time' && !this.#weights.times) await this.#time();
    else this.#say(measure === 'time' ? this.#weights.note : '');
    this.emit('weighed');
  }

  async #time() {
    this.#say('Timing each layer …');
    if (this.#isTiming) return;
    this.#isTiming = true;
    try {
      const answer = await fetchTimes(({ message, fraction }) => {
        const part = fraction ? ` ${Math.round(100 * fraction)} %` : '';
        this.#tell(`${message || 'Timing each layer …'}${part}`);
      });
      if (answer.state === 'done') this.#keep(answer);
      else this.#tell(answer.message);
    } catch (error) {
      this.#tell(error instanceof Refusal ? error.message : 'The layers could not be timed.');
      if (!(error instanceof Refusal)) reportError(error);
    } finally {
      this.#isTiming = false;
    }
  }

  #keep({ times, total, whole, sentence }) {
    this.#weights.times = times;
    this.#weights.total = Object.values(times).reduce((sum, time) => sum + time, 0);
    this.#weights.note = [`${timeText(total)} an image in sum`, ...(whole ? [`${timeText(whole)} run as one`] : [])].join(', ');
    this.#how.querySelector('p').textContent = sentence;
    if (this.#weights.measure === 'time') this.#say(this.#weights.note);
  }

  async #save(format) {
    const name = study.info?.network?.replace(/\.[^.]*$/, '') ?? 'network';
    try {
      saveBlob(await this.#view.picture(format), `${name} graph.${format}`);
    } catch (error) {
      this.#say('The picture could not be made.');
      reportError(error);
    }
  }

  /** Of the times nothing is said to who looks at something else by now. */
  #tell(sentence) {
    if (this.#weights.measure === 'time') this.#say(sentence);
  }

  #say(sentence) {
    this.#said.textContent = this.#said.title = sentence;
    this.#how.hidden = this.#weights.measure !== 'time' || !this.#weights.times;
  }
}
