/** The maps of one run: the one of the moment that the slider shows, its samples, and what is pointed at. */
import { css, neutral } from '../../shared/colors.js';
import { saveBlob } from '../../shared/download.js';
import { icon, make } from '../../shared/dom.js';
import { Sheet } from '../histograms/canvas.js';
import { whole } from '../media/numbers.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { Mixture, NONE } from './field.js';
import { fields } from './fields.js';
import { sayMoment } from './frames.js';
import { certainty } from './legend.js';
import { drawNames, namePlaces } from './names.js';
import { pace } from './pace.js';
import { paintPlainly } from './plain.js';
import { Plane, framed } from './plane.js';
import { Pointing } from './pointing.js';
import { drawPoints, judge } from './points.js';
import { percent, Probe } from './probe.js';
import { Sprites } from './shapes.js';

const SAVE = 'M8 2.500v7.500M4.800 7 8 10.200 11.200 7M3 13h10';

/**
 * @typedef {{
 *   run: import('../state.js').Run, tag: string, entry: object, maps: import('./frames.js').MapInfo[],
 *   points: import('./fields.js').ClassPoints|null, moment: import('./frames.js').Moment|null,
 *   value: number|null, unit: 'epoch'|'step', x: [number, number], y: [number, number],
 *   look: import('./legend.js').ClassLook, regions: boolean, shaded: boolean,
 *   geometric: boolean, which: 'all'|'wrong'|'none', moving: boolean,
 * }} Shown
 */
export class MapCard {
  /** @type {(place: {x: number, y: number, pinned: boolean}|null) => void} */
  onPoint = () => {};
  #sheet = new Sheet('class-map-sheet');
  #probe = new Probe();
  #mark = null;
  #name = make('b');
  #when = make('span', { class: 'class-map-when' });
  #wrong = make('span', { class: 'class-map-wrong' });
  #save = make(
    'button',
    {
      type: 'button',
      class: 'map-tool',
      title: 'Save this map as PNG',
      'aria-label': 'Save this map as PNG',
      on: { click: () => this.#download() },
    },
    [icon(SAVE)],
  );
  #head;
  #sentence = make('p', { class: 'waiting histogram-sentence' });
  #said = make('p', { class: 'visually-hidden', role: 'status' });
  #painter;
  #shown = null;
  #plane = null;
  #place = null;
  #mixture = null;
  #sprites = null;
  #judged = null;
  /** What the picture is of, which stays until the next map has come. @type {Shown|null} */
  #drawn = null;

