/** Paints one tile with WebGL2: regions, points, the cached picture of very many of them, and images at deep zoom. */
import { encodeSelection } from './encoding.js';
import { openContext } from './gl.js';
import { Ground } from './ground.js';
import { drawList, fairOrder, thin } from './order.js';
import { Picture } from './picture.js';
import { Points } from './points.js';
import { Sprites } from './sprites.js';

/** As many points as software rendering moves fluently. */
export const BUDGET = 60000;
/** What fills the strips that a moved picture leaves free. */
const FEW = 15000;

export class Renderer {
  background = [1, 1, 1];
  /** Renewed whenever data or style change: the cached picture knows by it whether it still holds. */
  #token = {};
  #gl;
  #parts = null;
  /** @type {import('./ground.js').GroundData|null} the regions under the points */
  #under = null;
  #lost = false;
  /** @type {{list: Uint32Array, n: number}|null} the full list of n samples, while its own samples are yet to be taken */
  #unsampled = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} restored called after a lost context came back: everything must be handed over again
   */
  constructor(canvas, restored) {
    this.#gl = openContext(canvas);
    if (!this.#gl) throw new Error('WebGL2 is missing');
    this.#build();
    canvas.addEventListener('webglcontextlost', (event) => {
      // Without this the browser never gives the context back.
      event.preventDefault();
      this.#lost = true;
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.#lost = false;
      this.#build();
      restored();
    });
  }

  get usable() {
    return !this.#lost && !this.#gl.isContextLost();
  }

  get heavy() {
    return this.#parts.points.counts.full > BUDGET;
  }

  /** Whether frames of a view that moves leave something for when it rests. */
  get provisional() {
    return this.heavy || Boolean(this.#under && this.#parts.ground?.isProvisional);
  }

  #build() {
    const gl = this.#gl;
    this.#parts = { points: new Points(gl), picture: new Picture(gl), sprites: new Sprites(gl), ground: null };
    this.setGround(this.#under);
  }

  /** @param {import('./ground.js').GroundData|null} data the regions under the points, null for none */
  setGround(data) {
    this.#token = {};
    this.#under = data;
    if (!this.usable) return;
    // Compiled when the first regions come: most maps never show any.
    if (data) this.#parts.ground ??= new Ground(this.#gl);
    this.#parts.ground?.set(data);
  }

  #paintGround(look, moving) {
    this.#parts.ground?.draw(look, moving);
  }

  /** @param {import('./morph.js').Morph} morph */
  setPositions(morph) {
    this.#token = {};
    if (this.usable) this.#parts.points.setPositions(morph.start, morph.end);
  }

  /**
   * @param {import('./encoding.js').Encoding} encoding
   * @param {Uint8Array|null} visible (N,) @param {Uint8Array|null} selection (N,)
   */
  setStyle(encoding, visible, selection) {
    this.#token = {};
    if (!this.usable) return;
    const list = drawList(encoding.order, visible, selection);
    this.#parts.points.setStyle(encodeSelection(encoding.style, selection));
    this.#parts.points.setLists({ full: list });
    // Only a view that moves needs samples of very many points.
    this.#unsampled = list.length > BUDGET ? { list, n: encoding.order.length } : null;
  }

  /**
   * Paints a frame of a view that moves.
   * @param {object} look see Points.draw @param {boolean} morphing the cached picture is of no use then
   */
  paintMoving(look, morphing) {
    this.#paintNow(look, morphing, true);
  }

  #paintNow(look, morphing, moving) {
    const { points, picture } = this.#parts;
    const gl = this.#gl;
    this.#start(gl);
    this.#paintGround(look, moving);
    if (!this.heavy) {
      points.draw(look, 'full');
      return;
    }
    this.#sample();
    const reusable = !morphing && picture.isUsable(this.#token, look.camera);
    points.draw({ ...look, diameter: look.diameter * 1.3 }, reusable ? 'few' : 'thin');
    if (reusable) picture.show(look.camera);
  }

  #sample() {
    if (!this.#unsampled) return;
    const { list, n } = this.#unsampled;
    const fair = fairOrder(n);
    const sample = thin(list, fair, BUDGET);
    this.#parts.points.setLists({ thin: sample, few: thin(sample, fair, FEW) });
    this.#unsampled = null;
  }

  /** Paints a view at rest. @returns {boolean} false while slices of the picture remain; the canvas is untouched till then */
  paintResting(look) {
    if (!this.heavy) {
      this.#paintNow(look, false, false);
      this.#parts.ground?.prepare();
      return true;
    }
    const { points, picture } = this.#parts;
    if (!picture.isComplete(this.#token, look.camera)) {
      picture.advance(this.#token, look, points, () => this.#clear(look));
      if (!picture.isComplete(this.#token, look.camera)) return false;
    }
    this.#start(this.#gl);
    picture.show(look.camera);
    this.#parts.ground?.prepare();
    return true;
  }

  /** The background alone: a canvas that was never painted is black. */
  paintNothing() {
    this.#start(this.#gl);
  }

  /** Images over the points; see Sprites.draw. */
  paintImages(items, look) {
    this.#parts.sprites.draw(items, look);
  }

  #start(gl) {
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    this.#clear(null);
  }

  /** Background, and the regions as a view sees them, into the bound framebuffer. */
  #clear(look) {
    const gl = this.#gl;
    gl.clearColor(...this.background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (look) this.#paintGround(look, false);
  }

  /** Regions and every point in one go, for an export; the canvas has been given its size by the caller. */
  paintAll(look) {
    this.paintUnder(look);
    this.#parts.points.draw(look, 'full');
  }

  /** What lies under the points alone, for an export. */
  paintUnder(look) {
    this.#start(this.#gl);
    this.#paintGround(look, false);
  }

  get largestSide() {
    return this.#gl.getParameter(this.#gl.MAX_RENDERBUFFER_SIZE);
  }
}
