/** The checkpoints of a run, each of which opens in the analyzer as a study of its own. */
import { url } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { Refused, tell } from '../api.js';
import { training } from '../state.js';
import { whyNot } from './actions.js';
import { formatMoment } from './format.js';

const DATASETS = ['mnist', 'fashion_mnist', 'cifar10', 'cifar100', 'digits'];
// A run may have kept one for each of its thousand epochs.
const MOST = 60;

/** Those of a run that trains become more: what is being opened meanwhile keeps its place, and what it says. */
export class CheckpointList {
  element = make('ul', { class: 'checkpoints' });
  #run;
  #items = new Map();
  #together = null;
  #more = make('li', { class: 'waiting' });

  /** @param {string} run its id */
  constructor(run) {
    this.#run = run;
  }

  /** @param {object[]} checkpoints of the run, by their times */
  show(checkpoints) {
    const latest = [...checkpoints].reverse();
    const there = latest.filter(({ exists }) => exists);
    const shown = latest.slice(0, MOST);
    const known = this.#items;
    this.#items = new Map(shown.map((one) => [JSON.stringify(one), known.get(JSON.stringify(one)) ?? item(this.#run, one)]));
    const items = [...this.#items.values(), ...(latest.length > MOST ? [this.#more] : [])];
    this.#more.textContent = `and ${latest.length - MOST} earlier ones`;
    if (there.length > 1) {
      this.#together ??= together(this.#run);
      this.#together.show(there);
      items.unshift(this.#together.element);
    }
    arrange(this.element, items);
  }
}

/** An element that is moved loses the focus: only those that are new, or gone, are. */
function arrange(list, items) {
  const wanted = new Set(items);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  items.forEach((one, k) => list.children[k] !== one && list.insertBefore(one, list.children[k] ?? null));
}

function item(run, checkpoint) {
  const when = checkpoint.epoch === null || checkpoint.epoch === undefined ? `step ${checkpoint.step.toLocaleString('en')}` : `epoch ${checkpoint.epoch}`;
  const title = `${checkpoint.name}, step ${checkpoint.step.toLocaleString('en')}, ${formatMoment(checkpoint.time)}`;
  const open = make('button', { type: 'button', class: 'bar-button', text: 'Open in the analyzer', disabled: !checkpoint.exists });
  open.title = checkpoint.exists ? `${title}: look inside the network as it was then` : `${title}: the file is not there any more`;
  const words = make('span', { title }, [make('b', { text: when }), make('small', { text: checkpoint.exists ? checkpoint.name : `${checkpoint.name}, gone` })]);
  return opening({ run, checkpoint: checkpoint.id, dataset: null }, words, open);
}

/** All epochs of a run, of which the page Epochs plays one after the other. `show` takes its checkpoints, the latest first. */
function together(run) {
  const title = 'Play the training: which images moved, were learned, were forgotten';
  const open = make('button', { type: 'button', class: 'bar-button', text: 'Open with all epochs', title });
  const count = make('small');
  const words = make('span', { title }, [make('b', { text: 'all epochs' }), count]);
  const asked = { run, checkpoint: '', dataset: null, epochs: true };
  const show = (there) => {
    asked.checkpoint = there[0].id;
    count.textContent = `${there.length.toLocaleString('en')} checkpoints, played`;
  };
  return { element: opening(asked, words, open), show };
}

function opening(asked, words, open) {
  const said = make('div', { class: 'checkpoint-said', role: 'status', hidden: true });
  open.addEventListener('click', () => analyze(asked, open, said));
  return make('li', {}, [words, open, said]);
}

async function analyze(asked, button, said) {
  const show = (...children) => {
    said.replaceChildren(...children);
    said.hidden = !children.length;
  };
  button.disabled = true;
  show(document.createTextNode('The network and its images are being opened …'));
  try {
    const { address } = await tell('analyze', training.address, asked);
    const href = url(address + (asked.epochs ? 'epochs' : ''));
    window.open(href, '_blank', 'noopener');
    show(document.createTextNode('Opened in a new tab: '), make('a', { href, target: '_blank', rel: 'noopener', text: 'look at it' }));
  } catch (error) {
    const asks = error instanceof Refused && error.status === 400 && asked.dataset === null;
    show(make('p', { class: asks ? '' : 'bad', text: whyNot(error) }), ...(asks || asked.dataset !== null ? [datasetForm(asked, button, said)] : []));
  } finally {
    button.disabled = false;
  }
}

/** Asked for only where the run does not say which images it was trained on. */
function datasetForm(asked, button, said) {
  const list = make('datalist', { id: `datasets-${asked.checkpoint}${asked.epochs ? '-epochs' : ''}` }, DATASETS.map((name) => make('option', { value: name })));
  const input = make('input', { type: 'text', class: 'text-input', placeholder: 'mnist, or a folder of images', 'aria-label': 'Dataset', value: asked.dataset ?? '' });
  input.setAttribute('list', list.id);
  const submit = (event) => {
    event.preventDefault();
    const dataset = input.value.trim();
    if (dataset) analyze({ ...asked, dataset }, button, said);
  };
  // Not away from what somebody has turned to meanwhile.
  setTimeout(() => [document.body, button].includes(document.activeElement) && input.focus());
  return make('form', { class: 'checkpoint-form', on: { submit } }, [input, list, make('button', { type: 'submit', class: 'bar-button', text: 'Open' })]);
}
