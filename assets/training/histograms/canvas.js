/** A canvas that is as large and as sharp as its place, with a second one above for what is pointed at. */
import { css, onThemeChange, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';

export class Sheet {
  /** @type {() => void} the size or the theme has changed */
  onChange = () => {};
  width = 0;
  height = 0;
  /** The theme is asked once: a hover must not wait for it. */
  #known = new Map();

  /** @param {string} className */
  constructor(className) {
    this.base = make('canvas', { 'aria-hidden': 'true' });
    this.over = make('canvas', { 'aria-hidden': 'true' });
    this.element = make('div', { class: `sheet ${className}` }, [this.base, this.over]);
    new ResizeObserver(() => this.#measure()).observe(this.element);
    onThemeChange(() => {
      this.#known.clear();
      this.onChange();
    });
  }

  /** @returns {CanvasRenderingContext2D} wiped, in CSS pixels */
  wipe(canvas) {
    const context = canvas.getContext('2d');
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = '10.5px system-ui, sans-serif';
    return context;
  }

  /** @returns {(name: string) => number[]} RGB of the theme's variables */
  get colors() {
    return (name) => {
      if (!this.#known.has(name)) this.#known.set(name, themeColor(this.element, name));
      return this.#known.get(name);
    };
  }

  /** @returns {[number, number]} of a pointer's event, in CSS pixels */
  place(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #measure() {
    const { width, height } = this.element.getBoundingClientRect();
    if (!width || !height) return;
    const ratio = devicePixelRatio;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    Object.assign(this, { width, height });
    this.onChange();
  }
}

/** @param {number[]} from RGB @param {number[]} to RGB @returns {number[]} RGB */
export const blend = (from, to, share) => from.map((value, k) => Math.round(value + (to[k] - value) * share));

/** As `blend`, for CSS. @returns {string} */
export const mix = (from, to, share) => css(blend(from, to, share));
