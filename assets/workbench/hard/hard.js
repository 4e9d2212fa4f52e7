/** The page of the hardest images: their map, the histogram of the loss, and the strip. Built when it is first looked at. */
import { CHOSEN_LAYER, Tile } from '../../map/tile.js';
import { onThemeChange } from '../../shared/colors.js';
import { hub } from '../../shared/hub.js';
import { mount } from '../../shared/mount.js';
import { study } from '../../shared/study.js';
import { LossHistogram } from './histogram.js';
import { Strip } from './strip.js';

export async function build() {
  const start = () => {
    if (hub.page !== 'hard') return;
    off();
    mount('hard', 'hard', async () => ({ build: buildParts }));
  };
  const off = hub.on('page', start);
  start();
}

function buildParts() {
  const part = (name) => document.getElementById(`hard-${name}`);
  ['label', 'predicted', 'correct', 'loss'].forEach((name) => study.column(name));
  const tile = new Tile(part('map'), { space: CHOSEN_LAYER, field: 'loss' });
  onThemeChange(() => tile.retheme());
  const histogram = new LossHistogram(part('brush').parentElement, part('brush'), part('controls'));
  const strip = new Strip(part('strip'));
  window.innerview.hard = { tile, histogram, strip };
}
