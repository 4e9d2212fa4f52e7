/** A chart in a card: its title, its tools, and the chart. */
import { icon, make } from '../../shared/dom.js';
import { attachMenu } from '../../shared/menu.js';
import { Chart } from './chart.js';
import { saveFigure, saveValues } from './save.js';

const SAVE = 'M8 2.500v7.500M4.8 7 8 10.200 11.200 7M3 13.200h10';
const LARGE = 'M9.500 2.500h4v4M13.500 2.500 9.300 6.700M6.500 13.500h-4v-4M2.500 13.500 6.700 9.300';

export class ChartCard {
  /**
   * @param {import('./board.js').Board} board
   * @param {{title: string, wheel?: boolean, fill?: boolean, docked?: HTMLElement|null, enlarge?: (() => void)|null, extras?: HTMLElement[]}} options
   *   extras: further tools
   */
  constructor(board, { enlarge = null, extras = [], ...options }) {
    this.chart = new Chart(board, options);
    this.title = make('h3', { class: 'chart-title', text: options.title, title: options.title });
    this.log = make('button', { type: 'button', class: 'chart-tool chart-tool-log', text: 'log', title: 'Logarithmic y axis', 'aria-label': `Logarithmic y axis of ${options.title}` });
    this.log.addEventListener('click', () => {
      this.chart.toggleLog();
      this.#show();
    });
    const large = enlarge ? [tool(LARGE, 'Enlarge', enlarge)] : [];
    this.head = make('div', { class: 'chart-head' }, [this.title, this.chart.fact, ...extras, this.log, ...this.#save(), ...large]);
    this.element = make('section', { class: 'chart-card', 'aria-label': options.title }, [this.head, this.chart.element]);
    this.#off = board.settings.on('change', (names) => {
      if (names.includes('logY')) this.chart.ownLogY = null;
      this.#show();
    });
    this.#show();
  }

  #off;

  #save() {
    const button = tool(SAVE, 'Save');
    const items = [
      { label: 'Picture (PNG)', action: () => saveFigure(this.chart, 'png') },
      { label: 'Drawing (SVG)', action: () => saveFigure(this.chart, 'svg') },
      { label: 'Values (CSV)', action: () => saveValues(this.chart) },
    ];
    return [button, attachMenu(button, items)];
  }

  #show() {
    this.log.setAttribute('aria-pressed', String(this.chart.logY));
  }

  destroy() {
    this.#off();
    this.chart.destroy();
    this.element.remove();
  }
}

/** @param {string} path of an icon @param {string} title @param {() => void} [action] @returns {HTMLButtonElement} */
export function tool(path, title, action) {
  return make('button', { type: 'button', class: 'chart-tool', title, 'aria-label': title, ...(action && { on: { click: action } }) }, [icon(path)]);
}
