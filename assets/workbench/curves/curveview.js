/** One of the two charts of curves: the chosen class strong, the others thin, the averages dashed. */
import { css, themeColor } from '../../shared/colors.js';
import { icon, make } from '../../shared/dom.js';
import { loadPlotly } from '../../shared/plotly.js';
import { whileShown } from '../lazily.js';
import { CONFIG, frame, MARGIN } from './chart.js';
import { countText, MACRO, MICRO, shareText } from './data.js';

const KINDS = {
  recall: {
    title: 'PR',
    whole: 'Precision and recall at every threshold',
    axes: ['recall', 'precision'],
    of: ({ recall, precision }) => [recall, precision],
    figure: 'ap',
    short: 'AP',
    long: 'average precision',
    // Where the best curve turns: [1, 1].
    ends: [1, 1],
  },
  roc: {
    title: 'ROC',
    whole: 'True and false positive rate at every threshold',
    axes: ['false positive rate', 'true positive rate'],
    of: ({ rate, hits }) => [rate, hits],
    figure: 'auc',
    short: 'AUC',
    long: 'area under the ROC curve',
    ends: [0, 1],
  },
};
// Within so much of the chart all curves turn: then the whole of it is empty.
const SQUEEZED = 0.12;
const PAD = 0.012;
// Opacity of the classes that are not chosen.
const THIN = 0.42;
const DASHES = { [MICRO]: '7px,3px', [MACRO]: '1.5px,2px' };
const SAMPLES = { solid: 'M1 8h14', dash: 'M1 8h6m2.500 0h6', dot: 'M1 8h1.500m2 0h1.500m2 0h1.500m2 0h1.500m2 0h1.500' };

export class CurveView {
  #kind;
  #choice;
  #chart;
  #legend = make('span', { class: 'curves-legend' });
  #said = make('span', { class: 'curves-said' });
  #dot = make('i', { class: 'curves-dot', hidden: true });
  #plotly = null;
  #shown = [];
  #isZoomed = false;

