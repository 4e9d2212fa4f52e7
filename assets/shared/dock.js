/** The dock below the stage: its height follows its upper edge, which is dragged or moved by the keyboard, and it folds away. */

const KEY = 'innerview-dock';
const LEAST = 150;
const LEAST_STAGE = 180;
const STEP = 24;

/** @param {HTMLElement} dock whose first child is the edge, a separator in the sense of ARIA */
export function followDock(dock) {
  const edge = dock.querySelector('.dock-edge');
  const fold = dock.querySelector('.dock-fold');
  const shell = document.documentElement;
  const state = read();

  const show = () => {
    shell.classList.toggle('dock-folded', state.folded);
    if (state.height) shell.style.setProperty('--dock', `${state.height}px`);
    edge.setAttribute('aria-valuenow', String(Math.round(dock.getBoundingClientRect().height)));
    fold.setAttribute('aria-expanded', String(!state.folded));
    fold.title = state.folded ? 'Show the table and the pool' : 'Fold the table and the pool away';
  };
  const set = (change) => {
    Object.assign(state, change);
    show();
    write(state);
  };
  const resize = (height) => {
    const most = dock.parentElement.clientHeight - LEAST_STAGE;
    set({ height: Math.round(Math.max(LEAST, Math.min(most, height))), folded: false });
  };

  fold.addEventListener('click', () => set({ folded: !state.folded }));
  edge.addEventListener('dblclick', () => set({ folded: !state.folded }));
  edge.addEventListener('keydown', (event) => {
    const steps = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (steps) resize(dock.getBoundingClientRect().height + steps);
    else if (event.key === 'Enter') set({ folded: !state.folded });
    else return;
    event.preventDefault();
  });
  edge.addEventListener('pointerdown', (event) => {
    const bottom = dock.getBoundingClientRect().bottom;
    edge.setPointerCapture(event.pointerId);
    const move = (moved) => resize(bottom - moved.clientY);
    edge.addEventListener('pointermove', move);
    edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', move), { once: true });
  });
  // The query bar is in it: its key brings it back.
  addEventListener(
    'keydown',
    (event) => {
      const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
      if (event.key === '/' && !typing && state.folded) set({ folded: false });
    },
    { capture: true },
  );
  show();
}

function read() {
  try {
    const { height, folded } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return { height: Number.isFinite(height) ? height : null, folded: folded === true };
  } catch {
    return { height: null, folded: false };
  }
}

function write(state) {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Without storage the page forgets it, and nothing else happens.
  }
}
