/** What surrounds the map of the epochs: its selects and tools, the line about its quality, and how it is made. */
import { fieldTitle } from '../../map/encoding.js';
import { icon, make, setOptions } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { attachMenu } from '../../shared/menu.js';
import { layerLabel, methodName, spaceName } from '../../shared/methods.js';
import { study } from '../../shared/study.js';
import { fieldOptions } from './fields.js';
import { HowMade } from './howmade.js';

const ICONS = {
  lasso: 'M8 2.5c3.3 0 5.5 1.7 5.5 3.9S11.3 10.2 8 10.2 2.5 8.6 2.5 6.4 4.7 2.5 8 2.5M5 9.800c-1.5 1.2-.5 2.4.7 2 1.2-.4 1.6 1.2.3 1.9',
  reset: 'M3 8a5 5 0 1 0 1.7-3.800M3 2.500v3h3',
  export: 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10',
};

const KEYS = 'Arrows move, plus and minus zoom, 0 resets, n and p go from sample to sample.';

export class MapFrame {
  element;
  stage = make('div', { class: 'map-stage' });
  /** Where the legend goes. */
  legend = make('div');
  #layer;
  #method;
  #field;
  #lasso;
  #status = make('span', { class: 'map-status' });
  #selection = make('button', { type: 'button', class: 'map-selected', hidden: true, title: 'Clear the selection (Esc)' });
  #sentence = make('p', { class: 'map-sentence', role: 'status', hidden: true });
  #notice = make('p', { class: 'map-notice', hidden: true });
  #made;

  /** @param {import('./map.js').EpochMap} map @param {import('./history.js').History} history */
  constructor(map, history) {
    this.map = map;
    this.history = history;
    const select = (label, name, listener) =>
      make('select', {
        class: `map-select ${name}`, 'aria-label': label, title: label, on: { change: (event) => listener(event.target.value) },
      });
    // The header's selects say the same: the page has one layer, and one method.
    this.#layer = select('Layer of the map', 'map-space', (value) => hub.setLayer(value));
    this.#method = select('Method of the map', 'epochs-method', (value) => hub.setMethod(value));
    this.#field = select('Coloured by', 'map-field', (value) => { map.field = value; });
    this.#selection.addEventListener('click', () => hub.setSelection(null));
    this.#made = new HowMade(map);
    const tools = make('span', { class: 'map-tools' }, this.#makeTools());
    const head = make('div', { class: 'map-head' }, [this.#layer, this.#method, this.#field, tools]);
    const line = make('div', { class: 'map-line' }, [this.#status, ...this.#made.elements, this.#selection]);
    this.stage.append(this.#sentence);
    const parts = [head, line, this.#notice, this.stage, this.legend];
    this.element = make('section', { class: 'map-tile epochs-map', 'aria-label': 'Map of the epoch' }, parts);
  }

  #makeTools() {
    const tool = (name, title, action) => {
      const on = action ? { click: action } : {};
      const attributes = { type: 'button', class: `map-tool map-tool-${name}`, title, 'aria-label': title, on };
      return make('button', attributes, [icon(ICONS[name])]);
    };
    this.#lasso = tool('lasso', 'Lasso: drag to select (or shift-drag at any time)', () => this.#toggleLasso());
    this.#lasso.setAttribute('aria-pressed', 'false');
    const save = tool('export', 'Save this map');
    const item = (format) => ({ label: `As ${format.toUpperCase()}`, action: () => this.map.export(format) });
    const reset = tool('reset', 'Reset the view (0, or double click)', () => this.map.view.reset());
    return [this.#lasso, reset, save, attachMenu(save, [item('png'), item('svg')])];
  }

  #toggleLasso() {
    const on = this.#lasso.getAttribute('aria-pressed') !== 'true';
    this.#lasso.setAttribute('aria-pressed', String(on));
    this.map.view.lassoMode = on;
  }

  /** @param {string} sentence something that holds for as long as the map lives, such as a missing WebGL2 */
  set notice(sentence) {
    this.#notice.textContent = sentence;
    this.#notice.hidden = !sentence;
  }

  /** Writes anew what may have changed. */
  update() {
    const { map } = this;
    const { layers = [], methods = [] } = this.history.info ?? {};
    const label = (key) => layerLabel(study.info?.layers?.find((layer) => layer.key === key) ?? { name: key });
    setOptions(this.#layer, layers.map((key) => ({ value: key, label: label(key) })), map.layer ?? '');
    setOptions(this.#method, methods.map((name) => ({ value: name, label: methodName(name) })), map.method ?? '');
    this.#layer.hidden = this.#method.hidden = !layers.length;
    setOptions(this.#field, fieldOptions(), map.field);
    this.#status.textContent = this.#status.title = map.subtitle;
    this.#made.update();
    this.#sentence.textContent = map.sentence;
    this.#sentence.hidden = !map.sentence || !map.stale;
    this.stage.classList.toggle('map-stale', !this.#sentence.hidden);
    this.#selection.hidden = hub.selectionCount === 0;
    this.#selection.textContent = `${hub.selectionCount.toLocaleString('en')} selected ✕`;
    const what = `Map of ${spaceName(map.layer)} at ${this.history.name(map.position ?? 0)} by ${fieldTitle(map.field)}`;
    if (map.view) map.view.label = `${what}. ${KEYS}`;
  }
}
