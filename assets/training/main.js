/** The page Training: its head, its tabs, and the modules that fill them when they are first looked at. */
import { make } from '../shared/dom.js';
import { elementOf, failureCard } from '../shared/mount.js';
import { inAddress, readAddress } from './address.js';
import { buildHead } from './head/head.js';
import { isPageShown, onShown } from './shown.js';
import { training } from './state.js';
import { Tabs } from './tabs.js';

/** @type {[string, string, () => Promise<{build: (element: HTMLElement) => any}>][]} name, title, module */
const TABS = [
  ['live', 'Live', () => import('./live/live.js')],
  ['runs', 'Runs', () => import('./runs/runs.js')],
  ['scalars', 'Scalars', () => import('./scalars/scalars.js')],
  ['pr', 'PR curves', () => import('./pr/pr.js')],
  ['histograms', 'Histograms', () => import('./histograms/histograms.js')],
  ['images', 'Images', () => import('./images/images.js')],
  ['maps', 'Class maps', () => import('./maps/maps.js')],
  ['thoughts', 'Thoughts', () => import('./thoughts/thoughts.js')],
];
const FIRST = 'live';

const mounted = new Set();
const GONE = 'the scripts of this tab did not come. Open the tab again once Innerview answers, or load the page anew.';
const WRONG = "an error in Innerview keeps this from being shown. The browser's console has the details.";

async function mountTab(name, panel) {
  if (mounted.has(name)) return;
  mounted.add(name);
  const [, title, load] = TABS.find(([other]) => other === name);
  const module = await load().catch((error) => {
    // A server that was away may be back when somebody comes here again.
    mounted.delete(name);
    console.warn(error);
    return null;
  });
  panel.querySelector(':scope > .failure-card')?.remove();
  try {
    if (module) await module.build(panel);
    else panel.prepend(failureCard(`${title}: ${GONE}`));
  } catch (error) {
    reportError(error);
    panel.prepend(failureCard(`${title}: ${WRONG}`));
  }
}

/** Once the page is looked at: who opens Innerview for a network need not wait for runs. */
function pageShown() {
  return new Promise((resolve) => {
    if (isPageShown()) return resolve();
    const off = onShown(() => {
      if (!isPageShown()) return;
      off();
      resolve();
    });
    return undefined;
  });
}

function followTabs(tabs) {
  const known = (name) => (tabs.has(name) ? name : FIRST);
  const show = () => {
    tabs.show(training.tab);
    mountTab(training.tab, tabs.panel(training.tab));
  };
  const changed = inAddress('tab', () => (training.tab === FIRST ? null : training.tab), (name) => training.setTab(known(name)));
  training.setTab(known(readAddress('tab')));
  training.on('tab', show);
  training.on('tab', changed);
  show();
}

async function start() {
  const element = await elementOf('training');
  await pageShown();
  const tabs = new Tabs(TABS.map(([name, title]) => [name, title]), (name) => training.setTab(name));
  const head = make('div', { class: 'training-head' });
  // An Escape on this page does not mean the selection on the maps.
  element.addEventListener('keydown', (event) => event.key === 'Escape' && event.stopPropagation());
  // Not in the place of what Dash has put there: the grid of the runs.
  element.append(head, tabs.panels);
  const { restored } = buildHead(head, tabs.list);
  followTabs(tabs);
  await restored;
}

window.innerview = Object.assign(window.innerview ?? {}, { training, trainingReady: start() });
