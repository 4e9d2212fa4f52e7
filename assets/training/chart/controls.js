/** What is set for all charts of a tab: the x axis, smoothing, logarithms, and what is left out. */
import { make } from '../../shared/dom.js';
import { MOST_SMOOTHING, X_AXES } from './settings.js';

/** @type {[string, string, string][]} setting, label, title */
const FLAGS = [
  ['logX', 'log x', 'Logarithmic x axis'],
  ['logY', 'log y', 'Logarithmic y axes'],
  ['robust', 'no outliers', 'The y axes leave out the most extreme 3 % of the values on either side'],
  ['raw', 'raw', 'The raw curves, faint, behind smoothed ones'],
];

/** @param {import('./board.js').Board} board @returns {HTMLElement} */
export function buildControls(board) {
  const element = make('div', { class: 'chart-controls', role: 'group', 'aria-label': 'How the curves are drawn' });
  const reset = make('button', { type: 'button', class: 'chart-reset', text: 'whole range', title: 'Show all of x again (double click in a chart, or 0)', hidden: true, on: { click: () => board.resetAll() } });
  element.append(axes(board), smoothing(board), ...FLAGS.map((flag) => toggle(board, flag)), reset);
  board.on('range', () => (reset.hidden = board.range === null));
  return element;
}

function axes({ settings }) {
  const buttons = X_AXES.map(([value, text, title]) => make('button', { type: 'button', role: 'radio', text, title, 'data-x': value, on: { click: () => settings.set({ x: value }) } }));
  const group = make('div', { class: 'chart-segments', role: 'radiogroup', 'aria-label': 'What runs along x' }, buttons);
  const show = () => {
    for (const button of buttons) {
      const checked = button.dataset.x === settings.x;
      button.setAttribute('aria-checked', String(checked));
      button.tabIndex = checked ? 0 : -1;
    }
  };
  group.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = buttons[(buttons.findIndex((button) => button.tabIndex === 0) + by + buttons.length) % buttons.length];
    next.click();
    next.focus();
  });
  settings.on('change', show);
  show();
  return group;
}

function smoothing({ settings }) {
  // Most of the slider's way is where smoothing begins to be seen.
  const slider = make('input', { type: 'range', min: 0, max: MOST_SMOOTHING, step: 0.01, value: String(settings.smoothing), 'aria-label': 'Smoothing' });
  const number = make('output', { class: 'chart-smoothing' });
  const show = () => {
    slider.value = String(settings.smoothing);
    number.textContent = settings.smoothing ? settings.smoothing.toFixed(2) : 'off';
  };
  slider.addEventListener('input', () => settings.set({ smoothing: Number(slider.value) }));
  settings.on('change', show);
  show();
  const title = 'Exponential moving average, its start made up for; double click turns it off';
  return make('label', { class: 'chart-slider', title, on: { dblclick: () => settings.set({ smoothing: 0 }) } }, [document.createTextNode('smoothing'), slider, number]);
}

function toggle({ settings }, [name, text, title]) {
  const button = make('button', { type: 'button', class: 'chart-toggle', text, title, 'data-setting': name, on: { click: () => settings.set({ [name]: !settings[name] }) } });
  const show = () => {
    button.setAttribute('aria-pressed', String(settings[name]));
    // Dates have no logarithm, and nothing lies behind what is not smoothed.
    button.disabled = (name === 'logX' && settings.x === 'clock') || (name === 'raw' && settings.smoothing === 0);
  };
  settings.on('change', show);
  show();
  return button;
}
