/**
 * Marking a new selection takes each map a while where points are painted in software. The maps wait until what a person
 * reads first (the table, the pool) had its chance, and then take turns, one a frame.
 */

const MAX_DELAY_MS = 140;

const queue = new Set();
let cost = 0;
let running = false;

/** @param {() => void} work of a map; asking again before its turn changes nothing */
export function takeTurn(work) {
  queue.add(work);
  if (running) return;
  running = true;
  // As long as it will take: no time at all where a graphics card paints.
  setTimeout(() => requestAnimationFrame(next), Math.min(MAX_DELAY_MS, 2 * cost));
}

function next(started) {
  const [work] = queue;
  if (!work) {
    running = false;
    return;
  }
  queue.delete(work);
  work();
  // The next frame comes when this one, with what the map paints, is over.
  requestAnimationFrame(() =>
    requestAnimationFrame((now) => {
      cost = (now - started) / 2;
      next(now);
    }),
  );
}
