/** A training that the demonstration has started: how far it is, its end, and its checkpoints. */
import { make } from '../../shared/dom.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { Checkpoints } from './checkpoints.js';
import { demonstration, isOver } from './server.js';

// The dataset of points, whose networks are seen whole.
export const PLANE = 'plane';

export class JobView {
  #job = null;
  #mark = null;
  #name = make('b');
  #said = make('span', { role: 'status' });
  #bar = make('i');
  #progress = make('div', { class: 'bar-track', role: 'progressbar', 'aria-label': 'Epochs done', 'aria-valuemin': '0' }, [this.#bar]);
  #stop;
  #show = make('button', { type: 'button', class: 'quiet', text: 'show only this run', on: { click: () => pick(this.#job.run) } });
  #maps = make('button', { type: 'button', class: 'quiet', text: 'see its class maps', title: 'What the network says everywhere on the plane, epoch by epoch', on: { click: () => showMaps(this.#job.run) } });
  #checkpoints = new Checkpoints();
  #state;

  /** @param {(act: () => Promise<any>) => Promise<any>} act does something and tells why it could not */
  constructor(act) {
    this.#stop = make('button', { type: 'button', class: 'bar-button', text: 'Stop', title: 'Ends the training after this batch; what it has learned is kept', on: { click: () => act(() => demonstration.stop(this.#job.run)) } });
    this.#state = make('p', { class: 'demo-state' }, [this.#name, this.#said]);
    this.element = make('div', { class: 'demo-job' }, [this.#state, this.#progress, make('div', { class: 'demo-acts' }, [this.#stop, this.#show, this.#maps]), this.#checkpoints.element]);
  }

  /** @param {import('./server.js').Job} job */
  show(job) {
    this.#job = job;
    const run = training.run(job.run);
    this.element.dataset.run = job.run;
    this.element.dataset.state = job.state;
    this.#nameIt(job, run);
    this.#drawProgress(job);
    this.#stop.hidden = isOver(job);
    this.#stop.disabled = job.state === 'stopping';
    this.#show.hidden = !run || training.runs.length < 2 || (training.picked.size === 1 && training.picked.has(job.run));
    this.#maps.hidden = !run || job.dataset !== PLANE;
    this.#checkpoints.show(run);
  }

  #nameIt(job, run) {
    if (run && !this.#mark) this.#state.prepend((this.#mark = runMark(run)));
    else if (run) paintMark(this.#mark, run);
    write(this.#name, run ? training.name(run) : describe(job));
    this.#state.title = describe(job);
    write(this.#said, sentence(job));
    this.#said.className = job.state === 'failed' ? 'bad' : '';
  }

  #drawProgress({ epoch, epochs, state }) {
    this.#bar.style.width = `${epochs ? (100 * epoch) / epochs : 0}%`;
    this.#progress.setAttribute('aria-valuemax', String(epochs));
    this.#progress.setAttribute('aria-valuenow', String(epoch));
    this.#progress.classList.toggle('demo-waits', state === 'starting');
    this.#progress.hidden = state === 'failed';
  }
}

/** The curves follow a run. @param {string} run its id */
export function pick(run) {
  training.pick([run]);
  training.setFocus(run);
}

function showMaps(run) {
  training.setFocus(run);
  training.setTab('maps');
}

/** @type {() => void} */
let stopWaiting = () => {};

/** As `pick`, as soon as the run is there: TensorFlow takes its time before the first word. */
export function follow(run) {
  stopWaiting();
  if (training.run(run)) return pick(run);
  stopWaiting = training.on('runs', () => {
    if (!training.run(run)) return;
    stopWaiting();
    pick(run);
  });
  return undefined;
}

/** What is said already is not said again to who listens to the page. */
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function describe({ network, dataset }) {
  const { networks, datasets } = demonstration.known;
  const title = (list, value) => list.find(({ name }) => name === value)?.title ?? value;
  return `${title(networks, network)} on ${title(datasets, dataset)}`;
}

/** @param {import('./server.js').Job} job @returns {string} where it is */
function sentence({ state, epoch, epochs, message }) {
  if (message) return message;
  if (state === 'starting') return 'starting: TensorFlow takes some seconds to load';
  if (state === 'stopping') return 'stopping …';
  if (state === 'done') return epochs === 1 ? 'done: 1 epoch' : `done: ${epochs} epochs`;
  if (state === 'stopped') return `stopped after ${epoch} of ${epochs} epochs`;
  if (state === 'failed') return `failed after ${epoch} of ${epochs} epochs`;
  return `epoch ${Math.min(epoch + 1, epochs)} of ${epochs}`;
}
