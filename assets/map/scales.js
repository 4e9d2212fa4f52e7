/** How numbers become a place on a colour scale, 0 (recedes) to 1 (stands out), and the ticks beside it. */

const LOSS_FLOOR = 1e-8;
const SAMPLE = 20000;
// Along the colours: up to here they are greys, in which the many small losses recede.
const GREYS = 0.25;
// Nine in ten samples stay below this place among the colours that stand out, as far as the powers allow.
const NINETIETH = 0.08;
const POWERS = [1.2, 2.2];
const DOUBT = { entropy: 'high', confidence: 'low', margin: 'low' };

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} place 0..1, along the colour bar
 * @property {(place: number) => number} tint 0..1, the colour at that place
 * @property {(place: number) => number} weight 0..1, how much a point there stands out by its size
 * @property {{at: number, label: string}[]} ticks
 */

/** @param {string} field @param {ArrayLike<number>} values (N,) @returns {Scale} */
export function scaleFor(field, values) {
  if (field === 'loss') return lossScale(values);
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < min && values[i] > -Infinity) min = values[i];
    if (values[i] > max && values[i] < Infinity) max = values[i];
  }
  if (min > max) [min, max] = [0, 1];
  // What is doubtful stands out, also by its size; of a dataset's own column nobody knows which end would.
  return linearScale(min, max, DOUBT[field] ?? null);
}

/**
 * Losses span eight orders of magnitude. The place is logarithmic, so that 1e-6 and 1e-4 differ. Below the median the
 * colours are greys, evenly spread: they differ, and none is loud. Above it they rise the steeper the more of the losses
 * are small, so that only the hard ones stand out, whatever this network's usual loss is.
 * @param {ArrayLike<number>} values (N,) may be infinite, and NaN where there is none
 */
function lossScale(values) {
  const quantile = quantiles(values);
  // A few samples that are far easier than all others must not take the greys for themselves.
  const least = Math.max(LOSS_FLOOR, quantile(0.01));
  const low = Math.log10(least);
  const high = Math.max(Math.log10(largest(values)), low + 1);
  const place = (loss) => Math.min(1, Math.max(0, (Math.log10(Math.max(loss, LOSS_FLOOR)) - low) / (high - low)));
  const middle = Math.min(0.95, Math.max(0.02, place(quantile(0.5))));
  const above = (at) => Math.max(0, (at - middle) / (1 - middle));
  const common = Math.min(0.99, Math.max(0.01, above(place(quantile(0.9)))));
  const power = Math.min(POWERS[1], Math.max(POWERS[0], Math.log(NINETIETH) / Math.log(common)));
  const weight = (at) => above(at) ** power;
  const tint = (at) => (at < middle ? (GREYS * at) / middle : GREYS + (1 - GREYS) * weight(at));
  return { place, tint, weight, ticks: lossTicks(place, least, 10 ** high) };
}

/** The ends, and powers of ten between that leave each other room; the last label has its unit beside it. */
function lossTicks(place, least, most) {
  const ticks = [{ at: 0, label: `≤ ${Number(least.toPrecision(1))}` }];
  for (let decade = Math.ceil(Math.log10(least)); decade <= 2; decade++) {
    const at = place(10 ** decade);
    if (at - ticks[ticks.length - 1].at < (ticks.length === 1 ? 0.2 : 0.12) || at > 0.74) continue;
    ticks.push({ at, label: decade < -3 ? `1e${decade}` : String(Number(`1e${decade}`)) });
  }
  return [...ticks, { at: 1, label: shortNumber(most) }];
}

/** @returns {number} the largest finite one; 1 where there is none */
function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most && values[i] < Infinity) most = values[i];
  return most || 1;
}

/** @returns {(share: number) => number} quantiles of at most some 20,000 of the values, evenly taken */
function quantiles(values) {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const taken = Float64Array.from({ length: Math.floor(values.length / step) }, (_, k) => values[k * step]);
  const sample = taken.filter((value) => !Number.isNaN(value)).sort();
  return (share) => sample[Math.floor(share * (sample.length - 1))] ?? 0;
}

/** @param {'low'|'high'|null} standsOut the end that does, by colour and size; null for neither */
function linearScale(min, max, standsOut) {
  const span = max - min || 1;
  const place = (value) => Math.min(1, Math.max(0, (value - min) / span));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: shortNumber(min + at * span) }));
  const tint = (at) => (standsOut === 'low' ? 1 - at : at);
  return { place, tint, weight: standsOut ? tint : () => 0, ticks };
}

/** @returns {string} at most four significant characters or so: 0.0012, 7.81, 1,234 */
export function shortNumber(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(size < 0.1 ? 2 : 3)));
}
