/** What is said of the point of a curve that is looked at: threshold, precision, recall, and the four counts. */
import { make } from '../../shared/dom.js';
import { countText, shareText, thresholdText } from './data.js';

const COUNTS = [['tp', 'true positives'], ['fp', 'false positives'], ['fn', 'false negatives'], ['tn', 'true negatives']];

export class Readout {
  element = make('div', { class: 'pr-said', role: 'status', hidden: true });
  dot = make('i', { class: 'pr-dot', hidden: true });
  /** @type {{line: object, at: number}|null} which point of which curve */
  looked = null;

  say(looked) {
    const point = looked?.line?.curve.points[looked.at];
    this.looked = point ? looked : null;
    this.element.hidden = !point;
    if (!point) return;
    const { name, color } = looked.line.entry.row;
    const mark = make('i', { class: 'run-mark', 'aria-hidden': 'true' });
    mark.style.background = color;
    const counts = COUNTS.map(([key, text]) => make('span', {}, [make('b', { text: countText(point[key]) }), ` ${text}`]));
    this.element.replaceChildren(
      make('div', { class: 'pr-said-run' }, [mark, make('b', { text: name }), make('span', { text: thresholdText(point) })]),
      make('div', { class: 'pr-said-shares' }, [make('span', {}, ['precision ', make('b', { text: shareText(point.precision) })]), make('span', {}, ['recall ', make('b', { text: shareText(point.recall) })])]),
      make('div', { class: 'pr-said-counts' }, counts),
    );
  }

  /** Other curves were drawn: the point stays that of the same run, if it has one. */
  keep(lines) {
    if (!this.looked) return;
    const { line, at } = this.looked;
    const next = lines.find(({ entry }) => entry.row.run.id === line.entry.row.run.id);
    if (next?.curve !== line.curve) this.say(next ? { line: next, at: nearest(next.curve.points, line.curve.points[at]) } : null);
  }

  /** @param {number[][]} ranges of the axes @param {number[]} size of the chart, pixels @param {{l: number, r: number, t: number, b: number}} margin */
  mark([x, y], [width, height], margin) {
    const { looked } = this;
    this.dot.hidden = true;
    if (!looked) return;
    const { recall, precision } = looked.line.curve.points[looked.at];
    const share = ([low, high], value) => (value - low) / (high - low);
    const [across, up] = [share(x, recall), share(y, precision)];
    // Curves leave the corner below on the left free, but for bad ones.
    this.element.classList.toggle('pr-said-away', across < 0.66 && up < 0.5);
    if (Math.min(across, up) < -0.001 || Math.max(across, up) > 1.001) return;
    this.dot.style.left = `${margin.l + across * (width - margin.l - margin.r)}px`;
    this.dot.style.top = `${margin.t + (1 - up) * (height - margin.t - margin.b)}px`;
    this.dot.hidden = false;
  }
}

/** @returns {number} the point with the threshold of another curve's point */
function nearest(points, { low }) {
  const at = points.findIndex((point) => point.low <= low);
  return at < 0 ? points.length - 1 : at;
}
