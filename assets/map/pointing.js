/** What the gestures do to a map: move its view, focus, hover, select. */
import { hub } from '../shared/hub.js';
import { visibleMask } from './visibility.js';

/** @param {import('./mapview.js').MapView} view @returns {import('./gestures.js').Actions} */
export function pointing(view) {
  const { camera } = view;
  const focusNearest = (x, y, radius) => {
    const index = view.nearest(x, y, radius);
    if (index !== null) hub.setFocus(index);
    return index !== null;
  };
  return {
    pan(dx, dy) {
      camera.pan(dx, dy);
      view.moved();
    },
    zoomAt(x, y, factor) {
      camera.zoomAt(x, y, factor);
      view.moved();
    },
    reset() {
      view.onPlace?.(null);
      view.reset();
    },
    click(x, y) {
      view.onPlace?.(focusNearest(x, y) ? null : camera.toWorld(x, y));
    },
    hover(x, y) {
      view.pointer = [x, y];
      view.pointed();
    },
    leave() {
      if (view.pointer) hub.setHover(null);
      view.pointer = null;
    },
    drawLasso: (polygon) => view.drawLasso(polygon),
    lasso: (polygon, how) => lasso(view, polygon, how),
    focusMiddle: () => focusNearest(camera.width / 2, camera.height / 2, Math.hypot(camera.width, camera.height)),
    focusNext: (step) => focusNext(view, step),
    askMiddle: () => view.onPlace?.(camera.toWorld(camera.width / 2, camera.height / 2), true),
  };
}

function lasso(view, polygon, how) {
  if (!view.morph.end) return;
  const world = polygon.map(([x, y]) => view.camera.toWorld(x, y));
  const keeps = how !== 'replace' && hub.selection;
  const mask = keeps ? hub.selection.slice() : new Uint8Array(view.morph.end.length / 2);
  for (const i of view.grid.inPolygon(world, visibleMask())) mask[i] = how === 'remove' ? 0 : 1;
  hub.setSelection(mask);
}

/** Focuses the next visible sample in the dataset's order, round and round. */
function focusNext(view, step) {
  const n = (view.morph.end?.length ?? 0) / 2;
  const visible = visibleMask();
  let index = hub.focus ?? (step > 0 ? -1 : 0);
  for (let tries = 0; tries < n; tries++) {
    index = (index + step + n) % n;
    if (!visible || visible[index]) return hub.setFocus(index);
  }
}
