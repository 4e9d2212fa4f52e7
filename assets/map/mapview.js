/** One map: camera, layout and style, painted when something changed and never otherwise. */
import { Camera } from './camera.js';
import { themeColor } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { Gestures } from './gestures.js';
import { GuestMarker } from './guest.js';
import { hub } from '../shared/hub.js';
import { ImageLayer } from './imagelayer.js';
import { Morph, MORPH_MS } from './morph.js';
import { Overlay } from './overlay.js';
import { Grid } from './picking.js';
import { pointing } from './pointing.js';
import { Renderer } from './renderer.js';
import { study } from '../shared/study.js';
import { thumbnails } from '../shared/thumbnails.js';
import { takeTurn } from './turns.js';
import { visibleMask } from './visibility.js';

const PICK_RADIUS = 10;
const REST_MS = 140;
// Frames that take longer than this are drawn in software, or on a very busy machine.
const SMOOTH_MS = 24;
const MAX_PAUSE_MS = 800;

export class MapView {
  camera = new Camera();
  morph = new Morph();
  #canvas = make('canvas', { class: 'map-canvas', tabIndex: 0, role: 'application' });
  #host;
  #overlay;
  #guest;
  #renderer;
  #gestures;
  #encoding = null;
  #grid = null;
  #images = new ImageLayer();
  #wish = { frame: false, paint: false };
  #movedAt = -Infinity;
  #framedAt = 0;
  #pause = 0;
  #complete = true;
  /** Whether the page that the map is on is shown; nothing is painted meanwhile. */
  #awake = true;
  #unmarked = false;
  #mark = () => this.#markSelection();
  /** @type {[number, number]|null} where the pointer is, while it is over this map */
  pointer = null;
  /** @type {(() => void)|null} called whenever what lies over the map may have to move with it */
  onFrame = null;
  /** @type {((world: [number, number]|null, byKey?: boolean) => void)|null} a click: where no sample is, null where one is */
  onPlace = null;
  #off = [];
  #observer;
  #resting = 0;

