/** Images from outside: dropped, pasted or chosen; sent to the server, followed until the network has looked at them. */
import { url } from '../../shared/api.js';
import { ask } from '../../shared/ask.js';
import { Events } from '../../shared/events.js';
import { hub } from '../../shared/hub.js';

const POLL_MS = 150;
const PATIENCE_MS = 20_000;

/**
 * What hub.guest holds: what GET api/guest/TOKEN says, and the file's name. The token is null while the file is on its way.
 * @typedef {{token: string|null, name: string, state: 'sending'|'waiting'|'running'|'done'|'failed', message: string,
 *   width?: number, height?: number, seen?: [number, number, number], inverted?: boolean, odd_border?: 'light'|'dark'|null, predicted?: number,
 *   classes?: {class: number, probability: number}[]}} Guest
 */

/** @returns {string} address of the image: as it came, or as the network sees it */
export const guestImage = (token, as = 'original') => url(`api/guest/${token}.png`, { as });

export const isBusy = (guest) => Boolean(guest) && !['done', 'failed'].includes(guest.state);

/** @returns {string} why the image should be inverted */
export const borderSentence = ({ odd_border: border }) =>
  `Its border is ${border}, those of the dataset are ${border === 'light' ? 'dark' : 'light'}: inverted, it is more like what the network knows.`;

class Reception extends Events {
  /** @type {string} why the last file could not be taken, '' when it could; event "mistake" */
  mistake = '';
  /** @type {WeakMap<Guest, Guest|null>} what became of those that were still sent when another one came; null where that failed */
  #overtaken = new WeakMap();

  /** Takes the first image of some files; it becomes the question, until another is asked. */
  async take(files) {
    const file = [...files].find(({ type }) => type.startsWith('image/')) ?? files[0];
    if (!file) return;
    const sending = { token: null, name: file.name || 'pasted image', state: 'sending', message: 'sending the image' };
    await this.#ask(sending, 'api/guest', file);
  }

  /** Exchanges light and dark of the present image. */
  async invert() {
    const before = hub.guest;
    if (before?.token) await this.#ask({ ...before, token: null, state: 'sending', message: 'inverting the image' }, `api/guest/${before.token}/invert`);
  }

  dismiss() {
    this.#say('');
    hub.setGuest(null);
  }

  forgive() {
    this.#say('');
  }

  async #ask(sending, path, body) {
    const before = hub.guest;
    this.#say('');
    hub.setGuest(sending);
    try {
      const said = await request(path, { method: 'POST', body });
      const guest = { ...said, name: sending.name };
      // Removed, or another one came, while it was on its way.
      if (hub.guest !== sending) return this.#overtaken.set(sending, guest);
      hub.setAnchor(null);
      this.#follow(guest);
    } catch (error) {
      if (hub.guest !== sending) return this.#overtaken.set(sending, null);
      this.#goBackTo(before);
      this.#say(error.message);
    }
    return undefined;
  }

  /** @param {Guest|null} before that was there before one that could not be taken */
  #goBackTo(before) {
    const guest = this.#overtaken.has(before) ? this.#overtaken.get(before) : before;
    if (guest?.token) this.#follow(guest);
    else hub.setGuest(guest);
  }

  /** Asks how far the server is, until it is done. */
  async #follow(guest) {
    hub.setGuest(guest);
    let silent = 0;
    while (isBusy(guest) && hub.guest === guest) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (hub.guest !== guest) return;
      try {
        const said = await request(`api/guest/${guest.token}`);
        silent = 0;
        if (said.state === guest.state && said.message === guest.message) continue;
        if (hub.guest !== guest) return;
        guest = { ...said, name: guest.name };
        hub.setGuest(guest);
      } catch (error) {
        silent += POLL_MS;
        // A server that is away for a moment is asked again.
        if (error.isAway && silent < PATIENCE_MS) continue;
        if (hub.guest === guest) hub.setGuest({ ...guest, state: 'failed', message: error.message });
        return;
      }
    }
  }

  #say(sentence) {
    this.mistake = sentence;
    this.emit('mistake');
  }
}

const request = async (path, options) => (await ask(path, options, 'The server could not take this image')).json();

export const reception = new Reception();

/** @returns {boolean} whether files are dragged, and not a text or an element of the page */
const bringsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

/** Takes images that are dropped or pasted anywhere. @param {HTMLElement} veil shown while one is over the page */
export function receiveAnywhere(veil) {
  // Entering a child comes before leaving its parent.
  let depth = 0;
  const shade = (on) => {
    depth = on ? depth : 0;
    veil.hidden = !on;
  };
  const listen = (name, action) => addEventListener(name, (event) => bringsFiles(event) && action(event));
  listen('dragenter', () => {
    depth++;
    shade(true);
  });
  listen('dragleave', () => --depth <= 0 && shade(false));
  listen('dragover', (event) => {
    // Without this the browser opens the file instead.
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  listen('drop', (event) => {
    event.preventDefault();
    shade(false);
    reception.take(event.dataTransfer.files);
  });
  addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
    if (!files.length) return;
    event.preventDefault();
    reception.take(files);
  });
  // Before the page's own Escape, which takes the selection away: one thing at a time.
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !(hub.guest || reception.mistake) || hub.selection || hub.query) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable], dialog')) return;
    event.preventDefault();
    reception.dismiss();
  }, { capture: true });
}
