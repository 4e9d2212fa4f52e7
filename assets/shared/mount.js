/** Puts a browser module into its panel; one that fails says so in its own card, and the others go on. */
import { make } from './dom.js';

/** Dash draws its layout when it pleases. @returns {Promise<HTMLElement>} */
export function elementOf(id) {
  return new Promise((resolve) => {
    const look = () => {
      const element = document.getElementById(id);
      if (!element) return false;
      resolve(element);
      return true;
    };
    if (look()) return;
    const observer = new MutationObserver(() => look() && observer.disconnect());
    observer.observe(document.documentElement, { childList: true, subtree: true });
  });
}

/**
 * @param {string} panel the panel's name
 * @param {string} id the element that the module fills
 * @param {() => Promise<{build: (element: HTMLElement) => any}>} load
 */
export async function mount(panel, id, load) {
  // Dash draws its layout in one piece: once the dock is there, so is every panel that there will be.
  await elementOf('dock');
  const frame = document.getElementById(`panel-${panel}`);
  const element = document.getElementById(id);
  // A panel that has no meaning for this study, or failed on the server, has no place to fill.
  if (!frame || !element) return;
  try {
    const module = await load();
    await module.build(element);
  } catch (error) {
    reportError(error);
    showFailure(panel, frame.getAttribute('aria-label') ?? panel);
  }
}

function showFailure(panel, title) {
  const sentence = `${title}: an error in Innerview keeps this from being shown. The browser's console has the details.`;
  document.getElementById(`failure-${panel}`)?.replaceChildren(failureCard(sentence));
}

/** The card that views/panel.py draws for failures on the server. @param {string} sentence */
export function failureCard(sentence) {
  return make('div', { class: 'failure-card' }, [make('b', { text: 'This did not work' }), make('p', { text: sentence })]);
}
