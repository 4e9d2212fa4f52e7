/** What to do, while nothing is in focus. */
import { make } from '../../shared/dom.js';

const GESTURES = [
  ['click', 'look at an image here'],
  ['drag, wheel', 'move and zoom'],
  ['shift + drag', 'draw round images to select them'],
  ['double click', 'see all again'],
];

export function emptyState() {
  const rows = GESTURES.flatMap(([keys, use]) => [make('dt', { text: keys }), make('dd', { text: use })]);
  return make('div', { class: 'empty' }, [make('p', { class: 'lead', text: 'Click a point to see its image.' }), make('dl', {}, rows)]);
}
