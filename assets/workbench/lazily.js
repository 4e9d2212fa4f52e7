/** What a page shows need not be drawn while another page is looked at. */
import { hub } from '../shared/hub.js';

/**
 * @param {string} page @param {() => void} draw
 * @returns {() => void} draws at once while the page is shown, else when it is shown next
 */
export function whileShown(page, draw) {
  let due = false;
  hub.on('page', () => {
    if (hub.page !== page || !due) return;
    due = false;
    draw();
  });
  return () => {
    if (hub.page === page) draw();
    else due = true;
  };
}
