/** The basics in one sentence, for those who hear the page. */
import { decimal } from './numbers.js';

/** @param {import('./ask.js').Answer} answer */
export function summary({ index, label_name: name, scores }) {
  const start = `Image ${index}: ${name === null ? 'no label' : `label ${name}`}`;
  if (!scores) return `${start}.`;
  if (scores.correct === null) return `${start}, predicted ${scores.predicted_name}.`;
  return `${start}, predicted ${scores.predicted_name}, ${scores.correct ? 'right' : 'wrong'}, loss ${decimal(Number(scores.loss))} nats.`;
}
