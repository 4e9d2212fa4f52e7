/** The basics in one sentence, for those who hear the page. */
import { decimal } from './numbers.js';

/** @param {import('./ask.js').Answer} answer */
export function summary({ index, label, label_name: name, scores }) {
  const start = `Image ${index}: label ${name}`;
  if (!scores) return `${start}.`;
  const verdict = scores.predicted === label ? 'right' : 'wrong';
  return `${start}, predicted ${scores.predicted_name}, ${verdict}, loss ${decimal(Number(scores.loss))} nats.`;
}
