/** Maps drawn by the graphics card: as fine as the screen, each pixel out of the probabilities around it. */
import { compile, openContext } from '../../map/gl.js';
import { FLOOR, makeHalves } from './field.js';
import { ANSWER, CORNERS, LOOK } from './shaders.js';

// Maps that stay on the graphics card.
const BUDGET = 192 * 2 ** 20;

export class Painter {
  /** @type {() => void} what was drawn is gone, and can be drawn anew */
  onChange = () => {};
  #canvas = document.createElement('canvas');
  #gl;
  #answer;
  #look;
  #target = null;
  #size = '';
  #halves = makeHalves();
  /**
   * The least recently used first.
   * @type {Map<import('./field.js').Field, {shares: WebGLTexture, winners: WebGLTexture}>}
   */
  #textures = new Map();
  #bytes = 0;
  #flat = new Map();

  /** @returns {Painter|null} null where there is no WebGL2 */
  static open() {
    const painter = new Painter();
    return painter.#gl ? painter : null;
  }

  constructor() {
    this.#gl = openContext(this.#canvas);
    if (!this.#gl) return;
    this.#canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.#canvas.addEventListener('webglcontextrestored', () => {
      this.#prepare();
      this.onChange();
    });
    this.#prepare();
  }

  get isLost() {
    return this.#gl.isContextLost();
  }

  /** @param {import('./field.js').Field} field @returns {boolean} whether the card takes so large a map */
  takes({ width, height, layers }) {
    const gl = this.#gl;
    return (
      Math.max(width, height) <= gl.getParameter(gl.MAX_TEXTURE_SIZE) &&
      layers <= gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS)
    );
  }

  /**
   * @param {import('./field.js').Mixture} mixture @param {Look} look
   * @typedef {{
   *   width: number, height: number, x: [number, number], y: [number, number], regions: boolean, shaded: boolean,
   *   colors: number[][], ramp: number[][], ground: number[], ink: number[], thick: number,
   * }} Look
   *   pixels of the screen; the part of the plane; colours are RGB
   * @returns {HTMLCanvasElement} until the next call
   */
  paint(mixture, look) {
    const gl = this.#gl;
    const { width, height } = look;
    this.#resize(width, height);
    gl.viewport(0, 0, width, height);
    this.#drawAnswers(mixture, look);
    this.#drawLook(mixture, look);
    return this.#canvas;
  }

  #prepare() {
    const gl = this.#gl;
    this.#textures.clear();
    this.#flat.clear();
    this.#bytes = 0;
    this.#size = '';
    this.#target = null;
    this.#answer = compile(gl, CORNERS, ANSWER);
    this.#look = compile(gl, CORNERS, LOOK);
    gl.disable(gl.BLEND);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  #resize(width, height) {
    const size = `${width} ${height}`;
    if (size === this.#size) return;
    this.#size = size;
    const gl = this.#gl;
    this.#canvas.width = width;
    this.#canvas.height = height;
    if (this.#target) {
      gl.deleteTexture(this.#target.texture);
      gl.deleteFramebuffer(this.#target.buffer);
    }
    const texture = this.#makeFlat(width, height, null);
    const buffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.#target = { texture, buffer };
  }

  #drawAnswers({ from, to, share, geometric }, { x, y }) {
    const gl = this.#gl;
    const { program, at } = this.#answer;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target.buffer);
    gl.useProgram(program);
    const other = to ?? from;
    [from, other].forEach((field, k) => {
      const { shares, winners } = this.#texturesOf(field);
      gl.activeTexture(gl.TEXTURE0 + k);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, shares);
      gl.activeTexture(gl.TEXTURE2 + k);
      gl.bindTexture(gl.TEXTURE_2D, winners);
    });
    [at.from, at.to, at.fromWinners, at.toWinners].forEach((uniform, unit) => gl.uniform1i(uniform, unit));
    gl.uniform4f(at.view, x[0], y[0], x[1], y[1]);
    gl.uniform4f(at.fromBox, from.xlim[0], from.ylim[0], from.xlim[1], from.ylim[1]);
    gl.uniform4f(at.toBox, other.xlim[0], other.ylim[0], other.xlim[1], other.ylim[1]);
    gl.uniform1i(at.layers, Math.min(from.layers, other.layers));
    gl.uniform1f(at.share, to ? share : 0);
    gl.uniform1i(at.geometric, geometric ? 1 : 0);
    gl.uniform1f(at.least, FLOOR);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  #drawLook({ classes }, { regions, shaded, colors, ramp, ground, ink, thick }) {
    const gl = this.#gl;
    const { program, at } = this.#look;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.useProgram(program);
    [this.#target.texture, this.#strip('palette', colors), this.#strip('ramp', ramp)].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.uniform1i(at.answers, 0);
    gl.uniform1i(at.palette, 1);
    gl.uniform1i(at.ramp, 2);
    gl.uniform1i(at.regions, regions ? 1 : 0);
    gl.uniform1i(at.shaded, shaded ? 1 : 0);
    gl.uniform1f(at.classes, classes);
    gl.uniform1i(at.thick, thick);
    gl.uniform3fv(
      at.ground,
      ground.map((value) => value / 255),
    );
    gl.uniform3fv(
      at.ink,
      ink.map((value) => value / 255),
    );
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  #texturesOf(field) {
    const known = this.#textures.get(field);
    if (known) {
      this.#textures.delete(field);
      this.#textures.set(field, known);
      return known;
    }
    const made = { shares: this.#uploadShares(field), winners: this.#uploadWinners(field) };
    this.#textures.set(field, made);
    this.#bytes += field.bytes;
    this.#free();
    return made;
  }

  #uploadShares({ width, height, layers, texels }) {
    const gl = this.#gl;
    const texture = gl.createTexture();
    // Not in the place of one that is about to be drawn.
    gl.activeTexture(gl.TEXTURE4);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
    const halves = new Uint16Array(texels.length);
    for (let k = 0; k < texels.length; k += 1) halves[k] = this.#halves[texels[k]];
    // Half floats are interpolated by every card, whole ones by some only.
    gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.RGBA16F, width, height, layers, 0, gl.RGBA, gl.HALF_FLOAT, halves);
    this.#settle(gl.TEXTURE_2D_ARRAY, gl.LINEAR);
    return texture;
  }

  #uploadWinners({ width, height, winners }) {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE4);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, winners);
    this.#settle(gl.TEXTURE_2D, gl.NEAREST);
    return texture;
  }

  /** Those drawn last stay; two of them are being drawn. */
  #free() {
    for (const [field, { shares, winners }] of this.#textures) {
      if (this.#bytes <= BUDGET || this.#textures.size <= 2) return;
      this.#gl.deleteTexture(shares);
      this.#gl.deleteTexture(winners);
      this.#textures.delete(field);
      this.#bytes -= field.bytes;
    }
  }

  /** Colours side by side, made anew when they change. */
  #strip(name, colors) {
    const key = colors.join();
    const known = this.#flat.get(name);
    if (known?.key === key) return known.texture;
    if (known) this.#gl.deleteTexture(known.texture);
    const texture = this.#makeFlat(colors.length, 1, Uint8Array.from(colors.flatMap((color) => [...color, 255])));
    this.#flat.set(name, { key, texture });
    return texture;
  }

  #makeFlat(width, height, data) {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
    this.#settle(gl.TEXTURE_2D, data ? gl.LINEAR : gl.NEAREST);
    return texture;
  }

  #settle(target, filter) {
    const gl = this.#gl;
    gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }
}