  /** @param {import('./painter.js').Painter|null} painter */
  constructor(painter) {
    this.#painter = painter;
    this.#head = make('div', { class: 'histogram-head' }, [this.#name, this.#save]);
    const facts = make('p', { class: 'class-map-facts' }, [this.#when, this.#wrong]);
    this.#sheet.element.append(this.#probe.element);
    this.element = make('section', { class: 'histogram-card class-map-card', 'aria-label': 'Class-probability map' }, [
      this.#head,
      facts,
      this.#sheet.element,
      this.#sentence,
      this.#said,
    ]);
    this.#sheet.onChange = () => {
      this.#sprites = null;
      this.#draw();
    };
    new Pointing(
      this.#sheet,
      () => this.#plane,
      (place) => this.onPoint(place),
      () => this.#place,
    );
  }

  /** @param {Shown} what */
  show(what) {
    // Nothing of one run may be seen under the name of another.
    if (this.#shown?.run.id !== what.run.id || this.#shown.tag !== what.tag) this.#plane = null;
    this.#shown = what;
    this.#nameRun(what.run);
    this.#mixture = this.#mix(what);
    const why = this.#mixture ? '' : this.#why(what);
    this.#sentence.textContent = why;
    this.#sentence.hidden = !why;
    // What was drawn stays until the next map has come.
    const waits = !this.#mixture && !why;
    this.#sheet.element.hidden = Boolean(why);
    if (why) this.#tell(null);
    if (!why && !waits) this.#draw();
  }

  /** @param {{x: number, y: number, pinned: boolean}|null} place in any of the cards */
  point(place) {
    this.#place = place;
    this.#drawPlace();
  }

  /** @returns {number[]|null} the shares of the classes at a place, as they are drawn now */
  sharesAt(x, y) {
    const shares = this.#mixture && new Float64Array(this.#mixture.classes);
    return shares && this.#mixture.read(x, y, shares) !== NONE ? [...shares] : null;
  }

  /** @returns {[number, number]} where a place lies on the card, in pixels */
  place(x, y) {
    return [this.#plane.px(x), this.#plane.py(y)];
  }

  #nameRun(run) {
    if (this.#mark) paintMark(this.#mark, run);
    else this.#head.prepend((this.#mark = runMark(run)));
    this.#name.textContent = training.name(run);
    this.#name.title = run.name;
  }

  #mix({ run, moment, geometric }) {
    if (!moment) return null;
    const [from, to] = [moment.from, moment.to].map((map) => map && fields.get(run.id, map.id));
    if (!from.field || (to && !to.field)) return null;
    return new Mixture(from.field, to?.field ?? null, moment.share, geometric);
  }

  /** @returns {string} why there is nothing to draw; '' while it is on its way */
  #why({ run, tag, entry, moment, unit }) {
    const maps = entry.value?.maps;
    if (entry.failure && !maps) return entry.failure;
    if (!maps) return this.#plane ? '' : 'Reading the maps …';
    if (!maps.length) return entry.value.damage ?? `${training.name(run)} has recorded no map under ${tag}.`;
    if (!moment) return `The first map of ${training.name(run)} is of ${sayMoment(unit, maps[0][unit])}.`;
    const failed = [moment.from, moment.to].map((map) => map && fields.get(run.id, map.id).failure).find(Boolean);
    return failed ?? (this.#plane ? '' : 'Reading the map …');
  }

  #draw() {
    const { width, height } = this.#sheet;
    if (!this.#mixture || !width) return;
    const { x, y, regions, look, points, which, moving } = this.#shown;
    const colors = this.#sheet.colors;
    this.#drawn = this.#shown;
    this.#plane = new Plane(x, y, width, height);
    const context = this.#sheet.wipe(this.#sheet.base);
    const [ink, rim] = [colors('--ink'), colors('--card')];
    this.#drawMap(context, colors);
    this.#plane.drawAxes(context, colors);
    this.#judged = points?.count ? judge(points, this.#mixture) : null;
    if (points && which !== 'none') {
      if (this.#sprites?.look !== look) this.#sprites = new Sprites(look, neutral(), rim, devicePixelRatio);
      drawPoints(context, this.#plane, points, this.#judged?.wrong, this.#sprites, { which, ring: ink, rim });
    }
    if (regions && !moving) {
      drawNames(context, this.#plane, namePlaces(this.#mixture, x, y), look, { ink, ground: rim });
    }
    this.#tell(this.#judged);
    this.#drawPlace();
  }

  #drawMap(context, colors) {
    const { x, y, regions, shaded, look, moving } = this.#shown;
    const { left, top, width, height } = this.#plane.box;
    const before = performance.now();
    const scale = devicePixelRatio * (moving ? pace.scale : 1);
    const how = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
      x,
      y,
      regions,
      shaded,
      colors: look.colors,
      ramp: certainty(),
      ground: colors('--card'),
      ink: colors('--ink'),
      thick: Math.max(1, Math.round(devicePixelRatio)),
    };
    const { from, to } = this.#mixture;
    const able =
      this.#painter && !this.#painter.isLost && [from, to].every((field) => !field || this.#painter.takes(field));
    const picture = able ? this.#painter.paint(this.#mixture, how) : paintPlainly(this.#mixture, how);
    context.imageSmoothingEnabled = able && picture.width < width * devicePixelRatio - 1;
    context.drawImage(picture, left, top, width, height);
    if (able && moving) pace.learn(performance.now() - before);
  }

  #tell(judged) {
    const { moment, value, unit, points, entry, maps } = this.#shown;
    const parts = [];
    if (moment && entry.value) {
      parts.push(sayMoment(unit, moment.to ? value : moment.from[unit]));
      if (unit === 'epoch' && !moment.to) parts.push(`step ${whole(moment.from.step)}`);
      if (moment.from === maps.at(-1) && value > moment.from[unit]) parts.push('its last');
    }
    this.#when.textContent = parts.join(', ');
    this.#wrong.hidden = !judged?.known;
    this.#save.hidden = !this.#mixture;
    if (!judged?.known) return;
    const few = points.count < points.total;
    const share = percent(judged.count / judged.known);
    this.#wrong.textContent = `wrong: ${whole(judged.count)} of ${whole(judged.known)} points (${share})`;
    this.#wrong.title = 'Points that the map gives another class, between the points of its grid';
    if (!few) return;
    this.#wrong.textContent += ', a sample';
    this.#wrong.title += `; ${whole(points.count)} of ${whole(points.total)} points are shown, each class in its share`;
  }

  #drawPlace() {
    if (!this.#plane || !this.#sheet.width) return;
    const context = this.#sheet.wipe(this.#sheet.over);
    const place = this.#place;
    if (!place || !this.#mixture || !this.#plane.holds(place)) return this.#probe.hide();
    const [left, top] = this.place(place.x, place.y);
    this.#drawCross(context, left, top);
    const shares = this.sharesAt(place.x, place.y);
    const { width, height } = this.#sheet;
    this.#probe.show(place, { left, top }, shares && Float64Array.from(shares), this.#shown.look, {
      pinned: place.pinned,
      width,
      height,
    });
    // Only what somebody asked for is said to who does not see it.
    if (place.byKeys && this.#said.textContent !== this.#probe.words) this.#said.textContent = this.#probe.words;
    return undefined;
  }

  #drawCross(context, left, top) {
    const { box } = this.#plane;
    const colors = this.#sheet.colors;
    for (const [name, width] of [
      ['--card', 3],
      ['--ink', 1],
    ]) {
      context.strokeStyle = css(colors(name));
      context.lineWidth = width;
      context.globalAlpha = name === '--ink' ? 0.8 : 0.5;
      context.beginPath();
      context.moveTo(left, box.top);
      context.lineTo(left, box.top + box.height);
      context.moveTo(box.left, top);
      context.lineTo(box.left + box.width, top);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #download() {
    const { run, moment, unit, value } = this.#drawn;
    const when = sayMoment(unit, moment.to ? value : moment.from[unit]);
    const title = `${training.name(run)}, ${when}`;
    const canvas = framed(this.#sheet.base, this.#plane, title, this.#sheet.colors);
    const name = `innerview-map-${title}`.replace(/[^\p{L}\p{N}.]+/gu, '-');
    canvas.toBlob((blob) => saveBlob(blob, `${name}.png`), 'image/png');
  }
}
