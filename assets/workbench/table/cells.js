/** The table's cells. Each is a class as the grid wants it: `init`, `getGui`, `refresh`. Text only goes in as text. */
import { scaleFor } from '../../map/scales.js';
import { css, heat } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { study } from '../../shared/study.js';
import { rowImages } from './images.js';

/** Pixels a side of a row's image; a row is two higher. */
export const IMAGE_SIDE = 28;

class Cell {
  /** Builds the element once; `show` fills it, again and again. */
  init(params) {
    this.element = this.build();
    this.refresh(params);
  }

  getGui() {
    return this.element;
  }

  refresh(params) {
    // A row that has not come yet has no data.
    this.show(params.data ? params.value : undefined, params.data, params);
    return true;
  }

  build() {
    return make('span');
  }
}

export class ImageCell extends Cell {
  build() {
    const side = Math.round(IMAGE_SIDE * devicePixelRatio);
    return make('canvas', { class: 'table-image', width: side, height: side, role: 'img' });
  }

  show(_value, data) {
    if (data) this.element.setAttribute('aria-label', `Image ${data.index}`);
    rowImages.show(this.element, data?.index ?? null);
  }

  destroy() {
    rowImages.forget(this.element);
  }
}

export class NumberCell extends Cell {
  show(value) {
    this.element.textContent = value === undefined ? '' : formatNumber(Number(value));
  }
}

export class LabelCell extends Cell {
  show(value) {
    this.element.className = value < 0 ? 'table-none' : '';
    this.element.textContent = this.element.title = value === undefined ? '' : study.className(value);
  }
}

/** The predicted class; a wrong one has a sign besides its colour. */
export class PredictedCell extends Cell {
  show(value, data) {
    const wrong = data && data.correct === false && !(data.label < 0);
    this.element.className = wrong ? 'bad' : '';
    this.element.textContent = value === undefined ? '' : `${wrong ? '≠ ' : ''}${study.className(value)}`;
    this.element.title = this.element.textContent;
  }
}

export class CorrectCell extends Cell {
  show(value, data) {
    const unknown = data?.label < 0;
    this.element.className = unknown ? 'table-none' : value === false ? 'bad' : 'table-good';
    this.element.textContent = value === undefined ? '' : unknown ? '–' : value ? '✓ right' : '✕ wrong';
  }
}

export class BooleanCell extends Cell {
  show(value) {
    this.element.textContent = value === undefined ? '' : value ? 'yes' : 'no';
  }
}

export class TextCell extends Cell {
  show(value) {
    this.element.textContent = this.element.title = value ?? '';
  }
}

/** The loss in nats, with a bar: its colour is that of the maps, its length grows slower than the loss, which spans decades. */
export class LossCell extends Cell {
  build() {
    this.bar = make('i');
    this.number = make('b');
    return make('span', { class: 'table-loss' }, [make('span', { class: 'table-bar-track', 'aria-hidden': 'true' }, [this.bar]), this.number]);
  }

  show(value) {
    const column = study.columns.get('loss');
    const loss = Number(value);
    this.number.textContent = value === undefined ? '' : formatNumber(loss);
    this.bar.hidden = value === undefined || !column || Number.isNaN(loss);
    if (this.bar.hidden) return;
    const { max, scale } = lossesOf(column);
    const finite = Math.min(loss, max);
    this.bar.style.width = `${(100 * Math.log1p(finite)) / Math.log1p(max)}%`;
    this.bar.style.background = css(heat(scale.tint(scale.place(finite))));
  }
}

let losses = { column: null };

/** The scale of the maps, and the largest finite loss. */
function lossesOf(column) {
  if (losses.column !== column) {
    const max = column.reduce((most, loss) => (loss > most && loss < Infinity ? loss : most), 1e-6);
    losses = { column, max, scale: scaleFor('loss', column) };
  }
  return losses;
}

/** @returns {string} three decimals; small ones by their exponent, and never rounded up to one, which would say more */
export function formatNumber(value) {
  if (Number.isInteger(value)) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1).replace('-', '−').replace('e-', 'e−');
  if (size < 1 && size >= 0.9995) return '> 0.999';
  return value.toFixed(3).replace('-', '−');
}
