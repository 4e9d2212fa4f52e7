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

/** @param {import('../state.js').Run} run @returns {HTMLElement} */
export function checkpointList(run) {
  const latest = [...run.checkpoints].reverse();
  const items = latest.slice(0, MOST).map((checkpoint) => item(run, checkpoint));
  const there = latest.filter(({ exists }) => exists);
  if (there.length > 1) items.unshift(together(run, there));
  const more = latest.length > MOST ? [make('li', { class: 'waiting', text: `and ${latest.length - MOST} earlier ones` })] : [];
  return make('ul', { class: 'checkpoints' }, [...items, ...more]);
}

function item(run, checkpoint) {
  const when = checkpoint.epoch === null || checkpoint.epoch === undefined ? `step ${checkpoint.step.toLocaleString('en')}` : `epoch ${checkpoint.epoch}`;
  const title = `${checkpoint.name}, step ${checkpoint.step.toLocaleString('en')}, ${formatMoment(checkpoint.time)}`;
  const open = make('button', { type: 'button', class: 'bar-button', text: 'Open in the analyzer', disabled: !checkpoint.exists });
  open.title = checkpoint.exists ? `${title}: look inside the network as it was then` : `${title}: the file is not there any more`;
  const words = make('span', { title }, [make('b', { text: when }), make('small', { text: checkpoint.exists ? checkpoint.name : `${checkpoint.name}, gone` })]);
  return opening({ run: run.id, checkpoint: checkpoint.id, dataset: null }, words, open);
}

/** All epochs of a run, of which the page Epochs plays one after the other. @param {object[]} there its checkpoints, the latest first */
function together(run, there) {
  const title = 'Play the training: which images moved, were learned, were forgotten';
  const open = make('button', { type: 'button', class: 'bar-button', text: 'Open with all epochs', title });
  const words = make('span', { title }, [make('b', { text: 'all epochs' }), make('small', { text: `${there.length.toLocaleString('en')} checkpoints, played` })]);
  return opening({ run: run.id, checkpoint: there[0].id, dataset: null, epochs: true }, words, open);
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
  setTimeout(() => input.focus());
  return make('form', { class: 'checkpoint-form', on: { submit } }, [input, list, make('button', { type: 'submit', class: 'bar-button', text: 'Open' })]);
}
