/** The map of one epoch after the other: the same places for the same samples, as far as their activations stay the same. */
import { robustBox } from '../../map/align.js';
import { exportTile } from '../../map/export.js';
import { FallbackView } from '../../map/fallback.js';
import { Legend } from '../../map/legend.js';
import { MapView } from '../../map/mapview.js';
import { onThemeChange } from '../../shared/colors.js';
import { hub } from '../../shared/hub.js';
import { methodName, spaceName } from '../../shared/methods.js';
import { study } from '../../shared/study.js';
import { encodeEpoch, isOfEpoch, plainLegend, Ranges } from './fields.js';
import { MapFrame } from './mapframe.js';
import { PacedMorph } from './paced.js';

// A step that is taken by hand is followed at once, but not so fast that nothing is seen to move.
const STEP_MS = 450;
// No space of the study's: a dropped image has no place among the epochs.
const KEY = '|';

const still = matchMedia('(prefers-reduced-motion: reduce)');

export class EpochMap {
  /** @type {{layer: string, method: string, position: number}|null} what the map shows */
  shown = null;
  /** @type {string|null} */
  layer = null;
  /** @type {string|null} */
  method = null;
  encoding = null;
  /** Over the map, where it cannot be shown; '' else. */
  sentence = '';
  #field = study.labelled ? 'label' : 'predicted';
  #legend = new Legend();
  #history;
  #player;
  #ranges;
  #box = { key: '', promise: null };
  #turns = { map: 0, color: 0 };
  /** Whether the server was away when it was asked for what is to be shown. */
  #missed = false;
  /** What the colours were made of. */
  #colored = null;

  /**
   * @param {HTMLElement} host in the document
   * @param {import('./history.js').History} history
   * @param {import('../../training/media/steps.js').Steps} player its steps are positions of epochs
   */
  constructor(host, history, player) {
    this.#history = history;
    this.#player = player;
    this.#ranges = new Ranges(history);
    this.frame = new MapFrame(this, history);
    // A map finds out whether it is to be seen, and in which colours, when it is made.
    host.append(this.frame.element);
    this.view = this.#open();
    this.#listen();
    this.choose();
  }

