/**
 * Brightness, contrast, flips and turns tried on all images at once: only how they are shown, never the images themselves.
 *
 * Events: `change`.
 */
import { icon, make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';

const PLAIN = { brightness: 1, contrast: 1, across: false, upside: false, turns: 0 };
const ICONS = {
  across: 'M8 2v12M6 4.500 2.500 11.500H6zM10 4.500l3.500 7H10z',
  upside: 'M2 8h12M4.500 6l7-3.500V6zM4.500 10l7 3.500V10z',
  turn: 'M12.500 8A4.500 4.500 0 1 1 10.300 4.100M10 1.500l.6 2.900-2.900.6',
};

export class Adjust extends Events {
  #look = { ...PLAIN };
  #ranges = {};
  #buttons = {};
  #reset = make('button', { type: 'button', class: 'quiet', text: 'as logged', title: 'Show the images as they were logged', hidden: true, on: { click: () => this.#set(PLAIN) } });

  constructor() {
    super();
    this.element = make('div', { class: 'adjust', role: 'group', 'aria-label': 'How the images are shown' }, [
      this.#range('brightness', 'Brightness'),
      this.#range('contrast', 'Contrast'),
      this.#button('across', 'Flip left and right', () => this.#set({ across: !this.#look.across })),
      this.#button('upside', 'Flip up and down', () => this.#set({ upside: !this.#look.upside })),
      this.#button('turn', 'Rotate by 90°', () => this.#set({ turns: (this.#look.turns + 1) % 4 })),
      this.#reset,
    ]);
    this.#paint();
  }

  /** Shows the images within an element like this; call again after a change. @param {HTMLElement} element */
  apply(element) {
    const { brightness, contrast, across, upside, turns } = this.#look;
    const isPlain = this.isPlain;
    element.style.setProperty('--image-filter', isPlain ? 'none' : `brightness(${brightness}) contrast(${contrast})`);
    element.style.setProperty('--image-turn', isPlain ? 'none' : `scale(${across ? -1 : 1}, ${upside ? -1 : 1}) rotate(${90 * turns}deg)`);
    element.classList.toggle('images-turned', turns % 2 === 1);
  }

  get isPlain() {
    return Object.keys(PLAIN).every((name) => this.#look[name] === PLAIN[name]);
  }

  #set(change) {
    Object.assign(this.#look, change);
    this.#paint();
    this.emit('change');
  }

  #paint() {
    for (const [name, { input, said }] of Object.entries(this.#ranges)) {
      // Steps of a doubling: as far to the dark as to the light.
      input.value = String(Math.log2(this.#look[name]));
      said.textContent = `× ${Number(this.#look[name].toPrecision(2))}`;
    }
    this.#buttons.across.setAttribute('aria-pressed', String(this.#look.across));
    this.#buttons.upside.setAttribute('aria-pressed', String(this.#look.upside));
    this.#buttons.turn.setAttribute('aria-pressed', String(this.#look.turns !== 0));
    this.#buttons.turn.title = `Rotate by 90°${this.#look.turns ? ` (now ${90 * this.#look.turns}°)` : ''}`;
    this.#reset.hidden = this.isPlain;
  }

  #range(name, title) {
    const said = make('output');
    const input = make('input', {
      type: 'range', min: '-3', max: '3', step: '0.05', 'aria-label': title, title: `${title}; double click for as logged`,
      on: { input: () => this.#set({ [name]: 2 ** Number(input.value) }), dblclick: () => this.#set({ [name]: 1 }) },
    });
    this.#ranges[name] = { input, said };
    return make('label', { class: 'media-label' }, [title.toLowerCase(), input, said]);
  }

  #button(name, title, click) {
    this.#buttons[name] = make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, on: { click } }, [icon(ICONS[name])]);
    return this.#buttons[name];
  }
}
