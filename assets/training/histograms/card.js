/** The histograms of one run and tag: over time, and below them the one of the step that the slider has chosen. */
import { make } from '../../shared/dom.js';
import { epochs } from '../media/epochs.js';
import { at as place, short, whole } from '../media/numbers.js';
import { runColor } from '../media/runlist.js';
import { nearestBefore } from '../media/steps.js';
import { paintMark, runMark } from '../runs/mark.js';
import { training } from '../state.js';
import { Bars } from './bars.js';
import { commonPeak, percentile, span, total } from './bins.js';
import { OverTime, SHARES } from './overtime.js';
import { Ridges } from './ridges.js';

export class HistogramCard {
  /** @type {(step: number) => void} a step was clicked at */
  onPick = () => {};
  /** @type {(zoom: object) => void} */
  onZoom = () => {};
  #mark = null;
  #head;
  #name = make('b');
  #count = make('small');
  #cut = make('small', { class: 'histogram-cut', title: 'More than three times as tall as the usual one: at their full height they would flatten all others. “root heights” shows more of them.' });
  #ramp = make('i');
  #legend = make('small', { class: 'histogram-legend', title: 'Share of the values, by its power of 0.45; point at the map for the numbers' }, [make('span', { text: 'few' }), this.#ramp, make('span', { text: 'many' })]);
  #stage = make('div', { class: 'histogram-stage' });
  #sentence = make('p', { class: 'waiting histogram-sentence' });
  #said = make('p', { class: 'histogram-said', role: 'status' });
  #ridges = new Ridges();
  #overTime = new OverTime();
  #bars = new Bars();
  #shown = null;
  #span = { of: null };

  constructor() {
    this.#head = make('div', { class: 'histogram-head' }, [this.#name, this.#cut, this.#count, this.#legend]);
    this.element = make('section', { class: 'histogram-card' }, [this.#head, this.#stage, this.#bars.element, this.#said, this.#sentence]);
    for (const chart of [this.#ridges, this.#overTime]) {
      chart.onPick = (index) => this.onPick(this.#shown.histograms[index].step);
      chart.onPoint = (point) => this.#point(point);
    }
    this.#ridges.onZoom = (values) => this.onZoom({ values });
    this.#overTime.onZoom = (zoom) => this.onZoom(zoom);
    this.#bars.onPoint = (bin) => this.#say(bin === null ? null : { index: this.#selected, bin });
  }

  /**
   * @param {import('../state.js').Run} run
   * @param {{value: {total: number, histograms: object[]}|undefined, failure: string|null}} entry
   * @returns {{span: [number, number]|null, steps: [number, number]|null, most: number}} what its axes would be
   */
  measure({ value }) {
    const histograms = value?.histograms ?? [];
    if (this.#span.of !== histograms) {
      const steps = histograms.length ? [histograms[0].step, histograms.at(-1).step] : null;
      this.#span = { of: histograms, span: span(histograms), steps, most: commonPeak(histograms.map(({ counts }) => Math.max(...counts))) };
    }
    return this.#span;
  }

  /** @param {{run: object, tag: string, entry: object, view: string, root: boolean, step: number|null, axes: {range: number[], whole: number[], steps: number[], most: number}|null}} what */
  show(what) {
    const histograms = what.entry.value?.histograms ?? [];
    this.#shown = { ...what, histograms };
    this.#nameRun(what);
    const { axes } = what;
    const isEmpty = !histograms.length || !axes;
    this.#legend.hidden = this.#cut.hidden = isEmpty;
    this.#sentence.textContent = isEmpty ? this.#why(what) : '';
    for (const element of [this.#stage, this.#bars.element, this.#said]) element.hidden = isEmpty;
    this.#sentence.hidden = !isEmpty;
    if (isEmpty) return;
    this.#draw(axes);
    this.#say(null);
  }

  /** @returns {number} where a value lies, in pixels from the left edge of the bars */
  place(value) {
    return this.#bars.place(value);
  }

  get #selected() {
    const { histograms, step } = this.#shown;
    return step === null ? histograms.length - 1 : Math.max(0, nearestBefore(histograms.map((one) => one.step), step));
  }

  #nameRun({ run, entry }) {
    if (this.#mark) paintMark(this.#mark, run);
    else this.#head.prepend((this.#mark = runMark(run)));
    this.#name.textContent = training.name(run);
    this.#name.title = run.name;
    const { total: all, histograms } = entry.value ?? { total: 0, histograms: [] };
    const few = histograms.length < all ? `${whole(histograms.length)} of ${whole(all)} histograms shown, evenly chosen` : `${whole(all)} histogram${all === 1 ? '' : 's'}`;
    this.#count.textContent = histograms.length ? few : '';
  }

  #why({ entry, run, tag }) {
    if (entry.failure) return entry.failure;
    if (!entry.value) return 'Reading the histograms …';
    return entry.value.histograms.length ? `The histograms of ${tag} count no values.` : `${training.name(run)} has logged no histogram under ${tag}.`;
  }

  #draw({ range, whole: all, steps, most }) {
    const { histograms, view, run, root } = this.#shown;
    const chart = view === 'ridges' ? this.#ridges : this.#overTime;
    this.#legend.hidden = view !== 'heat';
    if (view === 'heat') this.#ramp.style.background = this.#overTime.ramp;
    if (this.#stage.firstChild !== chart.element) this.#stage.replaceChildren(chart.element);
    const color = runColor(run);
    const selected = this.#selected;
    chart.show({ histograms, selected, range, whole: all, steps, color, root, kind: view });
    this.#bars.show({ histogram: histograms[selected], range, most, color, root });
    this.#sayCut(view === 'ridges' ? this.#ridges.cut : 0);
  }

  /** What is flat on top is not so in the data. @param {number} cut how many ridges */
  #sayCut(cut) {
    this.#cut.hidden = !cut;
    this.#cut.textContent = `${whole(cut)} ridge${cut === 1 ? ' is' : 's are'} cut at the common height`;
  }

  #point(point) {
    if (!point) return this.#say(null);
    if (point.bin !== undefined) return this.#say(point);
    const { edges, counts } = this.#shown.histograms[point.index];
    const bin = counts.findIndex((_, k) => point.value >= edges[k] && point.value <= edges[k + 1]);
    return this.#say({ index: point.index, bin });
  }

  /** @param {{index: number, bin: number}|null} point null tells of the step that is chosen */
  #say(point) {
    const index = point?.index ?? this.#selected;
    const histogram = this.#shown.histograms[index];
    if (!histogram) return;
    const bin = point?.bin ?? -1;
    const where = place(histogram.step, epochs.at(this.#shown.run, histogram.step));
    this.#said.replaceChildren(make('b', { text: where }), make('span', { text: bin < 0 ? summary(histogram) : binText(histogram, bin) }));
  }
}

function binText(histogram, bin) {
  const { edges, counts } = histogram;
  const all = total(histogram);
  const share = all ? ` (${short((100 * counts[bin]) / all, 2)} %)` : '';
  return `${short(edges[bin], 4)} to ${short(edges[bin + 1], 4)}: ${short(counts[bin], 6)} of ${short(all, 6)} values${share}`;
}

function summary(histogram) {
  const all = total(histogram);
  if (!all) return 'no values';
  const [p5, p25, p50, p75, p95] = SHARES.map((share) => short(percentile(histogram, share)));
  return `${short(all, 6)} values, median ${p50}, half in ${p25} to ${p75}, 90 % in ${p5} to ${p95}`;
}
