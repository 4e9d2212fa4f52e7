/** Numbers, spans and moments as people read them. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @returns {string} a metric: four digits that count, small ones by their exponent */
export function formatNumber(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  // JSON has no infinities.
  if (value === 'inf' || value === Infinity) return '∞';
  if (value === '-inf' || value === -Infinity) return '−∞';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return (Math.abs(value) < 1e15 ? value.toLocaleString('en') : value.toExponential(3)).replace('-', '−');
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return tidyExponent(value.toExponential(2));
  // 0.9986 says more than 0.999, and 12.35 as much as 12.346.
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 4).replace('-', '−');
}

/** @returns {string} a parameter, as it was given: 1e-05, 0.1, adam, True */
export function formatValue(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? String(value) : tidyExponent(value.toExponential());
  const short = Number(value.toPrecision(12));
  return Math.abs(short) < 1e-3 ? tidyExponent(short.toExponential()) : String(short);
}

/** @returns {string} a parameter with four digits that count: in a table whose titles have all */
export const shortValue = (value) => formatValue(typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value);

const tidyExponent = (text) => text.replace(/e([+-])(\d)$/, 'e$10$2').replace('e+', 'e');

/** @param {number|null} seconds @returns {string} "8 s", "4 min 10 s", "3 h 05 min", "2 d 4 h" */
export function formatDuration(seconds) {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${pad(whole % MINUTE)} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${pad(Math.floor((whole % HOUR) / MINUTE))} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

const pad = (number) => String(number).padStart(2, '0');

/** @param {number} time seconds since 1970 @returns {string} "just now", "5 min ago", "yesterday 14:02", "3 Nov 14:02" */
export function formatMoment(time, now = Date.now() / 1000) {
  if (typeof time !== 'number' || !Number.isFinite(time)) return '–';
  const ago = now - time;
  if (ago < 0.75 * MINUTE) return 'just now';
  if (ago < HOUR) return `${Math.max(1, Math.round(ago / MINUTE))} min ago`;
  if (ago < 12 * HOUR) return `${Math.round(ago / HOUR)} h ago`;
  const date = new Date(time * 1000);
  const today = new Date(now * 1000);
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const days = Math.round((startOfDay(today) - startOfDay(date)) / (DAY * 1000));
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `yesterday ${clock}`;
  const day = `${date.getDate()} ${date.toLocaleString('en', { month: 'short' })}`;
  return date.getFullYear() === today.getFullYear() ? `${day} ${clock}` : `${day} ${date.getFullYear()}`;
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** @returns {string} in full, with seconds and the browser's time zone */
export function formatExactly(time) {
  if (typeof time !== 'number' || !Number.isFinite(time)) return '';
  return new Date(time * 1000).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' });
}

/** @returns {string} "1 run", "3 runs" */
export const countRuns = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'run' : 'runs'}`;
