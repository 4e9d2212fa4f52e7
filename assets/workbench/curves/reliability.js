/** The reliability diagram: how often the network is right, by how sure it is. */
import { css, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { loadPlotly } from '../../shared/plotly.js';
import { whileShown } from '../lazily.js';
import { CONFIG, frame } from './chart.js';
import { toggle } from './choice.js';
import { fetchReliability, imagesText, percentText, shareText } from './data.js';

const KEYS = 'Reliability diagram. Arrow keys move from bin to bin, Enter selects the images of a bin.';
// The strip below, which says how many images a bin has.
const STRIP = 0.15;

export class ReliabilityView {
  id = 'curves-reliability';
  title = 'Reliability';
  #choice;
  #plotly = null;
  #diagram;
  #ofClass = false;
  #cursor = null;
  #chart = make('div', { class: 'curves-chart', id: 'curves-reliability', tabIndex: 0, role: 'application', 'aria-label': KEYS });
  #error = make('span', { class: 'curves-error' });
  #said = make('span', { class: 'curves-said', role: 'status' });
  #select = make('select', { class: 'map-select', 'aria-label': 'Reliability of', title: 'Reliability of' });

  /** @param {import('./choice.js').Choice} choice */
  constructor(choice) {
    this.#choice = choice;
    this.#diagram = choice.figures.calibration;
    const place = make('div', { class: 'curves-place' }, [this.#chart, this.#said]);
    this.element = make('figure', { class: 'curves-card', 'aria-label': this.title }, [
      make('div', { class: 'curves-head' }, [make('h3', { text: this.title }), this.#select, this.#error]),
      place,
    ]);
    this.#select.addEventListener('change', () => this.#choose(this.#select.value === 'class'));
    this.#chart.addEventListener('keydown', (event) => this.#press(event));
    this.#chart.addEventListener('blur', () => this.#point(null));
    choice.on('class', () => this.#choose(this.#ofClass));
    hub.on('query', () => this.#mark());
    new ResizeObserver(whileShown('curves', () => this.draw())).observe(this.#chart);
    this.#list();
  }

  #list() {
    const { calibration } = this.#choice.figures;
    const option = (value, text) => make('option', { value, text, selected: (value === 'class') === this.#ofClass });
    this.#select.replaceChildren(option('all', 'of the predictions'), option('class', `of ${this.#choice.one.name}`));
    const error = percentText(this.#diagram.error);
    const adaptive = this.#ofClass ? '' : `, ${percentText(calibration.adaptive_error)} with equally full bins`;
    this.#error.textContent = `ECE ${error}${this.#ofClass ? '' : `, adaptive ${percentText(calibration.adaptive_error)}`}`;
    this.#error.title = `Expected calibration error ${error} with 15 equally wide bins${adaptive}`;
  }

  /** @param {boolean} ofClass the chosen class's probability, or that of whatever is predicted */
  async #choose(ofClass) {
    const { number, figures } = this.#choice;
    this.#ofClass = ofClass;
    const diagram = ofClass ? await fetchReliability(number).catch(({ message }) => ({ message })) : figures.calibration;
    if (number !== this.#choice.number || ofClass !== this.#ofClass) return;
    if (!diagram.bins) return this.#fail(diagram.message);
    this.#diagram = diagram;
    this.#cursor = null;
    this.#list();
    await this.draw();
  }

  /** What stays in sight is no class's but the one before: back to that of all predictions. */
  #fail(sentence) {
    this.#choose(false);
    this.#said.textContent = sentence;
  }

  async draw() {
    this.#plotly ??= await loadPlotly();
    const { width, height } = this.#chart.getBoundingClientRect();
    if (width < 60 || height < 60) return;
    const fresh = !this.#chart.on;
    await this.#plotly.react(this.#chart, this.#traces(), this.#layout(width, height), CONFIG);
    if (!fresh) return;
    this.#chart.on('plotly_click', ({ points }) => this.#pick(points[0].pointNumber));
    this.#chart.on('plotly_hover', ({ points }) => this.#say(points[0].pointNumber));
    this.#chart.on('plotly_unhover', () => this.#say(null));
  }

  #traces() {
    const { bins } = this.#diagram;
    const color = (name) => css(themeColor(this.#chart, name));
    const x = bins.map(({ from, to }) => (from + to) / 2);
    const width = 1 / bins.length;
    const least = ({ confidence, accuracy }) => (accuracy === null ? 0 : Math.min(confidence, accuracy));
    const gap = (bin) => (bin.accuracy === null ? 0 : Math.abs(bin.accuracy - bin.confidence));
    const edge = { color: color('--card'), width: 1 };
    const bar = { type: 'bar', x, width, hoverinfo: 'none' };
    const mark = { symbol: 'line-ew', size: 11, line: { color: color('--ink'), width: 2 } };
    const hatch = { shape: '/', size: 4, solidity: 0.4, fillmode: 'replace', fgcolor: color('--bad'), bgcolor: color('--card') };
    // Two bars make one: up to the lower of the two shares, and from there the gap to the other.
    return [
      { ...bar, y: bins.map(least), name: 'accuracy', marker: { color: color('--right-2'), line: edge } },
      {
        ...bar,
        y: bins.map(gap),
        base: bins.map(least),
        name: 'gap',
        marker: { line: edge, pattern: hatch },
      },
      // What cannot be seen can be clicked: an all but empty bar, too.
      { ...bar, y: bins.map(() => 1), name: 'bin', marker: { color: 'rgba(0,0,0,0)' } },
      { ...bar, y: bins.map(({ count }) => Math.log10(1 + count)), yaxis: 'y2', name: 'images', marker: { color: color('--mute'), line: edge } },
      { type: 'scatter', mode: 'markers', x, y: bins.map(({ accuracy }) => accuracy), marker: mark, hoverinfo: 'skip' },
    ];
  }

  #layout(width, height) {
    const axes = [this.#ofClass ? 'probability' : 'confidence', this.#ofClass ? 'share of the class' : 'accuracy'];
    const layout = frame({ width, height, axes, ranges: [[0, 1], [0, 1.02]], element: this.#chart });
    const most = Math.max(1, ...this.#diagram.bins.map(({ count }) => count));
    const still = { fixedrange: true };
    return {
      ...layout,
      barmode: 'overlay',
      bargap: 0,
      hovermode: 'closest',
      dragmode: false,
      xaxis: { ...layout.xaxis, ...still, showgrid: false, anchor: 'y2' },
      yaxis: { ...layout.yaxis, ...still, domain: [STRIP + 0.03, 1] },
      yaxis2: {
        ...still,
        domain: [0, STRIP],
        range: [0, 1.05 * Math.log10(1 + most)],
        showgrid: false,
        zeroline: false,
        tickvals: [],
      },
      shapes: [this.#diagonal(), ...this.#frames()],
    };
  }

  #diagonal() {
    return { type: 'line', x0: 0, x1: 1, y0: 0, y1: 1, line: { color: css(themeColor(this.#chart, '--ink')), width: 1, dash: '4px,3px' } };
  }

  /** Round the bin that is selected, and the one where the keyboard is. */
  #frames() {
    const { bins } = this.#diagram;
    const color = (name) => css(themeColor(this.#chart, name));
    const selected = bins.findIndex(({ query }) => query === hub.query);
    const box = (k, line) => ({ type: 'rect', yref: 'paper', x0: bins[k].from, x1: bins[k].to, y0: 0, y1: 1, line, fillcolor: 'rgba(0,0,0,0)' });
    const frames = selected < 0 ? [] : [box(selected, { color: color('--accent'), width: 2 })];
    if (this.#cursor !== null && this.#chart.matches(':focus-visible')) frames.push(box(this.#cursor, { color: color('--ink'), width: 2, dash: '3px,2px' }));
    return frames;
  }

  #mark() {
    if (this.#chart.on) this.#plotly.relayout(this.#chart, { shapes: [this.#diagonal(), ...this.#frames()] });
  }

  #say(at) {
    const bin = at === null ? null : this.#diagram.bins[at];
    if (!bin) this.#said.textContent = '';
    else if (!bin.count) this.#said.textContent = `${range(bin)}: no image`;
    else this.#said.textContent = `${range(bin)}: ${imagesText(bin.count)}, ${shareText(bin.accuracy)} right, sure to ${shareText(bin.confidence)}`;
  }

  #pick(at) {
    const bin = this.#diagram.bins[at];
    if (bin?.count) toggle(bin.query);
  }

  #point(at) {
    this.#cursor = at;
    this.#mark();
    this.#say(at);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const most = this.#diagram.bins.length - 1;
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const end = { Home: 0, End: most }[event.key];
    if (end !== undefined) this.#point(end);
    else if (step) this.#point(Math.max(0, Math.min(most, (this.#cursor ?? (step > 0 ? -1 : most + 1)) + step)));
    else if ((event.key === 'Enter' || event.key === ' ') && this.#cursor !== null) this.#pick(this.#cursor);
    else return;
    event.preventDefault();
  }
}

const range = ({ from, to }) => `${Number(from.toFixed(3))} to ${Number(to.toFixed(3))}`;
