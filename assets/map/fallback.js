/** Without WebGL2: the same map by Plotly, on a sample that it can carry. */
import { css } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { GuestPlace, guestSentence } from './guest.js';
import { loadPlotly } from '../shared/plotly.js';
import { Morph } from './morph.js';
import { fairOrder } from './order.js';
import { study } from '../shared/study.js';
import { describe } from './tooltip.js';
import { visibleMask } from './visibility.js';

const MOST = 5000;
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: true };

/**
 * @param {number} n @param {Int32Array|undefined} labels (N,)
 * @returns {number[]} at most about `limit` samples, each class with its share and at least one
 */
export function stratifiedSample(n, labels, limit = MOST) {
  if (n <= limit) return Array.from({ length: n }, (_, i) => i);
  const counts = new Map();
  for (const label of labels ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  const left = new Map([...counts].map(([label, count]) => [label, Math.max(1, Math.floor((limit * count) / n))]));
  const order = Array.from(fairOrder(n));
  if (!labels) return order.slice(0, limit);
  return order.filter((i) => {
    const quota = left.get(labels[i]);
    left.set(labels[i], quota - 1);
    return quota > 0;
  });
}

/** Takes the place of MapView; what Plotly does by itself (zoom, pan, double click) is left to it. */
export class FallbackView {
  morph = new Morph();
  lassoMode = false;
  #chart = make('div', { class: 'map-plotly' });
  #sample = null;
  #encoding = null;
  #drawing = false;
  #again = false;
  #failed = false;
  #guest = new GuestPlace(() => this.#draw());
  #off;

  /** @param {HTMLElement} host @param {import('./tileframe.js').TileFrame} frame */
  constructor(host, frame) {
    this.frame = frame;
    host.append(this.#chart);
    frame.notice = 'This browser has no WebGL2; the map shows a sample of the points with Plotly.';
    this.#off = hub.on('focus', () => this.#draw());
  }

  setLayout(layout) {
    this.morph.go(layout.points, 0, 0);
    // There is no morph here: the points jump.
    this.morph.mixed = 1;
    this.#guest.follow(layout);
    this.#draw();
  }

  setEncoding(encoding) {
    this.#encoding = encoding;
    this.#draw();
  }

  mark() {
    this.restyle();
  }

  restyle() {
    this.#draw();
  }

  retheme() {
    this.#draw();
  }

  set label(text) {
    this.#chart.setAttribute('aria-label', text);
  }

  reset() {
    window.Plotly?.relayout(this.#chart, { 'xaxis.autorange': true, 'yaxis.autorange': true });
  }

  screen(index) {
    const layout = this.#chart._fullLayout;
    const visible = visibleMask();
    if (!layout || (visible && !visible[index]) || !this.morph.end) return null;
    const [x, y] = this.morph.at(index);
    return [layout.xaxis._offset + layout.xaxis.l2p(x), layout.yaxis._offset + layout.yaxis.l2p(y)];
  }

  get busy() {
    return this.#drawing;
  }

  destroy() {
    this.#off();
    this.#guest.destroy();
    window.Plotly?.purge(this.#chart);
  }

  /** @param {number} scale @returns {Promise<HTMLCanvasElement>} */
  async snapshot(scale) {
    const { clientWidth: width, clientHeight: height } = this.#chart;
    const plotly = await loadPlotly();
    const image = make('img', { src: await plotly.toImage(this.#chart, { format: 'png', width, height, scale }) });
    await image.decode();
    const canvas = make('canvas', { width: width * scale, height: height * scale });
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  #indices() {
    const labels = study.columns.get(study.labelled ? 'label' : 'predicted');
    if (!this.#sample && labels) {
      this.#sample = stratifiedSample(study.n, labels).sort((a, b) => a - b);
      const [shown, all] = [this.#sample.length, study.n].map((count) => count.toLocaleString('en'));
      const which = shown === all ? `all ${all} points` : `a sample of ${shown} of ${all} points`;
      this.frame.notice = `This browser has no WebGL2; the map shows ${which} with Plotly, and no regions.`;
    }
    const visible = visibleMask();
    return (this.#sample ?? stratifiedSample(study.n)).filter((i) => !visible || visible[i]);
  }

  async #draw() {
    if (!this.morph.end || !this.#encoding || this.#failed) return;
    this.#again = this.#drawing;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      const plotly = await loadPlotly();
      const fresh = !this.#chart._fullLayout;
      await plotly.react(this.#chart, this.#traces(), this.#layout(), CONFIG);
      if (fresh) this.#chart.on('plotly_click', ({ points }) => points[0].customdata !== undefined && hub.setFocus(points[0].customdata));
    } catch {
      this.#failed = true;
      this.frame.notice = 'This browser has no WebGL2, and Plotly could not be loaded: the map cannot be shown.';
    } finally {
      this.#drawing = false;
    }
    if (this.#again) this.#draw();
  }

  #traces() {
    const { style } = this.#encoding;
    const indices = this.#indices();
    const points = this.morph.end;
    const text = (i) => [`#${i}`, ...describe(i).map((line) => line.textContent)].map(escapeMarkup).join('<br>');
    const trace = {
      type: 'scatter', mode: 'markers', customdata: indices, hovertemplate: '%{text}<extra></extra>',
      x: indices.map((i) => points[2 * i]), y: indices.map((i) => points[2 * i + 1]), text: indices.map(text),
      marker: {
        line: { width: 0 },
        size: indices.map((i) => 4 * (1 + (style[4 * i + 3] & 31) / 16)),
        symbol: indices.map((i) => (style[4 * i + 3] & 32 ? 'diamond' : 'circle')),
        color: indices.map((i) => css(style.subarray(4 * i, 4 * i + 3))),
        opacity: indices.map((i) => (hub.selection && !hub.selection[i] ? 0.12 : 0.85)),
      },
    };
    const at = hub.focus !== null && hub.focus < study.n ? [2 * hub.focus, 2 * hub.focus + 1].map((k) => [points[k]]) : [[], []];
    const ink = getComputedStyle(this.#chart).color;
    const marker = { size: 16, symbol: 'circle-open', color: ink, line: { width: 2 } };
    const ring = { type: 'scatter', mode: 'markers', x: at[0], y: at[1], hoverinfo: 'skip', marker };
    const own = this.#guest.at(this.morph);
    const star = { size: 17, symbol: 'star', color: ink, line: { width: 1.5, color: getComputedStyle(this.#chart).getPropertyValue('--map') } };
    const guest = {
      type: 'scatter', mode: 'markers+text', x: own ? [own[0]] : [], y: own ? [own[1]] : [], text: ['your image'], textposition: 'top center',
      hovertext: [escapeMarkup(guestSentence())], hoverinfo: 'text', marker: star, textfont: { color: ink },
    };
    return [trace, ring, guest];
  }

  #layout() {
    const axis = { visible: false, automargin: false };
    return {
      margin: { l: 6, r: 6, t: 6, b: 6 }, showlegend: false, hovermode: 'closest', dragmode: 'pan', uirevision: 'keep',
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', xaxis: axis, yaxis: { ...axis, scaleanchor: 'x' },
    };
  }
}

// Plotly reads a few tags in its texts; a class may be named like one.
function escapeMarkup(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
