/** The dropped image on every page: a small badge below the navigation, and a message while the network looks at it. */
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { borderSentence, guestImage, isBusy, receiveAnywhere, reception } from './drop.js';

const LINGER_MS = 9000;

export class GuestBadge {
  #badge = make('div', { class: 'guest-badge', hidden: true });
  #toast = make('div', { class: 'guest-toast', role: 'status', hidden: true });
  #lingering = 0;
  #told = null;

  /** @param {HTMLElement} host */
  constructor(host) {
    const veil = make('div', { class: 'guest-veil', hidden: true }, [make('p', { text: 'Drop the image to see where the network places it, and which images are most like it.' })]);
    host.append(this.#badge, this.#toast, veil);
    receiveAnywhere(veil);
    for (const event of ['guest', 'page']) hub.on(event, () => this.#update());
    reception.on('mistake', () => this.#update());
    this.#update();
  }

  #update() {
    const { guest } = hub;
    this.#badge.hidden = !guest?.token;
    if (guest?.token) this.#showBadge(guest);
    this.#showToast(guest);
  }

  #showBadge(guest) {
    const name = guest.predicted === undefined ? '' : study.className(guest.predicted);
    this.#badge.replaceChildren(
      toPage([make('img', { src: guestImage(guest.token), alt: '' }), make('span', { text: 'your image' }), make('b', { text: name, title: name })], 'guest-link', `Your image${name && `, predicted ${name}`}: see similar images`),
      closing('guest-close'),
    );
  }

  #showToast(guest) {
    const say = (parts) => {
      this.#toast.hidden = false;
      this.#toast.replaceChildren(...parts);
    };
    clearTimeout(this.#lingering);
    const page = hub.page === 'similar';
    if (reception.mistake && !page) say([make('span', { class: 'bad', text: reception.mistake }), closing('quiet', () => reception.forgive())]);
    else if (!guest || page || this.#told === guest) this.#toast.hidden = true;
    else if (isBusy(guest)) say([make('span', { text: `Your image: ${guest.message} …` })]);
    else if (guest.state === 'failed') say([make('span', { class: 'bad', text: guest.message }), closing('quiet')]);
    else {
      const [best] = guest.classes;
      const verdict = `Your image: predicted ${study.className(best.class)}, ${(100 * best.probability).toFixed(1)} %.`;
      const invert = make('button', { type: 'button', class: 'guest-more', text: 'Invert it', on: { click: () => reception.invert() } });
      const words = guest.odd_border ? `${verdict} ${borderSentence(guest)}` : `${verdict} On the maps it stands between its nearest neighbours.`;
      say([make('span', { text: words }), ...(guest.odd_border ? [invert] : []), toPage(['Similar images'], 'guest-more')]);
      this.#lingering = setTimeout(() => {
        this.#told = guest;
        this.#toast.hidden = true;
      }, LINGER_MS);
    }
  }
}

/** A link to the page of similar images, asking about the dropped one. */
function toPage(children, name, label) {
  const { href } = document.querySelector('nav a[data-page="similar"]') ?? { href: 'similar' };
  const link = make('a', { class: name, href, 'data-page': 'similar', on: { click: () => hub.setAnchor(null) } }, children);
  if (label) link.setAttribute('aria-label', label);
  return link;
}

function closing(name, action = () => reception.dismiss()) {
  return make('button', { type: 'button', class: name, text: '✕', title: 'Remove your image (Esc)', 'aria-label': 'Remove your image', on: { click: action } });
}
