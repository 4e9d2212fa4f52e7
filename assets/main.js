/** Puts the maps into the page: tiles, controls, progress, and the ways to Dash and to the address. */
import { mirrorAddress } from './shared/address.js';
import { bridgeToDash } from './shared/bridge.js';
import { onThemeChange } from './shared/colors.js';
import { buildControls, chooseDefaults } from './map/controls.js';
import { hub } from './shared/hub.js';
import { forgetRequests } from './map/layouts.js';
import { buildStages } from './map/stages.js';
import { study } from './shared/study.js';
import { CHOSEN_LAYER, Tile } from './map/tile.js';

const TILES = [
  { space: 'pixels', field: 'label' },
  { space: CHOSEN_LAYER, field: 'label' },
  { space: CHOSEN_LAYER, field: 'loss' },
];
// What tooltips and legends need, whatever the tiles show.
const COLUMNS = ['label', 'predicted', 'correct', 'loss'];

const tiles = [];

/** Dash draws its layout when it pleases. @returns {Promise<HTMLElement>} */
function elementOf(id) {
  return new Promise((resolve) => {
    const look = () => {
      const element = document.getElementById(id);
      if (!element) return false;
      resolve(element);
      return true;
    };
    if (look()) return;
    const observer = new MutationObserver(() => look() && observer.disconnect());
    observer.observe(document.documentElement, { childList: true, subtree: true });
  });
}

function followStudy() {
  study.on('info', () => {
    chooseDefaults();
    COLUMNS.forEach((name) => study.column(name));
  });
  study.on('online', () => !study.online && forgetRequests());
  onThemeChange(() => tiles.forEach((tile) => tile.retheme()));
}

function clearOnEscape() {
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    const alone = tiles.find((tile) => tile.frame.element.classList.contains('map-maximised'));
    if (hub.selection) hub.setSelection(null);
    else alone?.frame.toggleMaximised(false);
  });
}

async function start() {
  mirrorAddress(hub);
  const [maps, controls, stages] = await Promise.all(['maps', 'map-controls', 'stages'].map(elementOf));
  buildStages(stages);
  await study.start();
  chooseDefaults();
  COLUMNS.forEach((name) => study.column(name));
  followStudy();
  bridgeToDash(hub);
  buildControls(controls);
  maps.replaceChildren();
  tiles.push(...TILES.map((what) => new Tile(maps, what)));
  clearOnEscape();
}

window.innerview = {
  hub,
  study,
  tiles,
  setFocus: (index) => hub.setFocus(index),
  setLayer: (key) => hub.setLayer(key),
  setMethod: (method) => hub.setMethod(method),
  /** @param {number[]|null} indices samples to select on the maps */
  setSelection: (indices) => {
    if (!indices) return hub.setSelection(null);
    const mask = new Uint8Array(study.n);
    for (const index of indices) if (index >= 0 && index < mask.length) mask[index] = 1;
    return hub.setSelection(mask);
  },
  ready: start(),
};
