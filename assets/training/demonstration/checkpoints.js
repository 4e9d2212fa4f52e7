/** One of a run's checkpoints, chosen by its epoch, and the analyzer opened with it. */
import { url } from '../../shared/api.js';
import { make, setOptions } from '../../shared/dom.js';
import { tell } from '../api.js';
import { whole } from '../media/numbers.js';
import { whyNot } from '../runs/actions.js';
import { training } from '../state.js';

export class Checkpoints {
  #run = null;
  /** The user's own choice; null follows the latest. */
  #chosen = null;
  #select = make('select', { class: 'media-select', 'aria-label': 'Checkpoint', on: { change: () => (this.#chosen = this.#select.value) } });
  #open = make('button', { type: 'button', class: 'bar-button', text: 'Open in the analyzer', title: 'Look inside the network as it was then, on its dataset', on: { click: () => this.#analyze(false) } });
  #all = make('button', { type: 'button', class: 'bar-button', text: 'Open with all epochs', title: 'Play the training: which images moved, were learned, were forgotten', on: { click: () => this.#analyze(true) } });
  #said = make('p', { class: 'demo-opened', role: 'status', hidden: true });
  #opening = false;

  constructor() {
    this.element = make('div', { class: 'demo-checkpoints', hidden: true }, [make('div', { class: 'demo-acts' }, [this.#select, this.#open, this.#all]), this.#said]);
  }

  /** @param {import('../state.js').Run|undefined} run */
  show(run) {
    const there = (run?.checkpoints ?? []).filter(({ exists }) => exists);
    this.element.hidden = !there.length;
    if (run?.id !== this.#run) {
      this.#run = run?.id ?? null;
      this.#chosen = null;
      this.#say([]);
    }
    if (!there.length) return;
    const latest = [...there].sort((a, b) => b.step - a.step);
    if (!there.some(({ id }) => id === this.#chosen)) this.#chosen = null;
    setOptions(this.#select, latest.map((one) => ({ value: one.id, label: nameOf(one) })), this.#chosen ?? latest[0].id);
    this.#open.disabled = this.#all.disabled = this.#opening;
    this.#all.hidden = there.length < 2;
  }

  /** @param {boolean} epochs whether all of them are opened, with the one chosen */
  async #analyze(epochs) {
    const asked = { run: this.#run, checkpoint: this.#select.value, dataset: null, epochs };
    const name = epochs ? 'all epochs' : this.#select.selectedOptions[0].text;
    this.#opening = this.#open.disabled = this.#all.disabled = true;
    this.#say([document.createTextNode(`Opening ${name} …`)]);
    try {
      const { address } = await tell('analyze', training.address, asked);
      const href = url(address + (epochs ? 'epochs' : ''));
      window.open(href, '_blank', 'noopener');
      // Where the browser opened no tab by itself.
      this.#say([document.createTextNode(`Opened in a new tab: `), make('a', { href, target: '_blank', rel: 'noopener', text: name })]);
    } catch (error) {
      this.#say([make('span', { class: 'bad', text: whyNot(error) })]);
    } finally {
      this.#opening = this.#open.disabled = this.#all.disabled = false;
    }
  }

  #say(words) {
    this.#said.replaceChildren(...words);
    this.#said.hidden = !words.length;
  }
}

function nameOf({ epoch, step }) {
  return epoch === null || epoch === undefined ? `step ${whole(step)}` : `epoch ${epoch}`;
}
