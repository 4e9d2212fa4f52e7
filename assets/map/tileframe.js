/** What surrounds a map: title row with selects and tools, the line about its layout, the sentence over an empty map. */
import { icon, make, setOptions } from '../shared/dom.js';
import { fields, fieldTitle } from './encoding.js';
import { hub } from '../shared/hub.js';
import { attachMenu } from '../shared/menu.js';
import { layerLabel, spaceName } from '../shared/methods.js';
import { study } from '../shared/study.js';

const ICONS = {
  lasso: 'M8 2.5c3.3 0 5.5 1.7 5.5 3.9S11.3 10.2 8 10.2 2.5 8.6 2.5 6.4 4.7 2.5 8 2.5M5 9.800c-1.5 1.2-.5 2.4.7 2 1.2-.4 1.6 1.2.3 1.9',
  reset: 'M3 8a5 5 0 1 0 1.7-3.800M3 2.500v3h3',
  maximise: 'M6 2.500H2.500V6M10 2.500h3.500V6M6 13.500H2.500V10M10 13.500h3.500V10',
  export: 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10',
};

const REGIONS = 'What the network itself would say at each place of this map';
const KEYS =
  'Arrows move, plus and minus zoom, 0 resets, n and p go from sample to sample, r asks about the middle where regions are shown.';

export class TileFrame {
  element;
  stage = make('div', { class: 'map-stage' });
  #space;
  #field;
  #status = make('span', { class: 'map-status' });
  #regions = make('button', { type: 'button', class: 'map-regions', text: 'regions', hidden: true, title: REGIONS });
  #selection = make('button', { type: 'button', class: 'map-selected', hidden: true, title: 'Clear the selection (Esc)' });
  #sentence = make('p', { class: 'map-sentence', role: 'status', hidden: true });
  #notice = make('p', { class: 'map-notice', hidden: true });
  #tools = {};

  /** @param {import('./tile.js').Tile} tile */
  constructor(tile) {
    this.tile = tile;
    const select = (label, listener, name) =>
      make('select', { class: `map-select ${name}`, 'aria-label': label, on: { change: (event) => listener(event.target.value) } });
    this.#space = select('Space', (value) => { tile.chosenSpace = value; }, 'map-space');
    this.#field = select('Coloured by', (value) => { tile.field = value; }, 'map-field');
    this.#selection.addEventListener('click', () => hub.setSelection(null));
    const head = make('div', { class: 'map-head' }, [this.#space, this.#field, make('span', { class: 'map-tools' }, this.#makeTools())]);
    this.#regions.addEventListener('click', () => this.#toggleRegions());
    const line = make('div', { class: 'map-line' }, [this.#status, this.#regions, this.#selection]);
    this.stage.append(this.#sentence);
    this.element = make('section', { class: 'map-tile' }, [head, line, this.#notice, this.stage]);
  }

  #makeTools() {
    const { tile } = this;
    const tool = (name, title, action) => {
      const attributes = { type: 'button', class: `map-tool map-tool-${name}`, title, 'aria-label': title };
      const button = make('button', { ...attributes, on: action ? { click: action } : {} }, [icon(ICONS[name])]);
      this.#tools[name] = button;
      return button;
    };
    const tools = [
      tool('lasso', 'Lasso: drag to select (or shift-drag at any time)', () => this.#toggleLasso()),
      tool('reset', 'Reset the view (0, or double click)', () => tile.view.reset()),
      tool('maximise', 'Maximise this map', () => this.toggleMaximised()),
      tool('export', 'Save this map'),
    ];
    this.#tools.lasso.setAttribute('aria-pressed', 'false');
    this.#tools.maximise.setAttribute('aria-pressed', 'false');
    const save = (format, label) => ({ label, action: () => tile.export(format) });
    return [...tools, attachMenu(this.#tools.export, [save('png', 'As PNG'), save('svg', 'As SVG')])];
  }

  #toggleRegions() {
    this.tile.regions.toggle();
    this.update();
  }

  #toggleLasso() {
    const on = this.#tools.lasso.getAttribute('aria-pressed') !== 'true';
    this.#tools.lasso.setAttribute('aria-pressed', String(on));
    this.tile.view.lassoMode = on;
  }

  /** One tile alone in the whole area, or all side by side again. */
  toggleMaximised(on = !this.element.classList.contains('map-maximised')) {
    this.element.classList.toggle('map-maximised', on);
    this.element.parentElement?.classList.toggle('map-one-alone', on);
    this.#tools.maximise.setAttribute('aria-pressed', String(on));
  }

  /** @param {string} sentence something that holds for as long as the tile lives, such as a missing WebGL2 */
  set notice(sentence) {
    this.#notice.textContent = sentence;
    this.#notice.hidden = !sentence;
  }

  /** Writes anew what may have changed. */
  update() {
    const { tile } = this;
    setOptions(this.#space, spaceOptions(), tile.chosenSpace);
    const names = fields().includes(tile.field) ? fields() : [...fields(), tile.field];
    setOptions(this.#field, names.map((name) => ({ value: name, label: `by ${fieldTitle(name)}` })), tile.field);
    this.#status.textContent = tile.subtitle;
    this.#status.title = tile.subtitle;
    this.#sentence.textContent = tile.sentence;
    this.#sentence.hidden = !tile.sentence;
    this.stage.classList.toggle('map-stale', Boolean(tile.sentence));
    this.#regions.hidden = !tile.regions?.possible;
    this.#regions.setAttribute('aria-pressed', String(tile.regions?.on ?? false));
    this.#selection.hidden = hub.selectionCount === 0;
    this.#selection.textContent = `${hub.selectionCount.toLocaleString('en')} selected ✕`;
    if (tile.view) tile.view.label = `Map of ${tile.title} by ${fieldTitle(tile.field)}. ${KEYS}`;
  }
}

function spaceOptions() {
  const layers = (study.info?.layers ?? []).filter((layer) => layer.units);
  return [
    { value: 'pixels', label: 'Pixels' },
    { value: '@layer', label: spaceName(hub.layer) },
    ...layers.map((layer) => ({ value: layer.key, label: layerLabel(layer), group: 'always this layer' })),
  ];
}
