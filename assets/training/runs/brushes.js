/** Stretches of axes: drawn with the pointer, or moved by the keyboard. A run passes where it is in the stretch of every axis. */
import { svg } from './svg.js';

const REACH = 13;
// A click draws none.
const LEAST = 0.015;
const STEP = 0.05;
const FIRST = { from: 0.75, to: 1 };

export class Brushes {
  /** @type {Map<string, {from: number, to: number}>} by the axis; 0 at its bottom to 1 at its top */
  #all = new Map();

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  get some() {
    return this.#all.size > 0;
  }

  get state() {
    return [...this.#all];
  }

  clear() {
    this.#all.clear();
    this.changed();
  }

  /** Without telling anyone. */
  forget() {
    this.#all.clear();
  }

  keepOnly(ids) {
    for (const id of [...this.#all.keys()]) if (!ids.includes(id)) this.#all.delete(id);
    this.changed();
  }

  /** @param {import('./axes.js').Axis[]} axes */
  pass(run, axes) {
    return axes.every((axis) => {
      const stretch = this.#all.get(axis.id);
      if (!stretch) return true;
      const place = axis.place(run);
      return place !== null && place >= stretch.from - 1e-9 && place <= stretch.to + 1e-9;
    });
  }

  #set(id, from, to) {
    if (to - from < LEAST) this.#all.delete(id);
    else this.#all.set(id, { from: Math.max(0, from), to: Math.min(1, to) });
    this.changed();
  }

  /** @returns {SVGElement} what is dragged and focused on an axis, and its stretch */
  handle(axis, x, chart) {
    const stretch = this.#all.get(axis.id);
    const said = stretch ? 'a stretch is set; arrows move it, Shift with arrows changes its lower end, Escape takes it off' : 'Enter sets a stretch';
    const area = svg('rect', {
      class: 'parallel-area', x: x - REACH, y: chart.y(1) - 6, width: 2 * REACH, height: chart.y(0) - chart.y(1) + 12, tabindex: 0, role: 'button', 'aria-label': `Axis ${axis.name}: ${said}`, 'data-axis': axis.id,
    });
    const box = stretch ? [svg('rect', { class: 'parallel-stretch', x: x - 6, width: 12, y: chart.y(stretch.to), height: Math.max(2, chart.y(stretch.from) - chart.y(stretch.to)), rx: 2 })] : [];
    area.addEventListener('pointerdown', (event) => this.#drag(event, axis, chart));
    area.addEventListener('keydown', (event) => this.#press(event, axis));
    return svg('g', {}, [...box, area]);
  }

  /** Drawing anew replaces what was pressed: the window follows the pointer. */
  #drag(event, axis, chart) {
    if (event.button !== 0) return;
    const start = chart.placeAt(event.clientY);
    const held = this.#all.get(axis.id);
    const moves = held && start > held.from && start < held.to;
    const move = (moved) => {
      const at = chart.placeAt(moved.clientY);
      if (moves) this.#shift(axis.id, held, at - start);
      else this.#set(axis.id, Math.min(start, at), Math.max(start, at));
    };
    const end = (ended) => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', end);
      removeEventListener('pointercancel', end);
      if (Math.abs(chart.placeAt(ended.clientY) - start) < LEAST) this.#set(axis.id, 0, 0);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', end);
    addEventListener('pointercancel', end);
  }

  #shift(id, { from, to }, by) {
    const shift = Math.max(-from, Math.min(1 - to, by));
    this.#set(id, from + shift, to + shift);
  }

  #press(event, { id }) {
    const held = this.#all.get(id);
    const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (event.key === 'Enter' || event.key === ' ') this.#set(id, FIRST.from, FIRST.to);
    else if ((event.key === 'Escape' || event.key === 'Delete') && held) this.#set(id, 0, 0);
    else if (step && !held) this.#set(id, FIRST.from, FIRST.to);
    else if (step && event.shiftKey) this.#set(id, Math.max(0, Math.min(held.to - STEP, held.from + step)), held.to);
    else if (step) this.#shift(id, held, step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
