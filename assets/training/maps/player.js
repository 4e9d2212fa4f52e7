/**
 * The slider of the maps: a notch for each epoch at which any was recorded, and, where it is wanted, all that lies
 * between two of them. At its end it follows what comes.
 *
 * Events: `move` when it shows another moment.
 */
import { icon, make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { whole } from '../media/numbers.js';
import { nearestBefore } from '../media/steps.js';
import { sayMoment } from './frames.js';

const PLAY = 'M5 3.200v9.600l8-4.800z';
const PAUSE = 'M5.500 3.500v9M10.500 3.500v9';
const BACK = 'M10 3.500 5.500 8l4.500 4.500';
const ON = 'M6 3.500 10.500 8 6 12.500';
const SPEEDS = [0.5, 1, 2, 4, 8, 16];
// A page that was asleep goes on where it was.
const LONGEST_FRAME_MS = 250;

export class Player extends Events {
  /** @type {(value: number) => boolean} whether a moment can be drawn, so that playing leaves none out */
  isReady = () => true;
  #notches = [];
  /** Between two notches it is no whole number. */
  #at = -1;
  #unit = 'epoch';
  #between = true;
  #speed = SPEEDS[2];
  #frame = 0;
  #range = make('input', {
    type: 'range',
    class: 'steps-range',
    min: '0',
    max: '0',
    step: 'any',
    'aria-label': 'Epoch of the maps',
    on: { input: () => this.#slide() },
  });
  #said = make('output', { class: 'steps-said' });
  #play = button(PLAY, 'Play (space)', () => (this.playing ? this.stop() : this.play()));
  #moves = [
    button(BACK, 'The map before (←)', () => this.move(-1)),
    button(ON, 'The map after (→)', () => this.move(1)),
  ];

  constructor() {
    super();
    const speed = make(
      'select',
      {
        class: 'steps-speed',
        'aria-label': 'Speed',
        title: 'Maps a second',
        on: { change: () => (this.#speed = Number(speed.value)) },
      },
      SPEEDS.map((value) => make('option', { value: String(value), text: `${value}/s` })),
    );
    speed.value = String(this.#speed);
    this.element = make('div', { class: 'steps', role: 'group', 'aria-label': 'Epoch' }, [
      this.#moves[0],
      this.#play,
      this.#moves[1],
      this.#range,
      this.#said,
      speed,
    ]);
    this.#paint();
  }

  /** @returns {number|null} the epoch or step that is shown; null where there is none */
  get value() {
    if (this.#at < 0) return null;
    const [from, to] = [Math.floor(this.#at), Math.ceil(this.#at)].map((k) => this.#notches[k]);
    return from + (to - from) * (this.#at % 1);
  }

  get notches() {
    return this.#notches;
  }

  get isLast() {
    return this.#at === this.#notches.length - 1;
  }

  get playing() {
    return this.#frame !== 0;
  }

  /** @param {number[]} notches rising @param {'epoch'|'step'} unit; the moment stays, the last one follows */
  show(notches, unit) {
    if (unit === this.#unit && String(notches) === String(this.#notches)) return;
    const { value, isLast, playing } = this;
    const stays = value !== null && unit === this.#unit && (!isLast || playing);
    this.#unit = unit;
    this.#notches = notches;
    this.#at = stays ? this.#place(value) : notches.length - 1;
    this.#paint();
    if (this.value !== value) this.emit('move');
  }

  /** @param {boolean} between whether it stops only where a map was recorded */
  setBetween(between) {
    this.#between = between;
    if (!between && !Number.isInteger(this.#at)) this.#goTo(Math.floor(this.#at));
  }

  /** @param {number} value the nearest moment there is */
  go(value) {
    this.stop();
    if (this.#notches.length) this.#goTo(this.#place(value));
  }

  /** @param {number} by notches */
  move(by) {
    this.stop();
    this.#goTo(by < 0 ? Math.ceil(this.#at) + by : Math.floor(this.#at) + by);
  }

  /** From here to the last map; from the first, where this is the last. */
  play() {
    if (this.playing || this.#notches.length < 2) return;
    if (this.isLast) this.#goTo(0);
    let { at, before, notches } = { at: this.#at, before: performance.now(), notches: this.#notches };
    const step = (now) => {
      this.#frame = requestAnimationFrame(step);
      // Maps have come, perhaps before this one.
      if (notches !== this.#notches) [at, notches] = [this.#at, this.#notches];
      const next = Math.min(
        this.#notches.length - 1,
        at + (this.#speed * Math.min(LONGEST_FRAME_MS, now - before)) / 1000,
      );
      before = now;
      // The map that comes next may still be on its way.
      if (!this.isReady(this.#valueAt(Math.ceil(next)))) return;
      at = next;
      this.#goTo(this.#between ? at : Math.floor(at));
      if (at === this.#notches.length - 1) this.stop();
    };
    this.#frame = requestAnimationFrame(step);
    this.#paint();
  }

  stop() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#paint();
    this.emit('move');
  }

  /** Keys that mean the slider wherever the focus is, but in a field. @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (
      event.target !== this.#range &&
      event.target.closest?.('input:not([type="checkbox"]), select, textarea, [contenteditable], [role="radiogroup"]')
    )
      return;
    if (event.key === ' ' && event.target.closest?.('button, summary, input[type="checkbox"]')) return;
    const far = Math.max(1, Math.round(this.#notches.length / 10));
    const act = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      PageDown: () => this.move(-far),
      PageUp: () => this.move(far),
      Home: () => this.move(-Infinity),
      End: () => this.move(Infinity),
      ' ': () => (this.playing ? this.stop() : this.play()),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #valueAt(index) {
    return this.#notches[Math.max(0, Math.min(this.#notches.length - 1, index))];
  }

  #place(value) {
    const last = this.#notches.length - 1;
    const at = Math.max(0, nearestBefore(this.#notches, value));
    if (at === last || !this.#between || value <= this.#notches[at]) return at;
    return at + (value - this.#notches[at]) / (this.#notches[at + 1] - this.#notches[at]);
  }

  #slide() {
    this.stop();
    const wanted = Number(this.#range.value);
    // Near a map it is the map that is meant.
    const near = Math.round(wanted);
    const width = this.#range.clientWidth || 300;
    const pixels = (Math.abs(wanted - near) * width) / Math.max(1, this.#notches.length - 1);
    this.#goTo(!this.#between || pixels < 3 ? near : wanted);
  }

  #goTo(index) {
    const next = Math.max(0, Math.min(this.#notches.length - 1, index));
    if (!this.#notches.length || next === this.#at) return this.#paint();
    this.#at = next;
    this.#paint();
    return this.emit('move');
  }

  #paint() {
    const count = this.#notches.length;
    const said = count ? sayMoment(this.#unit, this.value) : 'no map';
    Object.assign(this.#range, { max: String(Math.max(0, count - 1)), disabled: count < 2 });
    this.#range.value = String(Math.max(0, this.#at));
    this.#range.setAttribute('aria-valuetext', said);
    this.#range.setAttribute('aria-label', `${this.#unit === 'step' ? 'Step' : 'Epoch'} of the maps`);
    const place = Number.isInteger(this.#at)
      ? `map ${whole(this.#at + 1)} of ${whole(count)}`
      : `between maps ${whole(Math.ceil(this.#at))} and ${whole(Math.ceil(this.#at) + 1)}`;
    this.#said.replaceChildren(...(count ? [make('b', { text: said }), make('span', { text: place })] : []));
    this.#play.disabled = count < 2;
    if (this.#play.dataset.playing !== String(this.playing)) {
      this.#play.dataset.playing = String(this.playing);
      this.#play.replaceChildren(icon(this.playing ? PAUSE : PLAY));
      this.#play.setAttribute('aria-label', this.playing ? 'Pause' : 'Play');
    }
    this.#moves[0].disabled = this.#at <= 0;
    this.#moves[1].disabled = this.#at >= count - 1;
  }
}

function button(path, title, click) {
  return make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, on: { click } }, [icon(path)]);
}
