/** The tab Class maps: what networks of two inputs say everywhere on the plane, over the epochs of a run or of two. */
import { make } from '../../shared/dom.js';
import { ask } from '../api.js';
import { Fresh } from '../media/fresh.js';
import { noRuns } from '../media/runlist.js';
import { TagList } from '../media/taglist.js';
import { isShown, onShown, whileShown } from '../shown.js';
import { training } from '../state.js';
import { Bar } from './bar.js';
import { MapCard } from './card.js';
import { fields, readPoints } from './fields.js';
import { inOrder, momentAt, notchesOf, unitOf } from './frames.js';
import { Looks, MapLegend } from './legend.js';
import { Painter } from './painter.js';
import { Player } from './player.js';
import { Choice } from './choice.js';

const EMPTY =
  'No class-probability maps are recorded in this store. They show networks of two inputs: in a script add ' +
  'innerview.ClassMapCallback("runs", xlim, ylim) to Keras’s callbacks, or call writer.add_class_map("map", model, ' +
  'epoch=epoch, xlim=xlim, ylim=ylim) in a loop of your own. Or train the demonstration “Seven classes on the plane” ' +
  'in the tab Live.';
// Maps that are read before they are drawn.
const AHEAD = 6;
// Without a further move, the slider rests.
const REST_MS = 150;

/** @param {HTMLElement} element */
export function build(element) {
  const tab = new ClassMaps(element);
  window.innerview.classMaps = tab;
  return tab;
}

class ClassMaps {
  #lists = new Fresh((run, tag) => ask('maps', { ...training.address, run, tag }));
  #points = new Fresh(readPoints);
  #tags = new TagList('maps');
  #player = new Player();
  #painter = Painter.open();
  #cards = [new MapCard(this.#painter), new MapCard(this.#painter)];
  #bar = new Bar();
  #choice = new Choice(this.#lists);
  #legend = new MapLegend();
  #main;
  #whole;
  #empty = make('div', { class: 'media-empty' });
  #reason = make('p', { class: 'waiting' });
  #damage = make('p', { class: 'class-maps-note', role: 'status', hidden: true });
  #looks = new Looks();
  #shown = [];
  #place = null;
  #movedAt = -Infinity;
  #rest = 0;

