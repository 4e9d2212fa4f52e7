/** Where the plane lies on a card: from its coordinates to pixels and back, and its two axes. */
import { css } from '../../shared/colors.js';
import { short } from '../media/numbers.js';
import { ticks } from '../histograms/bins.js';

const MARGIN = { left: 44, right: 10, top: 8, bottom: 24 };
// A plane more oblong than this is stretched, or one of its sides would be a line.
const OBLONG = 4;
// Height of the line above a saved picture.
const TITLE = 28;
const PIXELS_A_TICK = 80;

/** @typedef {{left: number, top: number, width: number, height: number}} Box in CSS pixels */

export class Plane {
  /**
   * @param {[number, number]} xlim @param {[number, number]} ylim
   * @param {number} width @param {number} height of the card's sheet, in CSS pixels
   */
  constructor(xlim, ylim, width, height) {
    Object.assign(this, { x: xlim, y: ylim });
    /** @type {Box} */
    this.box = fit(xlim[1] - xlim[0], ylim[1] - ylim[0], width, height);
  }

  px(x) {
    return this.box.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.box.width;
  }

  py(y) {
    return this.box.top + ((this.y[1] - y) / (this.y[1] - this.y[0])) * this.box.height;
  }

  /** @param {{x: number, y: number}} place @returns {boolean} whether it lies on the plane */
  holds({ x, y }) {
    return x >= this.x[0] && x <= this.x[1] && y >= this.y[0] && y <= this.y[1];
  }

  /** @returns {[number, number]|null} the place under a pixel; null beside the plane */
  at(px, py) {
    const { left, top, width, height } = this.box;
    const [u, v] = [(px - left) / width, (py - top) / height];
    if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) return null;
    return [this.x[0] + u * (this.x[1] - this.x[0]), this.y[1] - v * (this.y[1] - this.y[0])];
  }

  /** @param {CanvasRenderingContext2D} context @param {(name: string) => number[]} colors of the theme */
  drawAxes(context, colors) {
    const { left, top, width, height } = this.box;
    context.save();
    context.strokeStyle = css(colors('--line'));
    context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    context.strokeStyle = context.fillStyle = css(colors('--mute'));
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const x of ticks(this.x, width / PIXELS_A_TICK)) {
      line(context, this.px(x), top + height, 0, 4);
      context.fillText(short(x), this.px(x), top + height + 7);
    }
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const y of ticks(this.y, height / PIXELS_A_TICK)) {
      line(context, left - 4, this.py(y), 4, 0);
      context.fillText(short(y), left - 7, this.py(y));
    }
    context.restore();
  }
}

/** @returns {Box} as large as there is room, a unit of x as long as one of y */
function fit(dx, dy, width, height) {
  const room = {
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
  const ratio = dx / dy;
  const box = { ...room };
  if (ratio <= OBLONG && ratio >= 1 / OBLONG) {
    const scale = Math.min(room.width / dx, room.height / dy);
    Object.assign(box, { width: dx * scale, height: dy * scale });
  }
  // Whole pixels of the screen: the map is a picture.
  const whole = (pixels) => Math.round(pixels * devicePixelRatio) / devicePixelRatio;
  return {
    left: whole(MARGIN.left + (room.width - box.width) / 2),
    top: whole(MARGIN.top + (room.height - box.height) / 2),
    width: whole(box.width),
    height: whole(box.height),
  };
}

function line(context, x, y, dx, dy) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.stroke();
}

/**
 * @param {HTMLCanvasElement} picture of a whole card @param {Plane} plane @param {string} title
 * @param {(name: string) => number[]} colors of the theme
 * @returns {HTMLCanvasElement} the plane alone with its axes, below the title
 */
export function framed(picture, { box }, title, colors) {
  const ratio = devicePixelRatio;
  const left = Math.max(0, box.left - MARGIN.left);
  const top = Math.max(0, box.top - MARGIN.top);
  const width = box.left + box.width + MARGIN.right - left;
  const height = box.top + box.height + MARGIN.bottom - top;
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round((height + TITLE) * ratio) });
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.fillStyle = css(colors('--card'));
  context.fillRect(0, 0, width, height + TITLE);
  context.drawImage(picture, left * ratio, top * ratio, width * ratio, height * ratio, 0, TITLE, width, height);
  context.fillStyle = css(colors('--ink'));
  context.font = '600 13px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.fillText(title, MARGIN.left, TITLE / 2 + 2, width - MARGIN.left);
  return canvas;
}
