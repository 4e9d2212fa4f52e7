/** The place of the graph; what draws it is loaded when its page is first looked at. */
import { Refusal } from '../../shared/ask.js';
import { make } from '../../shared/dom.js';
import { whenShown } from '../stage.js';

const LOADING = 'The graph will appear here, once the network has been opened.';
const FAILED = 'The graph could not be drawn. Load the page anew to try again.';

/** @param {HTMLElement} host the panel's place */
export function build(host) {
  const over = host.querySelector('.graph-over');
  // Where the component is missing, the server has said so in its place.
  if (!over) return;
  const note = make('p', { class: 'waiting', role: 'status', text: LOADING });
  over.append(note);
  const say = (sentence) => { note.textContent = sentence || LOADING; };
  // Not awaited: the component is large, and nobody may ever open this page.
  whenShown('network').then(async () => {
    try {
      const { start } = await import('./panel.js');
      if (await start(host, say)) note.remove();
    } catch (error) {
      say(error instanceof Refusal ? error.message : FAILED);
      if (!(error instanceof Refusal)) reportError(error);
    }
  });
}