  constructor(element) {
    this.draw = whileShown('maps', () => this.#draw());
    this.#make(element);
    this.#listen();
    this.draw();
  }

  /** @returns {MapCard[]} those that are shown, for tests */
  get cards() {
    return this.#cards.slice(0, this.#shown.length);
  }

  get player() {
    return this.#player;
  }

  #make(element) {
    const go = make('button', {
      type: 'button',
      class: 'bar-button',
      text: 'To the demonstration',
      on: { click: () => training.setTab('live') },
    });
    this.#empty.append(this.#reason, go);
    const row = make(
      'div',
      { class: 'histogram-row' },
      this.#cards.map((card) => card.element),
    );
    this.#bar.element.prepend(this.#choice.element);
    const plain = this.#painter
      ? []
      : [make('p', { class: 'class-maps-note', text: 'This browser has no WebGL2, so the maps are drawn coarsely.' })];
    this.#main = make('div', { class: 'histograms-main' }, [
      this.#bar.element,
      this.#player.element,
      ...plain,
      this.#damage,
      row,
      this.#legend.element,
    ]);
    this.#whole = make('div', { class: 'histograms class-maps' }, [this.#tags.element, this.#main, this.#empty]);
    element.append(this.#whole);
  }

  #listen() {
    for (const event of ['runs', 'chosen', 'group', 'store', 'failure']) training.on(event, this.draw);
    for (const source of [this.#lists, this.#points, fields, this.#choice, this.#bar]) source.on('change', this.draw);
    training.on('store', () => this.#point(null));
    this.#tags.on('choose', (tag) => this.#choice.chooseTag(tag));
    this.#player.on('move', () => this.#moved());
    this.#player.isReady = (value) => this.#isReady(value);
    for (const card of this.#cards) card.onPoint = (place) => this.#point(place);
    if (this.#painter) this.#painter.onChange = this.draw;
    // Nobody sees it play in another tab.
    onShown(() => !isShown('maps') && this.#player.stop());
    document.addEventListener('keydown', (event) => isShown('maps') && this.#player.press(event));
  }

  /** What takes longer is drawn once the slider rests. */
  #moved() {
    this.#movedAt = performance.now();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(this.draw, REST_MS + 10);
    this.draw();
  }

  get #isMoving() {
    return this.#player.playing || performance.now() - this.#movedAt < REST_MS;
  }

  #draw() {
    const tags = training.tags.maps;
    const { chosen } = training;
    const isEmpty = !chosen.length || !tags.length;
    this.#main.hidden = isEmpty;
    this.#empty.hidden = !isEmpty;
    this.#tags.element.hidden = isEmpty || tags.length < 2;
    this.#whole.classList.toggle('has-tags', !isEmpty && tags.length > 1);
    if (isEmpty) return this.#tellEmpty(chosen);
    const { tag, runs } = this.#choice.update(tags, chosen);
    this.#tags.show(tags, tag);
    this.#shown = this.#find(tag, runs);
    this.#followMaps();
    return this.#drawCards(tag);
  }

  #tellEmpty(chosen) {
    this.#shown = [];
    this.#reason.textContent = training.failure ?? (chosen.length ? EMPTY : noRuns());
    this.#empty.lastChild.hidden = !chosen.length || !training.store?.writable;
  }

  /** @returns {{run: object, entry: object, points: object|null}[]} of each run shown */
  #find(tag, runs) {
    return runs.map((run) => {
      // A run that trains says when it was updated every few seconds only; maps may come faster.
      const entry = this.#lists.get(run.alive ? { ...run, updated: NaN } : run, tag);
      const points = entry.value?.points ? (this.#points.get(run, tag).value ?? null) : null;
      return { run, entry, points, maps: entry.value?.maps ?? [] };
    });
  }

  #followMaps() {
    const lists = this.#shown.map(({ maps }) => maps);
    const unit = (this.unit = unitOf(lists));
    for (const one of this.#shown) one.maps = inOrder(one.maps, unit);
    this.#player.setBetween(this.#bar.between !== 'none');
    this.#player.show(notchesOf(lists, unit), unit);
  }

  #momentOf({ maps }, value) {
    return value === null ? null : momentAt(maps, this.unit, value, this.#bar.between !== 'none');
  }

  #drawCards(tag) {
    const { value } = this.#player;
    const values = this.#shown.map(({ entry }) => entry.value).filter((answer) => answer?.maps.length);
    const looks = this.#looks.of(this.#shown.map(({ entry }) => entry.value?.classes ?? []));
    const [x, y] = ['xlim', 'ylim'].map((axis) => unite(values.map((answer) => answer[axis])));
    const { regions, shaded, geometric, which } = this.#bar;
    this.#cards.forEach((card, k) => {
      const one = this.#shown[k];
      card.element.hidden = !one;
      if (!one) return;
      const moment = this.#momentOf(one, value);
      this.#readAhead(one, moment);
      card.show({
        ...one,
        tag,
        moment,
        value,
        unit: this.unit,
        x,
        y,
        look: looks[k],
        regions,
        shaded,
        geometric,
        which,
        moving: this.#isMoving,
      });
    });
    const rings = which !== 'none' && this.#shown.some(({ points }) => points?.count);
    const named = this.#shown.map(({ run }, k) => ({ name: training.name(run), look: looks[k] }));
    const differing = named.filter(({ look }, k) => look.names.length && looks.indexOf(look) === k);
    this.#legend.show(differing, { regions, rings });
    this.#legend.element.hidden = !values.length;
    const damaged = this.#shown.filter(({ entry }) => entry.value?.damage);
    this.#damage.hidden = !damaged.length;
    this.#damage.textContent = damaged.map(({ run, entry }) => `${training.name(run)}: ${entry.value.damage}`).join(' ');
  }

  /** What is played next, before it is needed. */
  #readAhead({ run, maps }, moment) {
    const at = moment ? maps.indexOf(moment.from) : -1;
    if (at < 0) return;
    for (const map of maps.slice(at + 1, at + 1 + AHEAD)) fields.get(run.id, map.id, false);
    if (at > 0) fields.get(run.id, maps[at - 1].id, false);
  }

  /** Whether each run's map of a moment is there, or never will be. */
  #isReady(value) {
    return this.#shown.every((one) => {
      const moment = this.#momentOf(one, value);
      return [moment?.from, moment?.to].every((map) => {
        if (!map) return true;
        const { field, failure } = fields.get(one.run.id, map.id);
        return field || failure;
      });
    });
  }

  #point(place) {
    this.#place = place;
    for (const card of this.#cards) if (!card.element.hidden) card.point(this.#place);
  }
}

/** @returns {[number, number]} what holds all of them */
function unite(spans) {
  if (!spans.length) return [0, 1];
  return [Math.min(...spans.map(([low]) => low)), Math.max(...spans.map(([, high]) => high))];
}
