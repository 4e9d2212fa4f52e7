/** How numbers become a place on a colour scale, 0 (recedes) to 1 (stands out), and the ticks beside it. */

const LOSS_FLOOR = 1e-8;
const MEDIAN_TINT = 0.05;
const SAMPLE = 20000;

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} place 0..1, along the colour bar
 * @property {(place: number) => number} tint 0..1, the colour at that place
 * @property {{at: number, label: string}[]} ticks
 */

/** @param {string} field @param {ArrayLike<number>} values (N,) @returns {Scale} */
export function scaleFor(field, values) {
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < min) min = values[i];
    if (values[i] > max) max = values[i];
  }
  if (field === 'loss') return lossScale(median(values), max);
  // What is doubtful stands out: for these two that is the low end.
  return linearScale(min, max, field === 'confidence' || field === 'margin');
}

/**
 * Losses span eight orders of magnitude. The place is logarithmic, so that 1e-6 and 1e-4 differ; its power is such that
 * the median stays pale, whatever this network's usual loss is.
 */
function lossScale(middle, max) {
  const low = Math.log10(LOSS_FLOOR);
  const high = Math.max(Math.log10(max), low + 1);
  const place = (loss) => Math.min(1, Math.max(0, (Math.log10(Math.max(loss, LOSS_FLOOR)) - low) / (high - low)));
  const power = Math.min(14, Math.max(4, Math.log(MEDIAN_TINT) / Math.log(Math.min(0.99, place(middle) + 1e-9))));
  const ticks = [-6, -4, -2, -1, 0]
    .map((decade) => ({ at: place(10 ** decade), label: decade < -3 ? `1e${decade}` : String(10 ** decade) }))
    // The last label, with its unit, needs a quarter of the bar.
    .filter(({ at }) => at < 0.76);
  return { place, tint: (at) => at ** power, ticks: [{ at: 0, label: '0' }, ...ticks, { at: 1, label: shortNumber(max) }] };
}

/** The median of at most some 20,000 of the values, evenly taken. */
function median(values) {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = Float64Array.from({ length: Math.floor(values.length / step) }, (_, k) => values[k * step]).sort();
  return sample[sample.length >> 1] ?? 0;
}

function linearScale(min, max, reversed) {
  const span = max - min || 1;
  const place = (value) => Math.min(1, Math.max(0, (value - min) / span));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: shortNumber(min + at * span) }));
  return { place, tint: (at) => (reversed ? 1 - at : at), ticks };
}

/** @returns {string} at most four significant characters or so: 0.0012, 7.81, 1,234 */
export function shortNumber(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(size < 0.1 ? 2 : 3)));
}
