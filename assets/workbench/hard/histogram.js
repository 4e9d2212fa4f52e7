/** The histogram of the loss: what is brushed in it becomes a query, what a query finds is marked in it. */
import { onThemeChange } from '../../shared/colors.js';
import { icon, make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { attachMenu } from '../../shared/menu.js';
import { wantedQuery } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { Brush } from './brush.js';
import { whileShown } from '../lazily.js';
import { LossBins } from './lossbins.js';
import { formatLossQuery, parseLossQuery } from './lossquery.js';

const ALL = { from: null, to: null, correct: null };
const PALE = 0.28;
const CHART = 'hard-histogram';
const SAVE = 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10';

export class LossHistogram {
  #plot;
  #controls;
  #bins = null;
  #data = null;
  #brush;
  #buttons = {};
  #fields = {};
  /** What the fields held when they were read or written last. */
  #written = {};
  #readout = make('span', { class: 'hard-readout' });

  /** @param {HTMLElement} plot holds Dash's chart and the brush's layer @param {HTMLElement} layer @param {HTMLElement} controls */
  constructor(plot, layer, controls) {
    this.#plot = plot;
    this.#controls = controls;
    this.#buildControls();
    this.#brush = new Brush(layer, {
      count: () => this.#bins?.count ?? 1,
      brushed: (first, last) => this.#bins && this.#select({ ...this.#range(), ...this.#bins.range(first, last) }),
      clicked: (bin, height) => this.#click(bin, height),
      pointed: (bin) => this.#point(bin),
    });
    // Dash draws the chart when it pleases, and anew when the losses come.
    new MutationObserver(() => this.#adopt()).observe(plot, { childList: true, subtree: true });
    hub.on('query', () => this.#showQuery());
    hub.on('selection', whileShown('hard', () => this.#mark()));
    study.on('column', (name) => ['loss', 'correct'].includes(name) && this.#refresh());
    onThemeChange(() => this.#paint());
    this.#adopt();
    this.#refresh();
  }

  // ---- the controls above the chart

  #buildControls() {
    const button = (correct, name) => {
      const swatch = make('i', { class: `hard-swatch hard-swatch-${name}` });
      const count = make('span', { class: 'hard-count' });
      const title = `Only the ${name} ones, within the range that is chosen`;
      const element = make('button', { type: 'button', class: 'hard-kind', title, 'aria-pressed': 'false' }, [swatch, document.createTextNode(name), count]);
      element.addEventListener('click', () => this.#toggle(correct));
      this.#buttons[name] = element;
      return element;
    };
    const field = (name, label) => {
      const input = make('input', { type: 'text', inputMode: 'decimal', size: 6, autocomplete: 'off', spellcheck: false, 'aria-label': label, placeholder: name === 'from' ? '0' : 'any' });
      input.addEventListener('change', () => this.#typed());
      this.#fields[name] = input;
      return input;
    };
    const clear = make('button', { type: 'button', class: 'quiet hard-all', text: 'all', title: 'Take the range away', on: { click: () => this.#select(ALL) } });
    const save = make('button', { type: 'button', class: 'map-tool hard-save', title: 'Save the histogram', 'aria-label': 'Save the histogram' }, [icon(SAVE)]);
    const menu = attachMenu(save, ['png', 'svg'].map((format) => ({ label: `As ${format.toUpperCase()}`, attributes: { 'data-plot': CHART, 'data-format': format } })));
    const range = make('span', { class: 'hard-range' }, [
      document.createTextNode('loss '),
      field('from', 'Loss from, in nats'),
      document.createTextNode(' to '),
      field('to', 'Loss to, in nats'),
      clear,
    ]);
    this.#controls.append(button(true, 'correct'), button(false, 'wrong'), range, save, menu);
    this.#plot.append(this.#readout);
  }

  /** @returns {import('./lossquery.js').LossRange} what the query says, the present one or one on its way; everything when it is not ours */
  #range() {
    return parseLossQuery(wantedQuery()) ?? ALL;
  }

  #toggle(correct) {
    const range = this.#range();
    this.#select({ ...range, correct: range.correct === correct ? null : correct });
  }

  #typed() {
    const [from, to] = ['from', 'to'].map((name) => readNumber(this.#fields[name]));
    if (from === undefined || to === undefined) return;
    for (const [name, field] of Object.entries(this.#fields)) this.#written[name] = field.value;
    const turned = from !== null && to !== null && Number(from) > Number(to);
    this.#select({ ...this.#range(), from: turned ? to : from, to: turned ? from : to });
  }

  #select(range) {
    // Of images without a label none is correct, and none wrong either: they have no loss.
    if (range.correct === false && range.from === null && range.to === null && study.info?.unlabelled) range = { ...range, from: '0' };
    window.innerview.applyQuery(formatLossQuery(range));
  }

  #click(bin, height) {
    if (!this.#bins || !this.#counts) return;
    const [low, high] = this.#chart.layout.yaxis.range;
    const amount = 10 ** (low + height * (high - low));
    // The bars of the wrong ones stand in front.
    const correct = amount <= this.#counts.wrong[bin] ? false : amount <= this.#counts.right[bin] ? true : this.#range().correct;
    this.#select({ ...this.#bins.range(bin, bin), correct });
  }

  #point(bin) {
    if (bin === null || !this.#bins || !this.#counts) {
      this.#readout.textContent = '';
      return;
    }
    const { from, to } = this.#bins.range(bin, bin);
    const range = from === null ? `below ${to}` : to === null ? `${from} and more` : `${from} to ${to}`;
    const [right, wrong] = ['right', 'wrong'].map((kind) => this.#counts[kind][bin].toLocaleString('en'));
    this.#readout.textContent = `${range}: ${right} correct, ${wrong} wrong`;
  }

  // ---- the chart

  get #chart() {
    return this.#plot.querySelector('.js-plotly-plot');
  }

  /** After Dash drew the chart: its bins, our colours, the query's hits. */
  #adopt() {
    const chart = this.#chart;
    // Drawing it ourselves changes the array's members, Dash hands over another array.
    if (!chart?.data || !chart.layout?.meta?.edges || chart.data === this.#data) return;
    this.#data = chart.data;
    this.#bins = new LossBins(chart.layout.meta.edges);
    this.#refresh();
    this.#paint();
  }

  get #known() {
    const [losses, correct] = ['loss', 'correct'].map((name) => study.columns.get(name));
    return this.#bins && losses && correct ? { losses, correct } : null;
  }

  #counts = null;

  #refresh() {
    const known = this.#known;
    this.#counts = known && this.#bins.tally(known.losses, known.correct, null);
    const sum = (counts) => counts.reduce((total, count) => total + count, 0).toLocaleString('en');
    this.#buttons.correct.lastChild.textContent = this.#counts ? sum(this.#counts.right) : '';
    this.#buttons.wrong.lastChild.textContent = this.#counts ? sum(this.#counts.wrong) : '';
    this.#showQuery();
    this.#mark();
  }

  #showQuery() {
    const range = parseLossQuery(hub.query);
    const { from, to, correct } = range ?? ALL;
    this.#write('from', from ?? '');
    this.#write('to', to ?? '');
    this.#buttons.correct.setAttribute('aria-pressed', String(correct === true));
    this.#buttons.wrong.setAttribute('aria-pressed', String(correct === false));
    this.#controls.classList.toggle('hard-limited', from !== null || to !== null || correct !== null);
    if (!this.#bins || (from === null && to === null)) this.#brush.show(null, null);
    else this.#brush.show(from === null ? 0 : this.#bins.place(Number(from)), to === null ? 1 : this.#bins.place(Number(to)));
  }

  /** What somebody types just now is not written over by the answer to what was typed before. */
  #write(name, text) {
    const field = this.#fields[name];
    if (field === document.activeElement && field.value !== (this.#written[name] ?? '')) return;
    this.#written[name] = field.value = text;
    field.removeAttribute('aria-invalid');
  }

  /** The samples selected, as full bars before the pale ones of all. */
  #mark() {
    const known = this.#known;
    if (!known || !this.#chart || !window.Plotly) return;
    const hits = hub.selection ? this.#bins.tally(known.losses, known.correct, hub.selection) : { right: [], wrong: [] };
    const pale = hub.selection ? PALE : 1;
    window.Plotly.restyle(this.#chart, { y: [hits.right, hits.wrong], x: [range(hits.right), range(hits.wrong)] }, [2, 3]);
    window.Plotly.restyle(this.#chart, { 'marker.opacity': pale }, [0, 1]);
  }

  /** The theme's colours, which a saved chart carries along. */
  #paint() {
    if (!this.#chart?.data || !window.Plotly) return;
    const theme = getComputedStyle(this.#plot);
    const [right, wrong, card] = ['--right', '--wrong', '--card'].map((name) => theme.getPropertyValue(name).trim());
    window.Plotly.restyle(this.#chart, { 'marker.color': [right, wrong, right, wrong] }, [0, 1, 2, 3]);
    window.Plotly.restyle(this.#chart, { 'marker.pattern.fgcolor': card }, [1, 3]);
  }
}

const range = (values) => values.map((_, k) => k);

/** @returns {string|null|undefined} the number as it is written, null for an empty field, undefined for a mistake, which is marked */
function readNumber(field) {
  const text = field.value.trim();
  const fine = text === '' || (/^\d*\.?\d*(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)));
  if (fine) field.removeAttribute('aria-invalid');
  else field.setAttribute('aria-invalid', 'true');
  field.title = fine ? '' : 'A number of nats, such as 0.5 or 1e-3';
  if (!fine) return undefined;
  return text === '' ? null : String(Number(text));
}
