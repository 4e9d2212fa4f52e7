/** The graph by keyboard: along the connections, into blocks and out of them. */

const STEP = 1.25;
const ARROWS = new Set(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

/**
 * @param {HTMLElement} stage takes the keys
 * @param {import('./view.js').GraphView} view
 * @param {import('./network.js').Network} network
 * @param {{pick: (id: string) => void, search: () => void}} actions
 */
export function followKeys(stage, view, network, { pick, search }) {
  const go = (id) => {
    if (id === null) return;
    view.setCurrent(id);
    view.bringIn(id);
  };
  const leave = () => {
    const around = network.ancestors(view.current ?? '').at(-1) ?? (view.open.has(view.current) ? view.current : null);
    if (around === null) return false;
    view.toggle(around);
    go(around);
    return true;
  };
  const actions = {
    Enter: () => view.current !== null && pick(view.current),
    ' ': () => view.current !== null && pick(view.current),
    '+': () => view.zoomBy(STEP),
    '=': () => view.zoomBy(STEP),
    '-': () => view.zoomBy(1 / STEP),
    0: () => view.fit(),
    '/': search,
  };
  stage.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    view.useKeys(true);
    // With nothing to leave, Escape means the selection.
    if (event.key === 'Escape' && !leave()) return;
    if (ARROWS.has(event.key)) go(view.neighbour(event.key));
    else if (actions[event.key]) actions[event.key]();
    else if (event.key !== 'Escape') return;
    event.preventDefault();
  });
  // A click focuses the stage by script, which the browser takes for a key.
  let isByPointer = false;
  stage.addEventListener('pointerdown', () => {
    isByPointer = true;
    stage.classList.add('graph-by-pointer');
    view.useKeys(false);
  });
  document.addEventListener('keydown', () => {
    isByPointer = false;
    stage.classList.remove('graph-by-pointer');
  }, true);
  stage.addEventListener('focus', () => {
    if (isByPointer || !stage.matches(':focus-visible')) return;
    view.useKeys(true);
    if (view.current === null) go(view.neighbour('ArrowDown'));
  });
}