  /** @param {HTMLElement} host the box that the map fills @throws {Error} without WebGL2 */
  constructor(host) {
    this.#host = host;
    this.#renderer = new Renderer(this.#canvas, () => this.#handOver());
    host.append(this.#canvas);
    this.#overlay = new Overlay(host);
    this.#guest = new GuestMarker(host, () => this.#schedule(false));
    this.#gestures = new Gestures(this.#canvas, pointing(this));
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(host);
    this.#watchRatio();
    const look = () => this.#schedule(false);
    this.#awake = this.#isShown();
    this.#off = [hub.on('focus', look), hub.on('hover', look), hub.on('page', () => this.#wake()), thumbnails.on('loaded', () => this.camera.zoom > 1 && this.#schedule(true))];
    this.retheme();
    this.#resize();
  }

  // ---- what the tile hands over

  /** @param {{points: Float32Array, box: object}} layout points (N * 2), aligned to what is shown */
  setLayout(layout) {
    const now = performance.now();
    const first = !this.morph.end;
    if (this.morph.end === layout.points) return;
    this.morph.go(layout.points, now);
    this.#guest.follow(layout);
    this.#grid = null;
    this.#renderer.setPositions(this.morph);
    this.camera.fit(layout.box, now, first ? 0 : MORPH_MS);
    this.moved();
  }

  /** @param {import('./encoding.js').Encoding} encoding */
  setEncoding(encoding) {
    this.#encoding = encoding;
    this.restyle();
  }

  /** @param {import('./ground.js').GroundData|null} data the regions under the points */
  setGround(data) {
    this.#renderer.setGround(data);
    this.moved();
  }

  /** After the hidden classes changed. */
  restyle() {
    if (!this.#encoding) return;
    this.#renderer.setStyle(this.#encoding, visibleMask(), hub.selection);
    this.#unmarked = false;
    this.moved();
  }

  /** After the selection changed: a view at rest goes from one full picture to the next, when it is its turn. */
  mark() {
    this.#unmarked = true;
    if (this.#awake) takeTurn(this.#mark);
  }

  #markSelection() {
    if (!this.#unmarked || !this.#encoding || !this.#awake) return;
    this.#unmarked = false;
    this.#renderer.setStyle(this.#encoding, visibleMask(), hub.selection);
    this.#schedule(true);
  }

  #isShown() {
    return this.#host.checkVisibility({ visibilityProperty: true });
  }

  #wake() {
    this.#awake = this.#isShown();
    if (!this.#awake) return;
    if (this.#unmarked) this.mark();
    this.#schedule(true);
  }

  retheme() {
    this.#renderer.background = themeColor(this.#host, '--map').map((value) => value / 255);
    this.#schedule(true);
  }

  set label(text) {
    this.#canvas.setAttribute('aria-label', text);
  }

  set lassoMode(on) {
    this.#gestures.lassoMode = on;
    this.#canvas.classList.toggle('map-lassoing', on);
  }

  reset() {
    this.camera.reset(performance.now());
    this.moved();
  }

  /** Gives the keys to the map. */
  focusCanvas() {
    this.#canvas.focus({ preventScroll: true });
  }

  /** Only the rings moved. */
  pointed() {
    this.#schedule(false);
  }

  /** @param {number[][]} polygon CSS pixels; an empty one takes the line away */
  drawLasso(polygon) {
    this.#overlay.drawLasso(polygon);
  }

  /** @returns {[number, number]|null} CSS pixels in the canvas, now; null when hidden or not there */
  screen(index) {
    if (!this.morph.end || !Number.isInteger(index) || index < 0 || 2 * index >= this.morph.end.length) return null;
    const visible = visibleMask();
    if (visible && !visible[index]) return null;
    return this.camera.toScreen(...this.morph.at(index));
  }

  /** Whether something still moves or has yet to be painted. */
  get busy() {
    if (!this.#awake) return false;
    return this.#unmarked || this.#wish.frame || !this.#complete || this.morph.running || this.camera.flying;
  }

  /** @returns {{indices: number[], side: number}|null} the images drawn now, and their longer side in CSS pixels */
  get images() {
    return this.#images.alpha === 1 ? this.#images : null;
  }

  destroy() {
    this.#observer.disconnect();
    for (const off of this.#off) off();
    this.#guest.destroy();
  }

  // ---- size and context

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (!width || !height) return;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.camera.resize(width, height);
    // Setting the size blanks the canvas; painting later would flash.
    this.moved();
    this.#frame(performance.now());
  }

  #watchRatio() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = () => {
      this.#resize();
      this.#watchRatio();
    };
    query.addEventListener('change', changed, { once: true });
    this.#off.push(() => query.removeEventListener('change', changed));
  }

  #handOver() {
    if (this.morph.end) this.#renderer.setPositions(this.morph);
    this.restyle();
    this.#schedule(true);
  }

  // ---- painting

  /** Something moved (the camera, say): paints a frame, and the full picture once it rests. */
  moved() {
    this.#movedAt = performance.now();
    this.#schedule(true);
  }

  #schedule(paint) {
    this.#wish.paint ||= paint;
    if (this.#wish.frame || !this.#awake) return;
    this.#wish.frame = true;
    requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    if (!this.#awake) {
      this.#wish.frame = false;
      return;
    }
    const paint = this.#wish.paint;
    this.#wish = { frame: false, paint: false };
    // While the points move the grid knows only where they are going.
    if (this.pointer) hub.setHover(this.morph.running ? null : this.nearest(...this.pointer));
    if (!this.#renderer.usable) return;
    if (!this.morph.end || !this.#encoding) {
      this.#renderer.paintNothing();
      return;
    }
    const flying = this.camera.step(now);
    const morphing = this.morph.step(now);
    if (flying || morphing) this.#movedAt = now;
    if (paint || flying || morphing) this.#paint(now, morphing);
    this.#updateOverlay();
    this.#framedAt = now;
  }

  #paint(now, morphing) {
    const fading = !this.morph.running && this.#images.step(now - this.#framedAt, this, visibleMask());
    const { look } = this;
    const resting = now - this.#movedAt > REST_MS;
    if (resting) {
      this.#complete = this.#renderer.paintResting(look);
    } else {
      this.#renderer.paintMoving(look, morphing);
      this.#complete = !this.#renderer.provisional;
    }
    if (this.#complete || !resting) this.#paintImages(look);
    if (this.camera.flying || fading || (resting && !this.#complete)) this.#schedule(true);
    else if (this.morph.running) this.#scheduleUnhurried(now);
    else if (!this.#complete) this.#later();
  }

  /**
   * The next frame of a morph. Where frames are slow (software GL) and the server computes on the
   * same machine, drawing them back to back would take the processors from what they wait for.
   */
  #scheduleUnhurried(now) {
    const cost = now - this.#framedAt - this.#pause;
    // After a rest the time since the last frame says nothing about what a frame costs.
    const slow = cost > SMOOTH_MS && cost < MORPH_MS && study.isBusy();
    this.#pause = slow ? Math.min(MAX_PAUSE_MS, 4 * cost) : 0;
    if (slow) setTimeout(() => this.#schedule(true), this.#pause);
    else this.#schedule(true);
  }

  /** The full picture once the view rests. */
  #later() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#schedule(true), REST_MS + 20);
  }

  /** How points are drawn now: see Points.draw. */
  get look() {
    const { camera } = this;
    const n = this.morph.end.length / 2;
    // A layout is about as wide as high: the rest of a tall tile stays empty.
    const side = Math.min(camera.width, camera.height);
    const base = Math.min(6, Math.max(1.4, (0.85 * side) / Math.sqrt(n)));
    const diameter = Math.min(14, base * Math.max(1, camera.zoom) ** 0.4);
    return { camera, ratio: devicePixelRatio, mixed: this.morph.mixed, diameter, alpha: n > 200000 ? 0.6 : 0.8 };
  }

  #paintImages(look) {
    const { style } = this.#encoding;
    const visible = visibleMask();
    const items = [];
    for (const index of this.#images.indices) {
      if (visible && !visible[index]) continue;
      const [x, y] = this.camera.toScreen(...this.morph.at(index));
      items.push({ index, x, y, color: style.subarray(4 * index, 4 * index + 3) });
    }
    this.#renderer.paintImages(items, { ...look, side: this.#images.side, alpha: this.#images.alpha });
  }

  // ---- overlay and picking

  #updateOverlay() {
    const at = (index) => (index === null ? null : this.#inside(this.screen(index)));
    // Round a point, or round the whole image where images are shown.
    const side = (index) => (this.images?.indices.includes(index) ? this.images.side : 0);
    const [focus, hover] = [hub.focus, hub.hover].map((index) => ({ at: at(index), side: side(index) }));
    this.#overlay.update(focus, hover, hub.hover, this.pointer !== null);
    this.#guest.update(this.morph, this.camera);
    this.onFrame?.();
  }

  #inside(at) {
    if (!at) return null;
    const { width, height } = this.camera;
    return at[0] >= -8 && at[1] >= -8 && at[0] <= width + 8 && at[1] <= height + 8 ? at : null;
  }

  /** @returns {Grid} over where the points are, or are going */
  get grid() {
    this.#grid ??= new Grid(this.morph.end);
    return this.#grid;
  }

  /** @returns {number|null} the visible sample at a place on the screen */
  nearest(x, y, radius = Math.max(PICK_RADIUS, (this.images?.side ?? 0) / 2)) {
    if (!this.morph.end) return null;
    return this.grid.nearest(...this.camera.toWorld(x, y), radius / this.camera.view.k, visibleMask());
  }

  /**
   * The map alone as it is seen, drawn anew at a higher resolution.
   * @param {number} scale pixels a CSS pixel @returns {HTMLCanvasElement}
   */
  snapshot(scale) {
    return this.#redraw(scale, (look) => {
      this.#renderer.paintAll(look);
      this.#paintImages(look);
    });
  }

  /** The regions alone, as `snapshot`. */
  underSnapshot(scale) {
    return this.#redraw(scale, (look) => this.#renderer.paintUnder(look));
  }

  #redraw(scale, paint) {
    const canvas = this.#canvas;
    const size = [canvas.width, canvas.height];
    const { width, height } = this.camera;
    const ratio = Math.min(scale, this.#renderer.largestSide / Math.max(width, height));
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const look = { ...this.look, ratio };
    paint(look);
    const copy = make('canvas', { width: canvas.width, height: canvas.height });
    copy.getContext('2d').drawImage(canvas, 0, 0);
    [canvas.width, canvas.height] = size;
    this.#schedule(true);
    return copy;
  }
}
