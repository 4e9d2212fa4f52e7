/** The image pool: what was picked anywhere gathers here, the latest first. */
import { indicesOf } from '../../shared/bits.js';
import { exportSamples } from '../../shared/download.js';
import { icon, make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { attachMenu } from '../../shared/menu.js';
import { study } from '../../shared/study.js';
import { hasLongNames, markFocus, sampleCard } from '../card.js';
import { Cells } from '../cells.js';
import { sortHardestFirst } from '../losses.js';
import { PoolGrid } from './grid.js';
import { Pool } from './model.js';

/** So many are shown beside the table. */
const LATEST = 15;
const COLUMNS = 5;
const LEAST_IMAGE = 34;
const EMPTY = 'Images that you pick gather here: click a point, type a query, or draw a lasso with shift and the mouse.';

const FORMATS = { csv: 'As CSV', parquet: 'As Parquet' };

const ICONS = {
  all: 'M2.500 2.500h4v4h-4zM9.500 2.500h4v4h-4zM2.500 9.500h4v4h-4zM9.500 9.500h4v4h-4z',
  select: 'M8 1.500v3M8 11.500v3M1.500 8h3M11.500 8h3M8 4.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7',
  save: 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10',
  clear: 'M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9',
};

/** @param {HTMLElement} host */
export async function build(host) {
  await Promise.all(['label', 'predicted', 'loss'].map((name) => study.column(name)));
  const pool = new Pool(host.dataset.study, study.n);
  const panel = new PoolPanel(host, pool);
  // What the address brought was picked before the pool was there.
  if (hub.selection) pool.gatherSelection(sortHardestFirst(indicesOf(hub.selection)));
  if (hub.focus !== null && !pool.count) pool.gather([hub.focus]);
  return panel;
}

class PoolPanel {
  #pool;
  #count = make('span', { class: 'pool-count', 'aria-live': 'polite' });
  #tools = {};
  #note = make('div', { class: 'pool-note', role: 'status', hidden: true });
  #said = '';
  #empty = make('p', { class: 'pool-empty waiting', text: EMPTY });
  #list = make('div', { class: 'pool-list', 'aria-label': 'Latest images of the pool' });
  #cells;
  #grid;
  #looking = false;

  constructor(host, pool) {
    this.#pool = pool;
    const tools = make('span', { class: 'pool-tools' }, this.#makeTools());
    host.append(make('div', { class: 'pool-bar' }, [this.#count, tools]), this.#note, this.#empty, this.#list);
    this.#cells = new Cells(this.#list, {
      measure: measureLatest,
      render: (position) => this.#card(position),
    });
    this.#grid = new PoolGrid(pool, { card: (position) => this.#card(position), toggled: (open, held) => this.#pressed(open, held) });
    this.#list.addEventListener('keydown', (event) => this.removeByKey(event));
    this.#listen();
    this.#update();
  }

  #listen() {
    this.#pool.on('change', () => this.#update());
    hub.on('gather', (gathered) => this.#gather(gathered));
    hub.on('focus', () => {
      this.#cells.each(markFocus);
      this.#grid.cells.each(markFocus);
    });
    study.on('column', (name) => ['label', 'predicted', 'loss'].includes(name) && this.#update());
  }

  #makeTools() {
    const tool = (name, path, title, action) => {
      this.#tools[name] = make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, on: action ? { click: action } : {} }, [icon(path)]);
      return this.#tools[name];
    };
    return [
      tool('select', ICONS.select, 'Select these on the maps', () => this.#select()),
      tool('all', ICONS.all, 'Show all images of the pool', () => this.#grid.toggle()),
      tool('save', ICONS.save, 'Save the rows of these images, in the order of the pool'),
      attachMenu(this.#tools.save, ['csv', 'parquet'].map((format) => ({ label: FORMATS[format], action: () => this.#export(format) }))),
      tool('clear', ICONS.clear, 'Clear the pool', () => this.#pool.clear()),
    ];
  }

  #gather({ indices, why }) {
    if (why === 'focus') {
      // To look at a card must not make it jump away from under the pointer.
      if (!this.#looking) this.#pool.gather(indices);
    } else if (why === 'query') {
      this.#pool.gatherSelection(sortHardestFirst(indices));
    } else {
      this.#pool.gatherSelection(indices);
    }
  }

  #card(position) {
    const index = this.#pool.indices[position];
    return sampleCard(index, { look: (image) => this.#look(image), remove: (image) => this.#pool.remove(image) });
  }

  #look(index) {
    this.#looking = true;
    hub.setFocus(index);
    this.#looking = false;
  }

  /** Delete takes the card out that holds the keyboard's focus. */
  removeByKey(event) {
    const card = event.target.closest('.card');
    if (!card || (event.key !== 'Delete' && event.key !== 'Backspace')) return;
    event.preventDefault();
    this.#pool.remove(Number(card.dataset.index));
  }

  #select() {
    const mask = new Uint8Array(study.n);
    for (const index of this.#pool.indices) mask[index] = 1;
    hub.setSelection(mask, 'pool');
  }

  async #export(format) {
    try {
      await exportSamples(Array.from(this.#pool.indices), format, 'innerview-pool');
      this.#said = '';
    } catch (error) {
      this.#said = error.message;
    }
    this.#update();
  }

  #pressed(open, held) {
    this.#tools.all.setAttribute('aria-pressed', String(open));
    if (held) this.#tools.all.focus();
  }

  #update() {
    const { count } = this.#pool;
    this.#count.replaceChildren(...describeCount(count));
    for (const button of Object.values(this.#tools)) button.disabled = count === 0;
    this.#empty.hidden = count > 0;
    this.#list.hidden = count === 0;
    this.#list.classList.toggle('pool-long', hasLongNames());
    this.#showNote();
    this.#cells.show(Math.min(count, LATEST));
    this.#grid.update();
  }

  #showNote() {
    const { undoable } = this.#pool;
    this.#note.hidden = !undoable && !this.#said;
    const dismiss = make('button', { type: 'button', class: 'quiet', text: '✕', title: 'Dismiss', 'aria-label': 'Dismiss' });
    dismiss.addEventListener('click', () => {
      this.#said = '';
      this.#pool.forget();
    });
    const undo = make('button', { type: 'button', class: 'pool-undo', text: 'Undo', on: { click: () => this.#pool.undo() } });
    const words = make('span', { text: this.#said || `${undoable}.` });
    this.#note.replaceChildren(words, ...(this.#said ? [] : [undo]), dismiss);
  }
}

/** @returns {(string|Node)[]} "15 latest of 59", of which a narrow panel leaves a word out */
function describeCount(count) {
  if (count > LATEST) return [String(LATEST), make('span', { class: 'pool-latest', text: ' latest' }), ` of ${count.toLocaleString('en')}`];
  return count ? [`${count} image${count === 1 ? '' : 's'}`] : [];
}

/** Five side by side, three lines of them if they fit: the images take what the lines of text leave. */
function measureLatest(width, height) {
  const cell = Math.floor(width / COLUMNS);
  const words = textHeight();
  const line = Math.floor(height / (LATEST / COLUMNS));
  const image = Math.max(LEAST_IMAGE, Math.min(cell - 8, line - words));
  return { width: cell, height: Math.max(image + words, Math.min(line, cell - 8 + words)), columns: COLUMNS };
}

/** Pixels of a card beside its image: its lines of text, and the room round them. */
export const textHeight = () => (hasLongNames() ? 52 : 38);