  /** @param {'recall'|'roc'} kind @param {import('./choice.js').Choice} choice */
  constructor(kind, choice) {
    this.#kind = KINDS[kind];
    this.#choice = choice;
    this.id = `curves-${kind}`;
    this.title = this.#kind.title;
    this.#chart = make('div', { class: 'curves-chart', id: this.id });
    const place = make('div', { class: 'curves-place' }, [this.#chart, this.#dot, this.#said]);
    this.element = make('figure', { class: 'curves-card', 'aria-label': this.#kind.whole }, [
      make('div', { class: 'curves-head' }, [make('h3', { text: this.title, title: this.#kind.whole }), this.#legend]),
      place,
    ]);
    const draw = whileShown('curves', () => this.draw());
    choice.on('class', draw);
    for (const event of ['outcome', 'failed']) choice.on(event, () => this.#mark());
    new ResizeObserver(draw).observe(this.#chart);
  }

  /** Whether all curves turn in a corner so small that nothing is to be seen of them. */
  get isSqueezed() {
    return this.#corner() < SQUEEZED;
  }

  /** @param {boolean} on whether only the corner is shown */
  zoom(on) {
    this.#isZoomed = on;
    return this.draw();
  }

  /** @returns {number} 0..1, how far from the ideal point the curve turns that is farthest from it */
  #corner() {
    const [x, y] = this.#kind.ends;
    let most = this.#choice.drawn ? 0 : 1;
    for (const [number, line] of this.#choice.lines) {
      if (number < 0) continue;
      const [xs, ys] = this.#kind.of(line);
      let least = 1;
      for (let k = 0; k < xs.length; k++) least = Math.min(least, Math.max(Math.abs(x - xs[k]), Math.abs(y - ys[k])));
      most = Math.max(most, least);
    }
    return Math.min(0.98, Math.max(0.002, 2 * most));
  }

  async draw() {
    this.#plotly ??= await loadPlotly();
    const { width, height } = this.#chart.getBoundingClientRect();
    if (width < 60 || height < 60) return;
    const fresh = !this.#chart.on;
    await this.#plotly.react(this.#chart, this.#traces(), this.#layout(width, height), CONFIG);
    if (fresh) this.#listen();
    this.#list();
    this.#mark();
  }

  #traces() {
    const { lines, number } = this.#choice;
    const order = [...lines.keys()].filter((key) => key >= 0 && key !== number);
    this.#shown = [...order, MACRO, MICRO, number].filter((key) => lines.has(key));
    const color = (name) => css(themeColor(this.#chart, name));
    return this.#shown.map((key) => {
      const [x, y] = this.#kind.of(lines.get(key));
      const line = key === number ? { color: color('--accent'), width: 2.4 }
        : key < 0 ? { color: color('--ink'), width: 1.4, dash: DASHES[key] }
          : { color: color('--mute'), width: 1 };
      const opacity = key >= 0 && key !== number ? THIN : 1;
      return { type: 'scatter', mode: 'lines', x, y, line, opacity, name: this.#nameOf(key), hoverinfo: 'none' };
    });
  }

  #nameOf(key) {
    return { [MICRO]: 'micro average', [MACRO]: 'macro average' }[key] ?? this.#choice.figures.classes[key].name;
  }

  #layout(width, height) {
    const corner = this.#isZoomed ? this.#corner() : 1;
    const [x, y] = this.#kind.ends;
    const range = (end) => (end ? [1 - corner * (1 + PAD), 1 + corner * PAD * 2] : [-corner * PAD * 2, corner * (1 + PAD)]);
    const layout = frame({ width, height, axes: this.#kind.axes, ranges: [range(x), range(y)], element: this.#chart });
    const level = this.#chance();
    // What a network that guesses reaches.
    const line = { color: css(themeColor(this.#chart, '--mute')), width: 1, dash: '1px,4px' };
    const chance = { type: 'line', x0: 0, x1: 1, ...level, layer: 'below', line };
    return { ...layout, uirevision: String(corner), shapes: [chance], hovermode: 'closest', hoverdistance: 24 };
  }

  #chance() {
    if (this.#kind.ends[0] === 0) return { y0: 0, y1: 1 };
    const share = this.#choice.one.support / this.#choice.figures.images;
    return { y0: share, y1: share };
  }

  #listen() {
    this.#chart.on('plotly_hover', ({ points }) => this.#say(points[0]));
    this.#chart.on('plotly_unhover', () => { this.#said.textContent = ''; });
    this.#chart.on('plotly_click', ({ points }) => this.#pick(points[0]));
    this.#chart.on('plotly_relayout', () => this.#mark());
  }

  #say({ curveNumber, x, y, pointNumber }) {
    const key = this.#shown[curveNumber];
    const at = this.#choice.lines.get(key).thresholds[pointNumber];
    const [first, second] = this.#kind.axes.map((name) => name.replace('false positive rate', 'fpr').replace('true positive rate', 'tpr'));
    const threshold = Number.isNaN(at) ? '' : `, from ${Number(at.toPrecision(4))}`;
    this.#said.textContent = `${this.#nameOf(key)}: ${first} ${shareText(x)}, ${second} ${shareText(y)}${threshold}`;
  }

  /** The class and the threshold of a point become those of the page, and what is called of the class is selected. */
  async #pick({ curveNumber, pointNumber }) {
    const key = this.#shown[curveNumber];
    // Averages are of no class that could be selected.
    if (key < 0) return;
    const { thresholds } = this.#choice.lines.get(key);
    let at = pointNumber;
    while (at < thresholds.length && Number.isNaN(thresholds[at])) at++;
    await this.#choice.set(key, String(thresholds[at] ?? 0));
    if (key === this.#choice.number) await this.#choice.select('called');
  }

  /** The dot on the curve at the threshold. */
  #mark() {
    const { outcome, number } = this.#choice;
    const { xaxis, yaxis } = this.#chart.layout ?? {};
    const [x, y] = this.#kind.ends[0] ? [outcome?.recall, outcome?.precision] : [outcome?.false_positive_rate, outcome?.recall];
    this.#dot.hidden = true;
    if (!xaxis || outcome?.class !== number || typeof x !== 'number' || typeof y !== 'number') return;
    const share = ([low, high], value) => (value - low) / (high - low);
    const [across, up] = [share(xaxis.range, x), share(yaxis.range, y)];
    if (Math.min(across, up) < -0.01 || Math.max(across, up) > 1.01) return;
    const { width, height } = this.#chart.getBoundingClientRect();
    this.#dot.style.left = `${MARGIN.l + across * (width - MARGIN.l - MARGIN.r)}px`;
    this.#dot.style.top = `${MARGIN.t + (1 - up) * (height - MARGIN.t - MARGIN.b)}px`;
    this.#dot.hidden = false;
  }

  #list() {
    const { one, figures, drawn, curved } = this.#choice;
    const { figure, short, long } = this.#kind;
    const item = (name, value, dash, kind) => {
      const title = `${name}: ${long} ${shareText(value)}`;
      return make('span', { class: `curves-item curves-item-${kind}`, title }, [
        icon(SAMPLES[dash]),
        make('span', { class: 'curves-name', text: name }),
        make('b', { text: `${kind === 'one' ? `${short} ` : ''}${shareText(value)}` }),
      ]);
    };
    const all = drawn >= curved;
    const others = all ? 'others' : `${drawn} worst of ${countText(curved)}`;
    const title = all ? 'Thin: each other class' : `Thin: the ${drawn} classes of the least average precision`;
    this.#legend.replaceChildren(
      item(one.name, one[figure], 'solid', 'one'),
      item('micro', figures.averages.micro[figure], 'dash', 'average'),
      item('macro', figures.averages.macro[figure], 'dot', 'average'),
      make('span', { class: 'curves-item curves-item-others', title }, [icon(SAMPLES.solid), make('span', { text: others })]),
    );
  }
}
