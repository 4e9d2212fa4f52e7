/** What the mouse, fingers and keys mean on a map's canvas. Positions are CSS pixels in the canvas. */

const CLICK_SLOP = 4;
const ARROW_STEP = 60;
const KEY_ZOOM = 1.4;

/**
 * @typedef {object} Actions
 * @property {(dx: number, dy: number) => void} pan
 * @property {(x: number, y: number, factor: number) => void} zoomAt
 * @property {() => void} reset
 * @property {(x: number, y: number) => void} click
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(polygon: number[][]) => void} drawLasso an empty polygon takes the line away
 * @property {(polygon: number[][], how: 'replace'|'add'|'remove') => void} lasso
 * @property {() => void} focusMiddle
 * @property {(step: number) => void} focusNext
 * @property {() => void} askMiddle
 */

export class Gestures {
  /** When on, a plain drag lassoes: for those without a shift key. */
  lassoMode = false;
  #canvas;
  #actions;
  #pointers = new Map();
  #lasso = null;
  #travelled = 0;

  /** @param {HTMLCanvasElement} canvas @param {Actions} actions */
  constructor(canvas, actions) {
    this.#canvas = canvas;
    this.#actions = actions;
    const listeners = {
      wheel: (event) => this.#wheel(event),
      pointerdown: (event) => this.#down(event),
      pointermove: (event) => this.#move(event),
      pointerup: (event) => this.#up(event),
      pointercancel: (event) => this.#cancel(event),
      pointerleave: () => actions.leave(),
      dblclick: () => actions.reset(),
      keydown: (event) => this.#key(event),
    };
    for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener, { passive: false });
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 300 : 1;
    // A pinch on a trackpad arrives as a wheel with ctrl, in much smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.0018;
    this.#actions.zoomAt(...this.#at(event), Math.exp(-event.deltaY * unit * speed));
  }

  #down(event) {
    if (event.button !== 0) return;
    // Events made by scripts have no pointer to capture.
    try {
      this.#canvas.setPointerCapture(event.pointerId);
    } catch { /* the drag then simply ends at the canvas's edge */ }
    this.#pointers.set(event.pointerId, this.#at(event));
    this.#travelled = 0;
    this.#lasso = (event.shiftKey || this.lassoMode) && this.#pointers.size === 1 ? [this.#at(event)] : null;
  }

  #move(event) {
    const at = this.#at(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      this.#actions.hover(...at);
      return;
    }
    const [dx, dy] = [at[0] - before[0], at[1] - before[1]];
    this.#travelled += Math.hypot(dx, dy);
    if (this.#lasso) {
      this.#lasso.push(at);
      this.#actions.drawLasso(this.#lasso);
    } else if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, at);
    } else if (this.#travelled >= CLICK_SLOP) {
      this.#actions.leave();
      this.#actions.pan(dx, dy);
    }
    this.#pointers.set(event.pointerId, at);
  }

  #pinch(id, before, at) {
    const other = [...this.#pointers].find(([key]) => key !== id)[1];
    const span = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
    this.#actions.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    this.#actions.zoomAt((at[0] + other[0]) / 2, (at[1] + other[1]) / 2, span(at) / span(before));
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    const lasso = this.#lasso;
    this.#lasso = null;
    this.#actions.drawLasso([]);
    if (this.#travelled < CLICK_SLOP) this.#actions.click(...this.#at(event));
    else if (lasso?.length > 2) {
      const how = event.ctrlKey || event.metaKey ? 'add' : event.altKey ? 'remove' : 'replace';
      this.#actions.lasso(lasso, how);
    }
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#lasso = null;
    this.#actions.drawLasso([]);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { pan, zoomAt, reset, focusMiddle, focusNext, askMiddle } = this.#actions;
    const zoom = (factor) => zoomAt(this.#canvas.clientWidth / 2, this.#canvas.clientHeight / 2, factor);
    const actions = {
      ArrowLeft: () => pan(ARROW_STEP, 0),
      ArrowRight: () => pan(-ARROW_STEP, 0),
      ArrowUp: () => pan(0, ARROW_STEP),
      ArrowDown: () => pan(0, -ARROW_STEP),
      '+': () => zoom(KEY_ZOOM),
      '=': () => zoom(KEY_ZOOM),
      '-': () => zoom(1 / KEY_ZOOM),
      0: reset,
      Enter: focusMiddle,
      n: () => focusNext(1),
      p: () => focusNext(-1),
      r: askMiddle,
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  }
}
