/** The demonstration in the tab Live: a button that opens it, as most people come to watch. */
import { icon, make } from '../../shared/dom.js';
import { demonstration } from '../demonstration/server.js';
import { training } from '../state.js';

const PLAY = 'M5 3.500 12 8 5 12.500z';

/** @returns {HTMLElement} hidden where the store cannot be written */
export function demonstrationCard() {
  const body = make('div', { class: 'live-demonstration-body', hidden: true });
  const button = make('button', { type: 'button', class: 'live-demonstration-open', 'aria-expanded': 'false' }, [icon(PLAY), document.createTextNode('Train a network here')]);
  const card = make('section', { class: 'live-demonstration', 'aria-label': 'Demonstration' }, [button, body]);
  let loaded = false;
  const open = (isOpen) => {
    body.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
    if (loaded || !isOpen) return;
    loaded = true;
    // The server may have been away just then.
    load(body).catch((error) => {
      loaded = false;
      reportError(error);
      body.replaceChildren(make('p', { class: 'waiting', text: 'An error in Innerview keeps the demonstration from being shown. The browser’s console has the details.' }));
    });
  };
  let touched = false;
  button.addEventListener('click', () => {
    touched = true;
    open(body.hidden);
  });
  // What is being trained is to be seen and stopped here, wherever it was started; also after the page is loaded anew.
  demonstration.on('change', () => !touched && body.hidden && demonstration.shown.length && open(true));
  demonstration.watch();
  const show = () => (card.hidden = !training.store?.writable);
  training.on('store', show);
  show();
  return card;
}

async function load(body) {
  const { build } = await import('../demonstration/demonstration.js');
  body.replaceChildren();
  await build(body);
}
