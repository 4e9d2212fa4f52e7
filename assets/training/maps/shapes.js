/** Marks of the classes: a colour and a shape each, so that they are told apart without colours, too. */

const SIZE = 16;
// Paths in a square of 16, round its middle, alike in weight.
const PATHS = [
  'M8 3.300a4.700 4.700 0 1 0 0 9.400a4.700 4.700 0 1 0 0-9.400z',
  'M3.900 3.900h8.200v8.200h-8.200z',
  'M8 2.600 13.500 12.100h-11z',
  'M8 2.100 13.900 8 8 13.900 2.100 8z',
  'M8 13.400 2.500 3.900h11z',
  'M6.100 2.500h3.800v3.600h3.600v3.800h-3.600v3.600h-3.800v-3.600h-3.600v-3.800h3.600z',
  'M8 2.400 13.500 6.400 11.400 12.900h-6.800L2.500 6.400z',
];

/** @param {number} label @returns {string} the path of its shape */
export const pathOf = (label) => PATHS[label % PATHS.length];

/** Marks as small pictures, drawn once for a size and a look. */
export class Sprites {
  #made = new Map();

  /**
   * @param {import('./legend.js').ClassLook} look @param {number[]} none RGB of those without a class
   * @param {number[]} rim RGB @param {number} ratio pixels of the screen in one of CSS
   */
  constructor(look, none, rim, ratio) {
    Object.assign(this, { look, colors: [...look.colors, none], rim, ratio });
  }

  /** @param {number} label -1 for none @param {number} size in CSS pixels @returns {HTMLCanvasElement} */
  get(label, size) {
    const key = `${label} ${size}`;
    if (!this.#made.has(key)) this.#made.set(key, this.#make(label, size));
    return this.#made.get(key);
  }

  #make(label, size) {
    const side = Math.ceil(size * this.ratio);
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: side, height: side });
    const context = canvas.getContext('2d');
    context.scale(side / SIZE, side / SIZE);
    const path = new Path2D(pathOf(Math.max(0, label)));
    context.lineJoin = 'round';
    context.lineWidth = 1.8;
    context.strokeStyle = `rgb(${this.rim})`;
    context.fillStyle = `rgb(${this.colors.at(label)})`;
    context.stroke(path);
    context.fill(path);
    return canvas;
  }
}
