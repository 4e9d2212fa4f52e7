/** How much of the network a node is: by its parameters, or by the time it takes. */
import { shortCount } from './captions.js';

export const MEASURES = { none: 'nothing', params: 'parameters', time: 'time' };

export class Weights {
  #network;
  #params;
  /** @type {'none'|'params'|'time'} */
  measure = 'params';
  /** @type {Object<string, number>|null} ms an image, by layer; null until they are measured */
  times = null;
  /** Their sum, ms. */
  total = 0;
  /** How the times were measured, for people. */
  note = '';

  /** @param {import('./network.js').Network} network */
  constructor(network) {
    this.#network = network;
    this.#params = network.leaves.reduce((sum, { params }) => sum + params, 0);
  }

  /** @returns {number|null} ms an image; null where none of its layers was measured */
  time(id) {
    if (!this.times) return null;
    const known = this.#network.leavesOf(id).map(({ layer }) => this.times[layer]).filter((time) => time !== undefined);
    return known.length ? known.reduce((sum, time) => sum + time, 0) : null;
  }

  /** @returns {{share: number, text: string}} share of the whole network, 0..1; '' where there is nothing to say */
  of(id) {
    const node = this.#network.node(id);
    if (this.measure === 'params') return weigh(node.params, this.#params, shortCount);
    if (this.measure === 'time' && this.times) {
      const taken = this.time(id);
      // Quicker than can be measured, which is not the same as not measured.
      return taken === 0 ? { share: 0, text: '≈ 0 s' } : weigh(taken ?? 0, this.total, timeText);
    }
    return { share: 0, text: '' };
  }

}

function weigh(value, total, format) {
  return value && total ? { share: value / total, text: format(value) } : { share: 0, text: '' };
}

/** @param {number} ms @returns {string} */
export function timeText(ms) {
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 0.1) return `${ms.toPrecision(2)} ms`;
  return `${(1000 * ms).toPrecision(2)} µs`;
}

/** @param {number} share 0..1 @returns {string} never plain 0 or 100 where that would be untrue */
export function percent(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.05) return '< 0.1 %';
  if (value < 100 && value >= 99.95) return '> 99.9 %';
  return `${value.toFixed(1)} %`;
}
