/** What the cards of a stage share: starting when their page is first shown, and filling the stage alone. */
import { icon, make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';

const MAXIMISE = 'M6 2.500H2.500V6M10 2.500h3.500V6M6 13.500H2.500V10M10 13.500h3.500V10';

/** @returns {Promise<void>} once the page is shown for the first time: what it needs is large */
export function whenShown(page) {
  return new Promise((resolve) => {
    const off = hub.on('page', look);
    function look() {
      if (hub.page !== page) return;
      off();
      resolve();
    }
    look();
  });
}

/** @returns {Promise<void>} once the server has answered anew: what failed while it was away can be asked for again */
export function whenBack() {
  study.hurry();
  return new Promise((resolve) => {
    const off = study.on('health', () => {
      off();
      resolve();
    });
  });
}

/**
 * What a card starts with: a server that is away is waited for, and says so meanwhile.
 * @template T
 * @param {() => Promise<T>} load @param {(sentence: string) => void} say @returns {Promise<T>}
 */
export async function loadOnceThere(load, say) {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (!error.isAway) throw error;
      say(error.message);
      await whenBack();
    }
  }
}

/**
 * @param {HTMLElement} panel the card, one of those of a stage
 * @param {string} what its name in the middle of a sentence
 * @returns {HTMLButtonElement} shows the card alone in its stage, and again beside the others
 */
export function maximiseButton(panel, what) {
  const title = `Maximise ${what}`;
  const button = make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, 'aria-pressed': 'false' }, [icon(MAXIMISE)]);
  const toggle = (on) => {
    panel.classList.toggle('panel-alone', on);
    panel.parentElement.classList.toggle('stage-of-one', on);
    button.setAttribute('aria-pressed', String(on));
  };
  button.addEventListener('click', () => toggle(!panel.classList.contains('panel-alone')));
  return button;
}
