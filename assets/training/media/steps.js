/**
 * One slider for all runs: every step at which anything was logged is a notch of it. At its end it follows what comes.
 *
 * Events: `step` when another step is chosen, or the last one was followed.
 */
import { icon, make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { whole } from './numbers.js';

const PLAY = 'M5 3.200v9.600l8-4.800z';
const PAUSE = 'M5.500 3.500v9M10.500 3.500v9';
const BACK = 'M10 3.500 5.500 8l4.500 4.500';
const ON = 'M6 3.500 10.500 8 6 12.500';
const SPEEDS = [1, 2, 4, 8, 16];

export class Steps extends Events {
  /** @type {(step: number) => Promise<any>} resolves once a step is to be seen, so that playing leaves none out */
  ready = () => Promise.resolve();
  #steps = [];
  #index = -1;
  #speed;
  #name;
  #turn = 0;
  #playing = false;
  #range;
  #play;
  #said = make('output', { class: 'steps-said' });
  #moves;

  /**
   * @param {string} what is logged at the steps, for those who do not see the slider
   * @param {object} [options]
   * @param {string} [options.unit] what a notch is
   * @param {(step: number) => string} [options.name] of a notch
   * @param {number[]} [options.speeds] notches a second, and the one to begin with
   * @param {number} [options.speed]
   */
  constructor(what, { unit = 'step', name = (step) => `${unit} ${whole(step)}`, speeds = SPEEDS, speed: first = speeds[2] } = {}) {
    super();
    this.#name = name;
    this.#speed = first;
    const Unit = unit[0].toUpperCase() + unit.slice(1);
    this.#range = make('input', { type: 'range', class: 'steps-range', min: '0', max: '0', step: '1', 'aria-label': `${Unit} of the ${what}`, on: { input: () => this.#slide() } });
    this.#play = button(PLAY, 'Play (space)', () => (this.#playing ? this.stop() : this.play()));
    this.#moves = [button(BACK, `The ${unit} before (←)`, () => this.move(-1)), button(ON, `The ${unit} after (→)`, () => this.move(1))];
    const speed = make('select', { class: 'steps-speed', 'aria-label': 'Speed', title: `${Unit}s a second`, on: { change: () => (this.#speed = Number(speed.value)) } }, speeds.map((value) => make('option', { value: String(value), text: `${value}/s` })));
    speed.value = String(this.#speed);
    this.element = make('div', { class: 'steps', role: 'group', 'aria-label': Unit }, [this.#moves[0], this.#play, this.#moves[1], this.#range, this.#said, speed]);
    this.#paint();
  }

  /** @returns {number|null} the step chosen; null where nothing was logged */
  get step() {
    return this.#steps[this.#index] ?? null;
  }

  get index() {
    return this.#index;
  }

  get steps() {
    return this.#steps;
  }

  get isLast() {
    return this.#index === this.#steps.length - 1;
  }

  get playing() {
    return this.#playing;
  }

  /** Notches a second. */
  get speed() {
    return this.#speed;
  }

  focus() {
    this.#range.focus();
  }

  /** @param {Iterable<number>} steps of all runs, in any order; the step chosen stays, the last one follows */
  show(steps) {
    const next = [...new Set(steps)].sort((a, b) => a - b);
    if (next.length === this.#steps.length && next.every((step, k) => step === this.#steps[k])) return;
    const { step, isLast } = this;
    this.#steps = next;
    const last = next.length - 1;
    this.#index = step === null || (isLast && !this.#playing) ? last : Math.max(0, nearestBefore(next, step));
    if (last < 0) this.#index = -1;
    this.#paint();
    if (this.step !== step) this.emit('step');
  }

  /** @param {number} step goes to the nearest one at or before it */
  go(step) {
    this.#goTo(Math.max(0, nearestBefore(this.#steps, step)));
  }

  /** @param {number} by notches */
  move(by) {
    this.stop();
    this.#goTo(this.#index + by);
  }

  /** From here to the last step; from the first, where this is the last. */
  async play() {
    if (this.#playing || this.#steps.length < 2) return;
    const turn = ++this.#turn;
    this.#playing = true;
    if (this.isLast) this.#goTo(0);
    this.#paint();
    while (turn === this.#turn && !this.isLast) {
      const pause = new Promise((resolve) => setTimeout(resolve, 1000 / this.#speed));
      const next = this.#steps[this.#index + 1];
      await Promise.all([pause, this.ready(next)]);
      if (turn === this.#turn) this.#goTo(this.#index + 1);
    }
    if (turn === this.#turn) this.stop();
  }

  stop() {
    if (!this.#playing) return;
    this.#turn++;
    this.#playing = false;
    this.#paint();
  }

  /** Keys that mean the slider wherever the focus is, but in a field. @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    // Sliders know the arrows themselves.
    const isSlider = event.key === ' ' && event.target.matches?.('input[type="range"]');
    if (!isSlider && event.target.closest?.('input, select, textarea, [contenteditable], [role="listbox"]')) return;
    if (event.key === ' ' && event.target.closest?.('button, summary')) return;
    const act = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      Home: () => this.move(-Infinity),
      End: () => this.move(Infinity),
      ' ': () => (this.#playing ? this.stop() : this.play()),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #slide() {
    this.stop();
    this.#goTo(Number(this.#range.value));
  }

  #goTo(index) {
    const next = Math.max(0, Math.min(this.#steps.length - 1, index));
    if (!this.#steps.length || next === this.#index) return;
    this.#index = next;
    this.#paint();
    this.emit('step');
  }

  #paint() {
    const count = this.#steps.length;
    Object.assign(this.#range, { max: String(Math.max(0, count - 1)), disabled: count < 2 });
    this.#range.value = String(Math.max(0, this.#index));
    this.#range.setAttribute('aria-valuetext', count ? this.#name(this.step) : 'nothing logged');
    this.#said.replaceChildren(...(count ? [make('b', { text: this.#name(this.step) }), make('span', { text: `${whole(this.#index + 1)} of ${whole(count)}` })] : []));
    this.#play.disabled = count < 2;
    this.#play.replaceChildren(icon(this.#playing ? PAUSE : PLAY));
    this.#play.setAttribute('aria-label', this.#playing ? 'Pause' : 'Play');
    this.#moves[0].disabled = this.#index <= 0;
    this.#moves[1].disabled = this.#index >= count - 1;
  }
}

function button(path, title, click) {
  return make('button', { type: 'button', class: 'map-tool', title, 'aria-label': title, on: { click } }, [icon(path)]);
}

/** @param {number[]} steps rising @returns {number} place of the last one at or before `step`; -1 where all come later */
export function nearestBefore(steps, step) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
