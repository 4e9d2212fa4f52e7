/** What a tile says of its regions: how far they are, how faithful, and on a click how they were made. */
import { make } from '../shared/dom.js';
import { methodName, spaceName } from '../shared/methods.js';
import { study } from '../shared/study.js';
import { agreement } from './regions.js';

const GAP = 6;
const MADE = 'How these regions were made';
const MORE = 'How often the regions say what the network says of the images there; more on a click';
const WAITING = 'Regions come when this map is finished.';

export class RegionChip {
  #button = make('button', { type: 'button', class: 'map-region-chip', hidden: true });
  #line = make('div', { class: 'map-region-chip map-region-line', role: 'status', hidden: true });
  #details = make('div', { class: 'map-region-details', popover: 'auto', role: 'dialog', 'aria-label': MADE });
  #again;
  #waiting = false;

  /**
   * @param {HTMLElement} host positioned, as large as the canvas
   * @param {() => void} again asks once more after a failure
   */
  constructor(host, again) {
    const action = { text: 'Try again', on: { click: again } };
    this.#again = make('button', { type: 'button', class: 'map-region-again', ...action });
    this.#button.popoverTargetElement = this.#details;
    this.#details.addEventListener('toggle', ({ newState }) => newState === 'open' && this.#place());
    host.append(this.#button, this.#line, this.#details);
  }

  /** Said while the map itself is not finished. @param {boolean} on @param {string} sentence */
  wait(on, sentence = WAITING) {
    if (on) this.#say(sentence);
    else if (this.#waiting) this.#line.hidden = true;
    this.#waiting = on;
  }

  /** @param {import('./regions.js').Regions|null} entry @param {{space: string, method: string}|null} what */
  show(entry, what) {
    const summary = entry?.summary;
    this.#button.hidden = !summary;
    this.#line.hidden = !this.#waiting || Boolean(entry);
    if (!summary) this.#details.hidePopover();
    if (!entry) return;
    if (summary) {
      const text = `Regions: ${agreement(summary)}`;
      this.#button.replaceChildren(make('span', { text }), make('i', { text: 'i', 'aria-hidden': 'true' }));
      this.#button.title = `${text}. ${MORE}`;
      this.#details.replaceChildren(...describe(summary, what));
    } else if (entry.state === 'failed') {
      this.#say(entry.message, entry.hopeless ? [] : [this.#again]);
    } else {
      const share = entry.fraction > 0 ? ` ${Math.round(100 * entry.fraction)} %` : '';
      this.#say(`Regions: ${entry.message || 'waiting for the network'}…${share}`);
    }
  }

  #say(text, more = []) {
    this.#line.hidden = false;
    this.#line.replaceChildren(make('span', { text }), ...more);
  }

  #place() {
    const at = this.#button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#details;
    this.#details.style.left = `${Math.max(GAP, Math.min(innerWidth - width - GAP, at.left))}px`;
    this.#details.style.top = `${Math.max(GAP, at.top - height - GAP)}px`;
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @returns {HTMLElement[]} the popover's content */
function describe(summary, { space, method }) {
  const { regression, measured, mixed, error } = summary;
  const count = (n) => n.toLocaleString('en');
  const how = regression.kind === 'mean' ? 'the weighted mean' : 'a local plane through the vectors';
  const images = `${measured === study.n ? 'all' : ''} ${count(measured)} images`.trim();
  const rows = [
    ['agree with the network, as drawn', percent(summary.agreement)],
    ['agree when an image is left out of its own estimate', percent(summary.agreement_held_out)],
  ];
  const among = `the same, of the ${count(mixed.samples)} images among several classes`;
  if (mixed.samples) rows.push([among, percent(mixed.agreement_held_out)]);
  rows.push(['error of the estimated vector, median', error.median.toFixed(2)]);
  rows.push(['error, 95th percentile', error.p95.toFixed(2)]);
  const by = methodName(method);
  const estimate = `${how} of its ${regression.k} nearest images`;
  return [
    make('b', { text: `Regions of ${spaceName(space)} by ${by}` }),
    make('p', {
      text:
        `What the network itself would say at each place of this map. ${by} has no way back, so the vector of a place is ` +
        `estimated: ${estimate}. The rest of the network turns it into probabilities.`,
    }),
    make('dl', {}, rows.flatMap(([name, value]) => [make('dt', { text: name }), make('dd', { text: value })])),
    note(`Measured at ${images}. An error of 1 is that of always guessing the mean vector.`),
    make('ul', {}, [
      key('map-region-sure', 'strong: confident; faint: unsure'),
      key('map-region-far', 'hatched: no images near, extrapolated'),
      key('map-region-border', 'a line where the predicted class changes'),
    ]),
    note('Click where no image is (or press r for the middle) to see the probabilities there.'),
  ];
}

const note = (text) => make('p', { class: 'map-region-note', text });

const key = (name, text) => make('li', {}, [make('i', { class: name, 'aria-hidden': 'true' }), make('span', { text })]);
