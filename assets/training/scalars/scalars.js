/** The tab Scalars: every scalar that the chosen runs have logged, each tag a chart with all runs over each other. */
import '../chart/modules.js';
import { make } from '../../shared/dom.js';
import { Board } from '../chart/board.js';
import { ChartCard, tool } from '../chart/card.js';
import { buildControls } from '../chart/controls.js';
import { Legend } from '../chart/legend.js';
import { inAddress, readAddress } from '../address.js';
import { noRuns } from '../media/runlist.js';
import { emptyCard } from '../runs/empty.js';
import { whileShown } from '../shown.js';
import { training } from '../state.js';
import { enlarge } from './large.js';
import { TagFilter } from './filter.js';
import { Group } from './group.js';
import { Memory, SIZES } from './memory.js';
import { inGroups, inOrder } from './tags.js';

const PIN = 'M6 2.500h4l-.500 4 2 2h-7l2-2zM8 8.500v5';
const PINNED = '\u0000pinned';
const SIZE_TITLES = { small: 'Four charts a row', medium: 'Three charts a row', large: 'Two charts a row' };

export function build(element) {
  const scalars = new Scalars(element);
  for (const event of ['runs', 'chosen', 'group', 'store']) training.on(event, whileShown('scalars', () => scalars.follow()));
  scalars.follow();
}

class Scalars {
  #board = new Board('scalars', { x: 'step' });
  #memory = new Memory();
  #filter = new TagFilter((tags) => this.#show(tags));
  #groups = new Map();
  #body = make('div', { class: 'scalars-groups' });
  #none = make('p', { class: 'lead scalars-none', hidden: true });
  #bar;
  #found = [];
  #large = null;
  #empty = null;

  constructor(element) {
    this.element = element;
    this.#bar = make('div', { class: 'scalars-bar' }, [
      make('div', { class: 'scalars-line' }, [buildControls(this.#board), this.#filter.element, this.#sizes()]),
      make('div', { class: 'scalars-line' }, [new Legend(this.#board).element]),
    ]);
    this.#body.dataset.size = this.#memory.size;
    element.append(this.#bar, this.#none, this.#body);
    const write = inAddress('t-tags', () => this.#filter.text || null, (text) => this.#filter.type(text ?? ''));
    this.#filter.type(readAddress('t-tags') ?? '');
    this.#filter.element.addEventListener('input', write);
  }

  #sizes() {
    const buttons = SIZES.map((size) => make('button', { type: 'button', role: 'radio', text: size[0].toUpperCase(), title: SIZE_TITLES[size], 'aria-label': SIZE_TITLES[size], 'data-size': size }));
    const show = () => buttons.forEach((button) => button.setAttribute('aria-checked', String(button.dataset.size === this.#memory.size)));
    for (const button of buttons) {
      button.addEventListener('click', () => {
        this.#memory.setSize(button.dataset.size);
        this.#body.dataset.size = button.dataset.size;
        show();
      });
    }
    show();
    return make('div', { class: 'chart-segments scalars-sizes', role: 'radiogroup', 'aria-label': 'Size of the charts' }, buttons);
  }

  follow() {
    const empty = training.known && !training.runs.length;
    if (empty && !this.#empty) this.element.append((this.#empty = emptyCard()));
    if (this.#empty) this.#empty.hidden = !empty;
    this.#bar.hidden = this.#body.hidden = empty;
    // The charts are those of the store before.
    if (!training.known && this.#groups.size) return this.#filter.setTags([]);
    if (!training.known || empty) return void (this.#none.hidden = true);
    this.#board.setRuns(training.chosen);
    this.#filter.setTags(inOrder(training.tags.scalars));
  }

  /** @param {string[]} tags those found, in their order */
  #show(tags) {
    this.#found = tags;
    const { pinned, folded } = this.#memory;
    const first = tags.filter((tag) => pinned.has(tag));
    const groups = [...(first.length ? [[PINNED, first]] : []), ...inGroups(tags.filter((tag) => !pinned.has(tag)))];
    const wanted = new Set(groups.map(([name]) => name));
    for (const [name, group] of this.#groups) {
      if (wanted.has(name)) continue;
      group.destroy();
      this.#groups.delete(name);
    }
    groups.forEach(([name, own], k) => {
      const group = this.#group(name, folded.has(name));
      group.show(own);
      // Moving an element that is in its place already would lose the keyboard's.
      if (this.#body.children[k] !== group.element) this.#body.insertBefore(group.element, this.#body.children[k] ?? null);
    });
    // A few charts have the whole page.
    this.#body.dataset.count = tags.length <= 2 ? String(tags.length) : 'many';
    this.#draw();
    this.#say(tags);
  }

  #group(name, folded) {
    if (!this.#groups.has(name)) {
      const title = name === PINNED ? 'Pinned' : name || 'Scalars';
      this.#groups.set(name, new Group(title, { folded, fold: () => this.#memory.toggle('folded', name), card: (tag) => this.#card(tag) }));
    }
    return this.#groups.get(name);
  }

  #card(tag) {
    const pin = tool(PIN, 'Pin: first of all', () => this.#pin(tag));
    pin.setAttribute('aria-pressed', String(this.#memory.pinned.has(tag)));
    const card = new ChartCard(this.#board, { title: tag, extras: [pin], enlarge: () => this.#enlarge(tag) });
    card.chart.setLines(this.#lines(tag));
    return card;
  }

  #pin(tag) {
    this.#memory.toggle('pinned', tag);
    this.#show(this.#found);
  }

  #enlarge(tag) {
    this.#large = enlarge(this.#board, tag, () => this.#lines(tag), () => (this.#large = null));
  }

  #lines(tag) {
    return training.chosen.map((run) => ({ run, tag, split: null, behind: false }));
  }

  #draw() {
    for (const group of this.#groups.values()) for (const [tag, card] of group.cards) card.chart.setLines(this.#lines(tag));
    this.#large?.update();
  }

  #say(tags) {
    const { scalars } = training.tags;
    const sentence = !training.known ? noRuns()
      : tags.length && training.chosen.length ? ''
      : !scalars.length ? 'These runs have logged no scalars yet: writer.add_scalar("loss", loss, step) logs one.'
      : !training.chosen.length ? 'The query finds no run that is not hidden; take a part of it away to see curves.'
      : `No tag of ${scalars.length.toLocaleString('en')} has this in its name; take a part of it away.`;
    this.#none.textContent = sentence;
    this.#none.hidden = !sentence;
    this.#body.hidden = sentence !== '';
  }
}