  #open() {
    try {
      const view = new MapView(this.frame.stage);
      view.morph = new PacedMorph();
      return view;
    } catch {
      return new FallbackView(this.frame.stage, this.frame);
    }
  }

  #listen() {
    hub.on('layer', () => this.choose());
    hub.on('method', () => this.choose());
    hub.on('page', () => hub.page === 'epochs' && this.choose());
    this.#history.on('change', () => this.choose());
    study.on('health', () => this.#missed && hub.page === 'epochs' && this.choose());
    study.on('info', () => this.frame.update());
    study.on('column', (name) => {
      if (name === this.#field) this.recolor();
      if (hub.hidden[name]?.size) this.view.restyle();
    });
    hub.on('hidden', () => {
      this.#legend.update();
      this.view.restyle();
    });
    hub.on('selection', () => {
      this.view.mark();
      this.frame.update();
    });
    onThemeChange(() => {
      this.view.retheme();
      this.#colored = null;
      this.recolor();
    });
  }

  get field() {
    return this.#field;
  }

  set field(name) {
    this.#field = name;
    this.recolor();
    this.frame.update();
  }

  get position() {
    return this.#player.step;
  }

  get alignment() {
    return this.#history.alignment(this.layer, this.method);
  }

  /** Takes the page's layer and method where they are kept of every epoch, else what there is. */
  choose() {
    const { layers = [], methods = [] } = this.#history.info ?? {};
    const among = (wanted, all, before) => [wanted, before, all[0]].find((one) => all.includes(one)) ?? null;
    this.layer = among(hub.layer, layers, this.layer);
    this.method = among(hub.method, methods, this.method);
    return this.show();
  }

  /** Shows the epoch that the player is at. @returns {Promise<any>} once it is on its way over the screen */
  show() {
    this.#missed = false;
    return Promise.all([this.recolor(), this.#move()]).finally(() => this.frame.update());
  }

  async #move() {
    const turn = ++this.#turns.map;
    const wanted = { layer: this.layer, method: this.method, position: this.position };
    if (wanted.position === null || this.#waits(wanted) || same(wanted, this.shown)) return;
    try {
      const [points, box] = await this.#load(wanted);
      if (turn !== this.#turns.map) return;
      this.#pace();
      this.view.setLayout({ key: KEY, points, box });
      this.shown = wanted;
      this.sentence = '';
    } catch (error) {
      if (turn === this.#turns.map) this.#fail(error);
    }
  }

  /** Whether this map cannot be fetched yet; the sentence says why then, and it is asked for. */
  #waits({ layer, method, position }) {
    const { alignment } = this;
    const { state } = this.#history.info;
    if (alignment && position < alignment.frames) return false;
    // Whoever goes through the layers on another page does not want them all drawn.
    const wanted = hub.page === 'epochs' && state === 'done' && layer && !alignment;
    if (wanted) this.#history.request(layer, method).catch((error) => this.#fail(error));
    if (state === 'failed') this.sentence = 'The epochs could not be run, so there is no map of them.';
    else if (state !== 'done') this.sentence = 'The map comes when all images have been through the network of every epoch.';
    else if (!layer || !method) this.sentence = 'No layer is kept of every epoch, so there is no map.';
    else this.sentence = alignment?.state === 'failed' ? alignment.message : this.#progress(alignment);
    return true;
  }

  #progress(alignment) {
    const percent = Math.round(100 * (alignment?.fraction ?? 0));
    return `Drawing the maps of ${spaceName(this.layer)} by ${methodName(this.method)}, epoch after epoch … ${percent} %`;
  }

  #fail(error) {
    this.sentence = error.message;
    this.#missed = Boolean(error.isAway);
    this.frame.update();
  }

  /** @returns {Promise<[Float32Array, object]>} (N * 2), and what to show: the same part of the plane for all epochs */
  #load({ layer, method, position }) {
    const { frames } = this.alignment;
    const key = `${layer}|${method}|${frames}`;
    if (this.#box.key !== key) {
      const box = { key, promise: this.#outline(layer, method, frames) };
      this.#box = box;
      // What fails is asked for again.
      box.promise.catch(() => this.#box === box && (this.#box = { key: '', promise: null }));
    }
    return Promise.all([this.#history.layout(layer, method, position), this.#box.promise]);
  }

  /** What the first and the last map take up together: the view stays where it is while the points move. */
  async #outline(layer, method, frames) {
    const box = async (position) => robustBox(await this.#history.layout(layer, method, position));
    const boxes = await Promise.all([box(0), box(frames - 1)]);
    const outer = (pick, side) => pick(...boxes.map((one) => one[side]));
    return { x0: outer(Math.min, 'x0'), y0: outer(Math.min, 'y0'), x1: outer(Math.max, 'x1'), y1: outer(Math.max, 'y1') };
  }

  #pace() {
    const { morph } = this.view;
    const { playing, speed } = this.#player;
    morph.even = playing;
    morph.pace = still.matches ? 0 : playing ? 1000 / speed : STEP_MS;
  }

  /** Fetches what an epoch shows before its turn comes. */
  prepare(position) {
    const { alignment } = this;
    const layout = alignment && position < alignment.frames ? this.#history.layout(this.layer, this.method, position) : null;
    const column = isOfEpoch(this.#field) ? this.#history.column(this.#field, position) : null;
    return Promise.allSettled([layout, column]);
  }

  /** Colours the points anew: another epoch, another field, a column that came. */
  async recolor() {
    const turn = ++this.#turns.color;
    const { position } = this;
    const field = this.#field;
    if (!study.n || position === null) return;
    const load = isOfEpoch(field) ? [this.#history.column(field, position), this.#ranges.get(field)] : [study.column(field)];
    const found = await Promise.allSettled(load);
    if (turn !== this.#turns.color) return;
    this.#missed ||= found.some(({ reason }) => reason?.isAway);
    const [values, range] = found.map((one) => one.value);
    const basis = { field, values, range, epochs: this.#history.epochs.length };
    if (this.#colored && Object.entries(basis).every(([name, value]) => this.#colored[name] === value)) return;
    this.#colored = basis;
    this.#paint(encodeEpoch(field, values, range, this.#history.epochs));
  }

  #paint(encoding) {
    this.encoding = encoding;
    const { legend } = encoding;
    const isPlain = legend?.kind === 'classes' && isOfEpoch(this.#field);
    if (!isPlain) this.#legend.show(legend);
    this.frame.legend.replaceChildren(isPlain ? plainLegend(legend) : this.#legend.element);
    this.view.setEncoding(encoding);
  }

  // ---- what the frame and an export ask

  get title() {
    return `${spaceName(this.shown?.layer ?? this.layer)}, ${this.#history.name(this.shown?.position ?? this.position ?? 0)}`;
  }

  get subtitle() {
    if (!this.shown || this.stale) return '';
    const trust = this.alignment?.trustworthiness?.[this.shown.position];
    return methodName(this.shown.method) + (trust == null ? '' : `, trustworthiness ${trust.toFixed(3)}`);
  }

  /** Whether what is shown is another epoch, or of another layer, than what is chosen. */
  get stale() {
    return !this.shown || !same(this.shown, { layer: this.layer, method: this.method, position: this.position });
  }

  screen(index) {
    return this.view.screen(index);
  }

  /** Resolves when nothing moves any more; for tests and exports. */
  async settled() {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise(requestAnimationFrame);
      quiet = this.view.busy ? 0 : quiet + 1;
    }
  }

  /** @param {'png'|'svg'} format */
  export(format) {
    const { layer, method, position } = this.shown ?? this;
    return exportTile(this, `innerview-epochs-${layer}-${method}-${this.#history.name(position)}`, format);
  }
}

const same = (a, b) => b !== null && a.layer === b.layer && a.method === b.method && a.position === b.position;
