/**
 * The legend under a map. Classes: a click hides one, a double click isolates it or shows all again. Numbers: a bar of
 * colour with its ticks.
 */
import { make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';

const MANY = 30;
const HINT = 'Click to hide or show, double click (or shift-click) for this one alone.';

export class Legend {
  element = make('div', { class: 'map-legend' });
  #model = null;
  #buttons = new Map();

  /** @param {object|null} model as encoding.js makes it: {kind: 'classes', field, entries} or {kind: 'scale', ...} */
  show(model) {
    if (sameLegend(this.#model, model)) return;
    this.#model = model;
    this.#buttons.clear();
    const classes = model?.kind === 'classes';
    this.element.className = `map-legend${classes && model.entries.length > MANY ? ' map-legend-many' : ''}`;
    if (!model) this.element.replaceChildren();
    else if (classes) this.#showClasses(model);
    else this.element.replaceChildren(scaleBar(model));
    this.update();
  }

  #showClasses({ field, entries }) {
    const all = entries.map((entry) => entry.value);
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', 'Classes');
    this.element.replaceChildren(...entries.map((entry) => {
      const mark = make('i', { class: `map-mark map-mark-${entry.shape}` });
      mark.style.background = entry.color;
      const button = make('button', {
        type: 'button',
        class: 'map-class',
        title: `${entry.label}: ${entry.count.toLocaleString('en')} images. ${HINT}`,
        on: {
          // The two clicks of a double click undo each other, so nothing has to wait to see whether a second one comes.
          click: (event) => (event.shiftKey ? hub.isolate(field, entry.value, all) : hub.toggleHidden(field, entry.value)),
          dblclick: () => hub.isolate(field, entry.value, all),
        },
      }, [mark, document.createTextNode(entry.label)]);
      button.dataset.value = entry.value;
      this.#buttons.set(entry.value, button);
      return button;
    }));
  }

  /** After the hidden classes changed. */
  update() {
    const hidden = hub.hidden[this.#model?.field];
    for (const [value, button] of this.#buttons) button.setAttribute('aria-pressed', String(!hidden?.has(value)));
  }
}

// The buttons must outlive a redraw: one that is replaced between two clicks never sees the double click.
function sameLegend(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

function scaleBar({ stops, ticks, unit, field }) {
  const bar = make('div', { class: 'map-bar' });
  bar.style.background = `linear-gradient(90deg, ${stops.join(', ')})`;
  const labels = ticks.map(({ at, label }, k) => {
    const last = k === ticks.length - 1;
    const tick = make('span', { class: 'map-tick', text: last && unit ? `${label} ${unit}` : label });
    tick.style.left = `${100 * at}%`;
    // The outer labels stay within the bar's width.
    tick.style.transform = `translateX(${k === 0 ? 0 : last ? -100 : -50}%)`;
    return tick;
  });
  return make('div', { class: 'map-scale', role: 'img', 'aria-label': `Colour scale of ${field}${unit ? ` in ${unit}` : ''}` }, [
    bar,
    make('div', { class: 'map-ticks' }, labels),
  ]);
}
