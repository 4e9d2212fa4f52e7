/** One tile: a space coloured by a field. It follows the hub and the server, and hands its map what to show. */
import { encode, fields } from './encoding.js';
import { exportTile } from './export.js';
import { FallbackView } from './fallback.js';
import { hub } from '../shared/hub.js';
import { getLayout, requestLayout } from './layouts.js';
import { Legend } from './legend.js';
import { MapView } from './mapview.js';
import { spaceName } from '../shared/methods.js';
import { fairOrder } from './order.js';
import { RegionLayer } from './regionlayer.js';
import { describeLayout, describeWait } from './status.js';
import { study } from '../shared/study.js';
import { TileFrame } from './tileframe.js';

/** Stands for whichever layer is chosen in the header. */
export const CHOSEN_LAYER = '@layer';

export class Tile {
  /** @type {{space: string, method: string, version: number}|null} the layout that is shown */
  shown = null;
  /** @type {object|null} the points that are shown, see layouts.js */
  layout = null;
  /** @type {RegionLayer|null} null where WebGL2 is missing */
  regions = null;
  legend = new Legend();
  #space;
  #field;
  #loading = false;
  #off = [];

  /** @param {HTMLElement} host @param {{space: string, field: string}} what */
  constructor(host, { space, field }) {
    this.#space = space;
    this.#field = field;
    this.frame = new TileFrame(this);
    host.append(this.frame.element);
    this.frame.element.append(this.legend.element);
    this.view = this.#open();
    if (this.view instanceof MapView) this.regions = new RegionLayer(this);
    this.#listen();
    this.recolor();
    this.follow();
  }

  #open() {
    try {
      return new MapView(this.frame.stage);
    } catch {
      return new FallbackView(this.frame.stage, this.frame);
    }
  }

  #listen() {
    const follow = () => this.follow();
    this.#off = [
      hub.on('layer', follow),
      hub.on('method', follow),
      study.on('health', follow),
      study.on('info', () => this.recolor()),
      study.on('column', (name) => name === this.#field && this.recolor()),
      study.on('column', (name) => hub.hidden[name]?.size && this.view.restyle()),
      hub.on('hidden', () => {
        this.legend.update();
        this.view.restyle();
      }),
      hub.on('selection', () => {
        this.view.mark();
        this.frame.update();
      }),
    ];
  }

  /** "pixels" or a layer's key; null while the chosen layer is not known. */
  get space() {
    return this.#space === CHOSEN_LAYER ? hub.layer : this.#space;
  }

  /** What the select says: "pixels", "@layer" or a layer's key. */
  get chosenSpace() {
    return this.#space;
  }

  set chosenSpace(value) {
    this.#space = value;
    this.follow();
  }

  get field() {
    return this.#field;
  }

  set field(name) {
    this.#field = name;
    this.recolor();
  }

  /** @returns {[number, number]|null} CSS pixels in the tile's canvas; null when hidden or not there yet */
  screen(index) {
    return this.view.screen(index);
  }

  /** Colours the points anew: another field, a column that came, another theme. */
  recolor() {
    if (!study.n) return;
    if (fields().includes(this.#field)) study.column(this.#field);
    const encoding = encode(this.#field, fairOrder(study.n));
    this.encoding = encoding;
    this.legend.show(encoding.legend);
    this.view.setEncoding(encoding);
    this.frame.update();
  }

  retheme() {
    this.view.retheme();
    this.recolor();
    this.regions?.retheme();
  }

  /** The layout to show now: the wanted one, or PCA until that is there. */
  #wanted() {
    const { space } = this;
    const { method } = hub;
    if (space === null || !method) return null;
    if (!study.layoutState(space, method)) requestLayout(space, method);
    const usable = [method, 'pca'].find((name) => study.layoutState(space, name));
    if (!usable) requestLayout(space, 'pca');
    return usable ? { space, method: usable, version: study.layoutState(space, usable).version } : null;
  }

  /** Fetches what is wanted when it is not what is shown; one fetch at a time, and a stale answer is dropped. */
  async follow() {
    const wanted = study.health && this.#wanted();
    this.frame.update();
    this.regions?.follow();
    if (!wanted || this.#loading || same(wanted, this.shown)) return;
    this.#loading = true;
    try {
      const layout = await getLayout(wanted.space, wanted.method, wanted.version, this.view.morph.end);
      const now = this.#wanted();
      if (layout && now?.space === wanted.space && now.method === wanted.method && layout.points.length === 2 * study.n) {
        this.view.setLayout(layout);
        this.shown = { ...wanted, version: layout.version };
        this.layout = layout;
      }
    } catch {
      // The server is away; its next sign of life brings us here again.
    } finally {
      this.#loading = false;
    }
    this.frame.update();
    this.regions?.follow();
    const next = this.#wanted();
    if (next && (next.space !== wanted.space || next.method !== wanted.method)) this.follow();
  }

  /** Whether what is shown is still of another space than the title says. */
  get stale() {
    return !this.shown || this.shown.space !== this.space;
  }

  /** Whether what is shown is finished: no newer layout of it will come. */
  get settledLayout() {
    const state = this.shown && study.layoutState(this.shown.space, this.shown.method);
    return Boolean(state?.final) && state.version === this.shown.version;
  }

  /** Of what is shown, which may still be the map before. */
  get title() {
    return spaceName(this.#seen);
  }

  get #seen() {
    return this.shown ? this.shown.space : this.space;
  }

  get subtitle() {
    return this.stale ? '' : describeLayout(this.shown, this.space, hub.method);
  }

  /** @returns {string} a sentence over an empty map, '' when there is something to see */
  get sentence() {
    return this.stale ? describeWait(this.space, hub.method ?? 'pca') : '';
  }

  get busy() {
    return this.#loading || this.view.busy;
  }

  /** Resolves when nothing moves and nothing is on its way; for tests and exports. */
  async settled() {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise(requestAnimationFrame);
      quiet = this.busy ? 0 : quiet + 1;
    }
  }

  /** Saves the tile as a file. @param {'png'|'svg'} format */
  export(format) {
    return exportTile(this, `innerview-${this.#seen}-${this.shown?.method ?? 'map'}-${this.field}`, format);
  }

  destroy() {
    for (const off of this.#off) off();
    this.regions?.destroy();
    this.view.destroy();
    this.frame.element.remove();
  }
}

const same = (a, b) => b !== null && a.space === b.space && a.method === b.method && a.version === b.version;
