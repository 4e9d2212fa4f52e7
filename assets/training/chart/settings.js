/** How the curves of a tab are drawn, remembered by the browser. */
import { Events } from '../../shared/events.js';

/** @typedef {'step'|'epoch'|'time'|'clock'} XAxis what runs along x; `time` since the run's start, `clock` of the wall */

/** @type {[XAxis, string, string][]} value, label, title */
export const X_AXES = [
  ['step', 'step', 'Batches done'],
  ['epoch', 'epoch', 'Epochs done; steps for a run that logs none'],
  ['time', 'time', 'Time since the start of the run'],
  ['clock', 'clock', 'Date and time of the wall clock'],
];

export const MOST_SMOOTHING = 0.99;

const isFlag = (value) => typeof value === 'boolean';
const CHECKS = {
  x: (value) => X_AXES.some(([name]) => name === value),
  smoothing: (value) => typeof value === 'number' && value >= 0 && value <= MOST_SMOOTHING,
  logX: isFlag,
  logY: isFlag,
  robust: isFlag,
  raw: isFlag,
};

export class ChartSettings extends Events {
  /** @type {XAxis} */
  x = 'step';
  /** @type {number} of the exponential moving average; 0 is none */
  smoothing = 0;
  logX = false;
  logY = false;
  /** The y axis leaves out the most extreme values. */
  robust = false;
  /** The raw curves are drawn, faint, behind smoothed ones. */
  raw = true;
  #key;

  /** @param {string} tab remembered under its name @param {object} [defaults] of the fields above */
  constructor(tab, defaults = {}) {
    super();
    this.#key = `innerview-training-${tab}-curves`;
    Object.assign(this, defaults, this.#remembered());
  }

  #remembered() {
    try {
      const values = JSON.parse(localStorage.getItem(this.#key) ?? '{}');
      return Object.fromEntries(Object.entries(CHECKS).filter(([name, check]) => check(values[name])).map(([name]) => [name, values[name]]));
    } catch {
      return {};
    }
  }

  /** @param {object} changes of the fields above */
  set(changes) {
    const changed = Object.keys(changes).filter((name) => CHECKS[name]?.(changes[name]) && this[name] !== changes[name]);
    if (!changed.length) return;
    for (const name of changed) this[name] = changes[name];
    try {
      localStorage.setItem(this.#key, JSON.stringify(Object.fromEntries(Object.keys(CHECKS).map((name) => [name, this[name]]))));
    } catch {
      // A browser that keeps nothing shows the charts all the same.
    }
    this.emit('change', changed);
  }
}
