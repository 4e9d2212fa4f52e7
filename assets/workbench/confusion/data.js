/** The confusion matrix as numbers: what the server counted, and the questions that the page has about it. */
import { ask } from '../../shared/ask.js';
import { study } from '../../shared/study.js';

export class ConfusionMatrix {
  /** @param {number} classes @param {Int32Array} cells (3n) label, prediction, count; the fullest cell first */
  constructor(classes, cells) {
    this.classes = classes;
    /** @type {Int32Array} (classes * classes) label in rows */
    this.counts = new Int32Array(classes * classes);
    this.labelled = new Int32Array(classes);
    this.predicted = new Int32Array(classes);
    /** @type {{label: number, predicted: number, count: number}[]} the mistakes, the most frequent first */
    this.mistakes = [];
    for (let k = 0; k < cells.length; k += 3) {
      const [label, predicted, count] = cells.subarray(k, k + 3);
      this.counts[label * classes + predicted] = count;
      this.labelled[label] += count;
      this.predicted[predicted] += count;
      if (label !== predicted) this.mistakes.push({ label, predicted, count });
    }
  }

  count(label, predicted) {
    return this.counts[label * this.classes + predicted];
  }

  /** @returns {number} 0..1, the share of the label's images; 0 where it has none */
  share(label, predicted) {
    return this.labelled[label] ? this.count(label, predicted) / this.labelled[label] : 0;
  }

  /** @returns {number} 0..1, or NaN where the label has no image */
  recall(label) {
    return this.count(label, label) / this.labelled[label];
  }

  /** @returns {number} 0..1, or NaN where the class is never predicted */
  precision(predicted) {
    return this.count(predicted, predicted) / this.predicted[predicted];
  }
}

async function fetchIntegers(path) {
  const response = await ask(path);
  return [new Int32Array(await response.arrayBuffer()), response.headers];
}

/** @returns {Promise<ConfusionMatrix>} once the samples are measured */
export async function fetchMatrix() {
  const [cells, headers] = await fetchIntegers('api/confusion');
  return new ConfusionMatrix(Number(headers.get('X-Classes')), cells);
}

/** @returns {Promise<Int32Array>} (classes) with classes side by side that are taken for each other */
export const fetchOrder = async () => (await fetchIntegers('api/confusion/order'))[0];

/**
 * What a cell selects. Numbers, as names may hold quotes.
 * @param {number|null} label @param {number|null} predicted null for a whole column or row
 */
export function queryOf(label, predicted) {
  const parts = [];
  if (label !== null) parts.push(`label == ${label}`);
  if (predicted !== null) parts.push(`predicted == ${predicted}`);
  return parts.join(' and ');
}

/** @returns {{label: number|null, predicted: number|null}|null} the cell, row or column that a query is about */
export function cellOf(query) {
  const text = query.trim().replace(/\s+/g, ' ');
  const [, label, predicted] = /^(?:label == (\d+))?(?: and )?(?:predicted == (\d+))?$/.exec(text) ?? [];
  const cell = { label: asNumber(label), predicted: asNumber(predicted) };
  return text && queryOf(cell.label, cell.predicted) === text ? cell : null;
}

const asNumber = (text) => (text === undefined ? null : Number(text));

/** @param {number} share 0..1 @returns {string} "98.6", "< 0.1"; a few mistakes never read as none, nor almost all as all */
export function percent(share) {
  if (Number.isNaN(share)) return '–';
  const value = 100 * share;
  if (value > 0 && value < 0.05) return '< 0.1';
  if (value < 100 && value >= 99.95) return '> 99.9';
  return value.toFixed(value === 100 || value === 0 ? 0 : 1);
}

const images = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'image' : 'images'}`;

/** A cell, a row (no prediction) or a column (no label) in words. */
export function describeCell(matrix, { label, predicted }) {
  if (label === null) {
    const total = matrix.predicted[predicted];
    return `Predicted ${study.className(predicted)}: ${images(total)}${total ? `, ${percent(matrix.precision(predicted))} % of them right` : ''}`;
  }
  const name = study.className(label);
  if (predicted === null) {
    const total = matrix.labelled[label];
    return `Label ${name}: ${images(total)}${total ? `, ${percent(matrix.recall(label))} % of them predicted right` : ''}`;
  }
  const count = images(matrix.count(label, predicted));
  const share = `${percent(matrix.share(label, predicted))} % of label ${name}`;
  return label === predicted ? `${name} predicted right: ${count}, ${share}` : `${name} taken for ${study.className(predicted)}: ${count}, ${share}`;
}
