/** What stands in the place of runs while there are none: how to log some, and one to watch at once. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';

// As people type them: the store's own address is not told to the page.
const KERAS = `import innerview

model.fit(x, y, validation_data=(x_val, y_val),
          callbacks=[innerview.KerasCallback("runs")])`;
const PYTORCH = `import innerview

writer = innerview.SummaryWriter(
    "runs", parameters={"lr": lr})
...
writer.add_scalar("loss", loss, step)`;

/** @returns {HTMLElement} */
export function emptyCard() {
  const demonstration = make('div', { class: 'empty-demonstration' });
  const card = make('div', { class: 'empty-runs' }, [
    make('h2', { text: 'No runs yet' }),
    make('p', { class: 'lead' }),
    make('div', { class: 'empty-recipes' }, [recipe('Keras', KERAS), recipe('PyTorch, or any loop', PYTORCH)]),
    demonstration,
  ]);
  const show = () => {
    const { store } = training;
    if (!store) return;
    card.querySelector('.lead').textContent = store.writable
      ? `There is nothing in ${store.title} yet. Put these lines into a training script, with the folder or address of this store for "runs": its runs appear here by themselves.`
      : `${store.title} holds no runs that can be read. Runs that are written into it appear here by themselves.`;
    demonstration.hidden = !store.writable;
  };
  training.on('store', show);
  show();
  mountDemonstration(demonstration);
  return card;
}

function recipe(title, text) {
  const code = make('pre', {}, [make('code', { text })]);
  const copy = make('button', { type: 'button', class: 'quiet', text: 'copy', 'data-copy': text });
  return make('section', {}, [make('h3', { text: title }), code, copy]);
}

async function mountDemonstration(element) {
  try {
    const { build } = await import('../demonstration/demonstration.js');
    await build(element);
  } catch (error) {
    // The page is of use without it.
    reportError(error);
    element.hidden = true;
  }
}
