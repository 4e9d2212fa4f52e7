/** What to do where the analyzer was opened without checkpoints. */
import { make } from '../../shared/dom.js';

const WHAT = [
  'Open the network together with its checkpoints, the networks saved after each epoch.',
  'This page then plays the map of a layer from epoch to epoch, beside accuracy, loss and confusion;',
  'and the table tells of every image when it was learned, and how often forgotten.',
  'Start Innerview by the same command as now, with this at its end:',
].join(' ');
const OPTION = '--checkpoints FOLDER';
const KERAS = 'keras.callbacks.ModelCheckpoint("checkpoints/epoch-{epoch:04d}.keras")';

/** @returns {HTMLElement} */
export function emptyState() {
  return make('div', { class: 'epochs-empty' }, [
    make('p', { class: 'lead', text: 'Play a training: what moved, what was learned, what was forgotten.' }),
    make('p', { text: WHAT }),
    copyable(OPTION),
    make('p', {}, [
      'The folder holds files of one network with the epochs in their names: ',
      name('epoch-0001.keras'), ', ', name('epoch-0002.keras'),
      ' … Keras saves them while it trains, with this among the callbacks:',
    ]),
    copyable(KERAS),
    make('p', { text: 'A run on the page Training that kept its checkpoints opens with all of them from there.' }),
  ]);
}

const name = (text) => make('code', { text });

function copyable(text) {
  const copy = make('button', { type: 'button', class: 'quiet', text: 'copy', 'data-copy': text });
  return make('div', { class: 'epochs-code' }, [make('code', { text }), copy]);
}
