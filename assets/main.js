/** Starts what the browser draws itself: the maps and the workbench, and their ways to Dash and to the address. */
import { buildControls, chooseDefaults } from './map/controls.js';
import { forgetRequests } from './map/layouts.js';
import { buildStages } from './map/stages.js';
import { CHOSEN_LAYER, Tile } from './map/tile.js';
import { mirrorAddress } from './shared/address.js';
import { followAdvice } from './shared/advice.js';
import { bridgeToDash } from './shared/bridge.js';
import { onThemeChange } from './shared/colors.js';
import { followDock } from './shared/dock.js';
import { gatherPicks } from './shared/gathering.js';
import { hub } from './shared/hub.js';
import { elementOf, mount } from './shared/mount.js';
import { applyQuery, dropOutdatedQueries } from './shared/queries.js';
import { keepSelections } from './shared/selection.js';
import { study } from './shared/study.js';

const tilesBy = (classes, doubt) => [
  { space: 'pixels', field: classes },
  { space: CHOSEN_LAYER, field: classes },
  { space: CHOSEN_LAYER, field: doubt },
];
// What tooltips and legends need, whatever the tiles show.
const COLUMNS = ['label', 'predicted', 'correct', 'loss'];

/**
 * The panels drawn in the browser: the panel's name, the id of the element that it fills, and its module, whose `build`
 * takes that element.
 */
const MODULES = [
  ['inspector', 'inspector', () => import('./workbench/inspector/inspector.js')],
  ['table', 'table', () => import('./workbench/table/table.js')],
  ['similar', 'similar', () => import('./workbench/similar/similar.js')],
  ['hard', 'hard', () => import('./workbench/hard/hard.js')],
  ['pool', 'pool', () => import('./workbench/pool/pool.js')],
  ['welcome', 'welcome', () => import('./workbench/welcome.js')],
  ['confusion', 'confusion', () => import('./workbench/confusion/confusion.js')],
  ['curves', 'curves', () => import('./workbench/curves/curves.js')],
  ['graph', 'graph', () => import('./workbench/graph/graph.js')],
  ['epochs', 'epochs', () => import('./workbench/epochs/epochs.js')],
  ['dive', 'dive', () => import('./workbench/facets/facets.js')],
];

const tiles = [];

function followStudy() {
  study.on('info', () => {
    chooseDefaults();
    COLUMNS.forEach((name) => study.column(name));
  });
  study.on('online', () => !study.online && forgetRequests());
  onThemeChange(() => tiles.forEach((tile) => tile.retheme()));
}

function followPages() {
  const follow = () => hub.setPage(document.documentElement.dataset.page);
  addEventListener('innerview:page', follow);
  follow();
}

function clearOnEscape() {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.key !== 'Escape') return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    const alone = tiles.find((tile) => tile.frame.element.classList.contains('map-maximised'));
    if (hub.selection) hub.setSelection(null);
    else if (hub.query) applyQuery('');
    else alone?.frame.toggleMaximised(false);
  });
}

function buildMaps(maps) {
  maps.replaceChildren();
  // Without labels, what the network takes the images for, and how sure it is.
  const what = study.labelled ? tilesBy('label', 'loss') : tilesBy('predicted', 'entropy');
  tiles.push(...what.map((one) => new Tile(maps, one)));
}

async function start() {
  followPages();
  dropOutdatedQueries();
  keepSelections();
  gatherPicks();
  mirrorAddress(hub);
  const [controls, stages] = await Promise.all(['map-controls', 'stages'].map(elementOf));
  buildStages(stages);
  await study.start();
  chooseDefaults();
  COLUMNS.forEach((name) => study.column(name));
  followStudy();
  bridgeToDash(hub);
  buildControls(controls);
  followDock(await elementOf('dock'));
  clearOnEscape();
  followAdvice();
  await mount('maps', 'maps', () => ({ build: buildMaps }));
  await Promise.all(MODULES.map(([name, id, load]) => mount(name, id, load)));
}

window.innerview = {
  hub,
  study,
  tiles,
  setFocus: (index) => hub.setFocus(index),
  setLayer: (key) => hub.setLayer(key),
  setMethod: (method) => hub.setMethod(method),
  setAnchor: (index) => hub.setAnchor(index),
  /** @param {string} text @returns {Promise<{count: number}|null>} null when there is a mistake in it, which the query bar shows */
  applyQuery: (text) =>
    applyQuery(text).catch((error) => {
      hub.emit('mistake', { query: text, error });
      return null;
    }),
  /** @param {number[]|null} indices samples to select on the maps */
  setSelection: (indices) => {
    if (!indices) return hub.setSelection(null);
    const mask = new Uint8Array(study.n);
    for (const index of indices) if (index >= 0 && index < mask.length) mask[index] = 1;
    return hub.setSelection(mask);
  },
  ready: start(),
};
