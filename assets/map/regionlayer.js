/** The regions of one tile: switched on and off, kept to what it shows, with their names, their chip and the card. */
import { toServer, toShown } from './align.js';
import { palette, themeColor } from '../shared/colors.js';
import { hub } from '../shared/hub.js';
import { study } from '../shared/study.js';
import { hasRegions, keepRegions } from './regionaddress.js';
import { PlaceCard } from './regioncard.js';
import { RegionChip } from './regionchip.js';
import { RegionNames } from './regionnames.js';
import { agreement, askPlace, askRefusal, regions } from './regions.js';

export class RegionLayer {
  /** Whether the user wants regions in this tile. */
  on = false;
  #tile;
  #chip;
  #names;
  #card;
  /** @type {{space: string, method: string, key: string}|null} the map whose regions are wanted now */
  #wanted = null;
  /** @type {import('./regions.js').Regions|null} */
  #entry = null;
  /** @type {import('./align.js').Placement|null} of what is drawn; null while nothing is */
  #placement = null;
  /** @type {string|null} the layer whose map is not finished yet */
  #awaited = null;
  #off;

  /** @param {import('./tile.js').Tile} tile whose view is a MapView */
  constructor(tile) {
    this.#tile = tile;
    const { stage } = tile.frame;
    this.#names = new RegionNames(stage);
    this.#chip = new RegionChip(stage, () => this.#again());
    this.#card = new PlaceCard(stage, () => tile.view.focusCanvas());
    tile.view.onFrame = () => this.#move();
    tile.view.onPlace = (world, byKey) => this.#ask(world, byKey);
    this.#off = [
      regions.on('changed', (key) => key === this.#wanted?.key && this.#show()),
      hub.on('hidden', () => this.#draw()),
    ];
    this.on = hasRegions(tile.frame.element);
    addEventListener('hashchange', this.#followAddress);
  }

  #followAddress = () => {
    this.on = hasRegions(this.#tile.frame.element);
    this.#tile.frame.update();
    this.follow();
  };

  /** Whether the tile shows something that regions can be of. */
  get possible() {
    const { space } = this.#tile;
    return space !== null && space !== 'pixels';
  }

  toggle() {
    this.on = !this.on;
    keepRegions(this.#tile.frame.element, this.on);
    this.follow();
  }

  /** After the tile shows another layout, or the server knows more. */
  follow() {
    const { shown, stale } = this.#tile;
    const ready = this.on && this.possible && shown && !stale && this.#tile.settledLayout;
    const key = ready ? `${shown.space}|${shown.method}` : null;
    if (key !== (this.#wanted?.key ?? null)) {
      this.#card.close();
      this.#wanted = ready ? { space: shown.space, method: shown.method, key } : null;
      this.#entry = ready ? regions.want(shown.space, shown.method) : null;
      this.#show();
    } else if (ready && this.#placement && this.#placement !== this.#tile.layout.placement) this.#draw();
    this.#await(this.on && this.possible && !ready ? this.#tile.space : null);
  }

  /** While the map itself is not finished: says so, or at once that its layer cannot have regions. */
  #await(space) {
    if (space === this.#awaited) return;
    this.#awaited = space;
    this.#chip.wait(space !== null);
    if (space === null || !hub.method) return;
    askRefusal(space, hub.method).then((sentence) => {
      if (sentence && this.#awaited === space) this.#chip.wait(true, sentence);
    });
  }

  #again() {
    if (!this.#wanted) return;
    regions.forget(this.#wanted.space, this.#wanted.method);
    this.#entry = regions.want(this.#wanted.space, this.#wanted.method);
    this.#show();
  }

  #show() {
    this.#chip.show(this.#entry, this.#wanted);
    this.#draw();
  }

  /** Hands the map what to paint. */
  #draw() {
    const { view, layout } = this.#tile;
    const { summary, cells } = this.#entry ?? {};
    if (!summary || !layout) {
      if (this.#placement) view.setGround(null);
      this.#placement = null;
      this.#names.show([]);
      return;
    }
    this.#placement = layout.placement;
    const { box, width, height, classes, labels } = summary;
    const hidden = (value) => ['label', 'predicted'].some((field) => hub.hidden[field]?.has(value));
    const colors = new Uint8Array(4 * classes);
    palette(classes).forEach((color, value) => colors.set([...color, hidden(value) ? 0 : 255], 4 * value));
    const ink = themeColor(this.#tile.frame.element, '--ink');
    view.setGround({ cells, width, height, classes, box, placement: layout.placement, colors, ink });
    const scale = Math.hypot(layout.placement.a, layout.placement.b);
    const names = labels.filter((label) => !hidden(label.class));
    this.#names.show(names.map((label) => ({
      text: study.className(label.class),
      world: toShown(layout.placement, label.x, label.y),
      radius: scale * label.radius,
    })));
    this.#move();
  }

  retheme() {
    if (this.#placement) this.#draw();
  }

  /** Follows the camera. */
  #move() {
    const { camera, morph } = this.#tile.view;
    this.#names.update(camera, !morph.running);
    this.#card.update(camera);
  }

  async #ask(world, byKey = false) {
    if (!world || !this.#placement) return this.#card.close();
    const { space, method } = this.#wanted;
    const at = toServer(this.#placement, ...world);
    this.#card.open(world, (signal) => askPlace(space, method, at, signal), byKey);
    return this.#move();
  }

  /** @returns {string} for an exported tile; '' where no regions are drawn */
  get caption() {
    return this.#placement ? `regions: ${agreement(this.#entry.summary)}` : '';
  }

  /** @returns {{text: string, x: number, y: number}[]} the names shown now, CSS pixels in the canvas; for exports */
  get names() {
    return this.#placement ? this.#names.shown : [];
  }

  /** Whether regions are painted now. */
  get drawn() {
    return this.#placement !== null;
  }

  destroy() {
    for (const off of this.#off) off();
    removeEventListener('hashchange', this.#followAddress);
    this.#card.close();
  }
}
