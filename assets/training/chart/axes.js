/** The axes, which Plotly draws, and what it says when somebody drags or turns the wheel. */
import { css, themeColor } from '../../shared/colors.js';
import { loadPlotly } from '../../shared/plotly.js';

const TITLES = { step: 'step', epoch: 'epoch', clock: '' };
const UNITS = [
  ['s', 1, 180],
  ['min', 60, 3 * 3600],
  ['h', 3600, 3 * 86400],
  ['d', 86400, Infinity],
];

export const MARGIN = { l: 54, r: 18, t: 8, b: 36 };

export class Axes {
  /** @type {(x: [number, number]|null, y: [number, number]|null) => void} while somebody drags; null for an axis that stays */
  onMoving = () => {};
  /** @type {(x: [number, number]|null, y: [number, number]|null) => void} when it is done */
  onMoved = () => {};
  /** @type {() => void} */
  onReset = () => {};
  #host;
  #plotly = null;
  #drawn = '';
  #now = null;
  #busy = false;

  /** @param {HTMLElement} host of a size of its own */
  constructor(host) {
    this.#host = host;
  }

  async load() {
    this.#plotly = await loadPlotly();
  }

  /**
   * @param {{x: [number, number], y: [number, number], axis: import('./settings.js').XAxis, logX: boolean, logY: boolean, wheel: boolean}} what
   *   ranges in units of the data
   */
  show(what) {
    if (!this.#plotly) return;
    const width = this.#host.clientWidth;
    const height = this.#host.clientHeight;
    const colors = ['--ink', '--mute', '--line'].map((name) => css(themeColor(this.#host, name)));
    const wanted = JSON.stringify([what, width, height, colors]);
    if (wanted === this.#drawn || width < 40 || height < 40) return;
    const kept = this.#now && JSON.stringify([this.#now.axis, this.#now.logX, this.#now.logY, this.#now.wheel]) === JSON.stringify([what.axis, what.logX, what.logY, what.wheel]);
    const sameUnit = this.#now && unitOf(this.#now)[1] === unitOf(what)[1];
    const sameLook = this.#look === JSON.stringify([width, height, colors]);
    this.#now = what;
    this.#drawn = wanted;
    this.#look = JSON.stringify([width, height, colors]);
    this.#busy = true;
    const fresh = !this.#host.on;
    const ranges = { 'xaxis.range': this.#outX(what.x), 'yaxis.range': outLog(what.y, what.logY) };
    const done = !fresh && kept && sameUnit && sameLook ? this.#plotly.relayout(this.#host, ranges) : this.#plotly.react(this.#host, [{ type: 'scatter', x: [], y: [] }], this.#layout(what, width, height, colors), this.#config(what));
    if (fresh) this.#listen();
    return Promise.resolve(done).finally(() => (this.#busy = false));
  }

  #look = '';

  #config({ wheel }) {
    return { displayModeBar: false, doubleClick: false, scrollZoom: wheel, responsive: false, showTips: false, showAxisDragHandles: true };
  }

  #layout(what, width, height, [ink, mute, line]) {
    const common = { ticks: '', gridcolor: line, zeroline: false, linecolor: line, tickfont: { color: mute, size: 10.5 }, autorange: false, exponentformat: 'e', separatethousands: true, minexponent: 4 };
    const title = (text) => ({ text, standoff: 2, font: { size: 10.5, color: mute } });
    const type = what.axis === 'clock' ? 'date' : what.logX ? 'log' : 'linear';
    const [unit] = unitOf(what);
    return {
      width, height, margin: MARGIN, showlegend: false, hovermode: false, dragmode: 'zoom', paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: 'Inter, system-ui, sans-serif', size: 10.5, color: ink }, separators: '.,',
      xaxis: { ...common, type, showgrid: false, showline: true, range: this.#outX(what.x), title: title(what.axis === 'time' ? `time, ${unit}` : TITLES[what.axis]), nticks: Math.max(3, Math.round(width / 90)) },
      yaxis: { ...common, type: what.logY ? 'log' : 'linear', range: outLog(what.y, what.logY), nticks: Math.max(3, Math.round(height / 44)) },
    };
  }

  #listen() {
    // A box that is drawn with the pointer tells what it would show; nothing moves until it is let go.
    this.#host.on('plotly_relayouting', (change) => !this.#busy && !this.#host.querySelector('.zoombox') && this.#tell(change, this.onMoving));
    this.#host.on('plotly_relayout', (change) => {
      if (this.#busy) return;
      // What the user did is drawn already; what follows from it is compared with nothing.
      this.#drawn = '';
      this.#tell(change, this.onMoved);
    });
    this.#host.on('plotly_doubleclick', () => this.onReset());
  }

  #tell(change, listener) {
    const range = (axis) => {
      const whole = change[`${axis}.range`];
      const ends = whole ?? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]];
      return ends.every((end) => end !== undefined) ? ends : null;
    };
    const [x, y] = [range('xaxis'), range('yaxis')];
    if (x || y) listener(x && this.#inX(x), y && (this.#now.logY ? y.map((end) => 10 ** end) : y.map(Number)));
  }

  // ---- Plotly has exponents on logarithmic axes, dates without a zone, and ours has its unit of time

  #outX(range) {
    const { axis, logX } = this.#now;
    if (axis === 'clock') return range.map((seconds) => seconds * 1000 - offset(seconds));
    const [, per] = unitOf(this.#now);
    return outLog(axis === 'time' ? range.map((value) => value / per) : range, logX);
  }

  #inX(range) {
    const { axis, logX } = this.#now;
    if (axis === 'clock') return range.map(fromDate);
    const [, per] = unitOf(this.#now);
    return range.map((end) => (logX ? 10 ** end : Number(end)) * (axis === 'time' ? per : 1));
  }

  purge() {
    if (this.#host.on) this.#plotly.purge(this.#host);
    this.#drawn = '';
  }
}

const outLog = (range, log) => (log ? range.map(Math.log10) : [...range]);

const offset = (seconds) => new Date(seconds * 1000).getTimezoneOffset() * 60_000;

function fromDate(end) {
  const shifted = typeof end === 'number' ? end : Date.parse(`${end.replace(' ', 'T')}${end.length <= 10 ? 'T00:00' : ''}Z`);
  return (shifted + offset(shifted / 1000)) / 1000;
}

/** @returns {[string, number]} the unit that a time axis is written in, and its seconds */
export function unitOf({ axis, x }) {
  if (axis !== 'time') return ['', 1];
  return UNITS.find(([, , most]) => Math.abs(x[1]) <= most);
}
