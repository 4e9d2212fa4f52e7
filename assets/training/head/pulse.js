/** Whether what the page shows is what there is: in words and by a shape, and why not. */
import { make } from '../../shared/dom.js';
import { training } from '../state.js';

/** @returns {HTMLElement[]} the word in the head, and the sentence below it */
export function pulse() {
  const words = make('span');
  const element = make('span', { class: 'pulse' }, [make('i', { 'aria-hidden': 'true' }), words]);
  const notice = make('p', { class: 'pulse-notice', role: 'alert', hidden: true });
  const show = () => {
    const running = training.runs.filter((run) => run.alive).length;
    const [state, text, title] = said(running);
    element.dataset.state = state;
    element.title = title;
    if (words.textContent !== text) words.textContent = text;
    const sentence = training.failure ? `${training.failure} What is shown is what was read before; the page goes on trying.` : '';
    if (notice.textContent !== sentence) notice.textContent = sentence;
    notice.hidden = !sentence;
  };
  for (const event of ['runs', 'failure', 'store']) training.on(event, show);
  show();
  return [element, notice];
}

/** @returns {[string, string, string]} state, word, and what it means */
function said(running) {
  if (training.failure) return ['lost', 'not updating', training.failure];
  if (!training.known) return ['idle', 'reading …', 'The runs are being read'];
  if (running) return ['live', `${running} running`, 'The page shows what is logged within a second or two'];
  return ['idle', 'up to date', 'No run is training now; new ones appear by themselves'];
}
