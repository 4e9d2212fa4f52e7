/**
 * Inside the frame: the two Facets components, and the few words that the page round them says to them.
 *
 * The page calls `window.facets`; nothing in here asks the server or knows the hub.
 */
import { adjust } from './adjust.js';
import { dressAll, nameControls } from './look.js';

const LABEL = 'label';
const PREDICTED = 'predicted';
const CLASS_FIELDS = [LABEL, PREDICTED];
const LEAST_BUCKETS = 10;
// The grid of 1,000 classes has a million cells, and the component lays out each: half a minute. Beyond this many, the
// rarer classes share a place.
const MOST_BUCKETS = 200;
// A window that is drawn larger sends many events; the layout of 10,000 images takes a while.
const PAUSE_MS = 250;

class Facets {
  /** @type {(row: number) => void} set by the page: an item of Dive was clicked */
  onPick = () => {};
  #dive = null;
  #overview = null;
  /** @type {string} the rows that the page had marked, which are no clicks */
  #marked = '';
  #timer = 0;

  constructor() {
    addEventListener('resize', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#fit(), PAUSE_MS);
    });
  }

  /**
   * Shows images in Dive, by label, if there are any, against prediction when it is shown for the first time.
   * @param {{records: object[], classes: string[], labelled: boolean, atlas: string, sprite: {width: number, height: number}, crisp: boolean}} what
   *   `atlas` is an address; records and sprites have the same order; crisp pictures are enlarged without smoothing
   * @returns {Promise<boolean>} false where the browser has no WebGL
   */
  async showDive({ records, classes, labelled, atlas, sprite, crisp }) {
    const first = !this.#dive;
    const dive = (this.#dive ??= makeDive(classes));
    this.#show(dive);
    if (first) {
      nameControls(dive);
      adjust(dive, classes, CLASS_FIELDS);
      dive.addEventListener('selected-indices-changed', ({ detail }) => this.#hear(detail.value ?? []));
    }
    this.mark(-1);
    Object.assign(dive, { spriteImageWidth: sprite.width, spriteImageHeight: sprite.height, atlasUrl: atlas });
    dive.data = records;
    const { spriteMesh } = dive.$.vis._backing;
    if (spriteMesh && crisp) spriteMesh.spriteAtlas.magFilter = THREE.NearestFilter;
    // The component lays its items out one frame later; facets given before that are lost.
    await nextFrame();
    if (first) Object.assign(dive, labelled ? { verticalFacet: LABEL, horizontalFacet: PREDICTED } : { horizontalFacet: PREDICTED });
    return Boolean(dive.$.vis._backing.renderer);
  }

  /** @param {string} statistics the protocol buffer in base64 */
  showOverview(statistics) {
    this.#overview ??= document.createElement('facets-overview');
    this.#show(this.#overview);
    if (this.#overview.protoInput !== statistics) this.#overview.protoInput = statistics;
  }

  /** Frames an item of Dive; -1 for none. @param {number} row */
  mark(row) {
    const rows = row < 0 ? [] : [row];
    this.#marked = rows.join();
    if (this.#dive && this.#dive.selectedIndices.join() !== this.#marked) this.#dive.selectedIndices = rows;
  }

  #hear(rows) {
    if (!rows.length || rows.join() === this.#marked) return;
    // With the control key one more is picked, and the component keeps them sorted.
    const before = this.#marked.split(',');
    this.#marked = rows.join();
    this.onPick(rows.find((row) => !before.includes(String(row))) ?? rows[0]);
  }

  #show(element) {
    const place = document.getElementById('facets');
    for (const other of place.children) other.hidden = other !== element;
    if (!element.isConnected) place.append(element);
    element.hidden = false;
  }

  /** Lays the grid out for another size of the frame. */
  #fit() {
    if (!this.#dive || this.#dive.hidden) return;
    this.#dive.$.vis._updateGridFaceting();
  }
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

function makeDive(classes) {
  const buckets = Math.min(MOST_BUCKETS, Math.max(LEAST_BUCKETS, classes.length));
  const settings = { hideInfoCard: true, fitGridAspectRatioToViewport: true, verticalBuckets: buckets, horizontalBuckets: buckets };
  return Object.assign(document.createElement('facets-dive'), settings);
}

dressAll();
window.facets = new Facets();
