/** Image elements that go from one picture to the next. */

// A browser shows the picture before until the next one is there. When that takes longer, it might be taken for it.
const LATE_MS = 250;

/** @type {WeakMap<HTMLImageElement, number>} timers of those whose picture is on its way, else 0 */
const late = new WeakMap();

/** @param {HTMLImageElement} image @param {string} source address of the picture to show from now on */
export function showPicture(image, source) {
  if (image.getAttribute('src') === source) return;
  if (!late.has(image)) for (const event of ['load', 'error']) image.addEventListener(event, arrived);
  image.setAttribute('src', source);
  if (late.get(image)) return;
  late.set(image, setTimeout(() => {
    if (!image.complete) image.style.visibility = 'hidden';
  }, LATE_MS));
}

function arrived({ target }) {
  clearTimeout(late.get(target));
  late.set(target, 0);
  target.style.visibility = '';
}
