/** Colours of classes and of numbers, in light and dark. An RGB triple is three integers 0..255. */

const FIRST = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#ff8ab7', '#a463f2', '#97bbf5', '#9c6b4e', '#9498a0'];

// In both themes the low end lies near the background, so that the many small losses recede behind the few large ones;
// its first quarter is two greys, between which small losses can still be told apart.
const SCALE_LIGHT = ['#e1e6ed', '#bcc7d4', '#f3c07b', '#e4572e', '#7a0c1f'].map(parseHex);
const SCALE_DARK = ['#232a32', '#47525f', '#95682f', '#ff6f3d', '#ffdccb'].map(parseHex);

// Two, as Chromium does not report a change that somebody has read before it comes to that.
const [dark, watched] = [0, 1].map(() => matchMedia('(prefers-color-scheme: dark)'));

export const isDark = () => dark.matches;
export const onThemeChange = (listener) => watched.addEventListener('change', listener);

function parseHex(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export const css = ([r, g, b]) => `rgb(${r}, ${g}, ${b})`;

/** @returns {number[][]} one RGB triple a class: the ten familiar ones, then hues a golden angle apart */
export function palette(count) {
  return Array.from({ length: count }, (_, i) => (i < FIRST.length ? parseHex(FIRST[i]) : spread(i - FIRST.length)));
}

function spread(i) {
  // Neighbouring hues also differ in lightness, or two hundred of them could not be told apart.
  const lightness = [0.66, 0.52, 0.76][i % 3];
  const chroma = [0.15, 0.11][i % 2];
  return fromOklch(lightness, chroma, 25 + i * 137.508);
}

/** OKLCH to sRGB, by the matrices that Björn Ottosson published with the Oklab space. */
function fromOklch(lightness, chroma, degrees) {
  const a = chroma * Math.cos((degrees * Math.PI) / 180);
  const b = chroma * Math.sin((degrees * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(encode);
}

function encode(linear) {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.max(0, linear) ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

/** @param {number} t 0..1, low to high @returns {number[]} RGB */
export function heat(t) {
  const stops = isDark() ? SCALE_DARK : SCALE_LIGHT;
  const at = Math.min(0.999999, Math.max(0, t)) * (stops.length - 1);
  const k = Math.floor(at);
  return stops[k].map((from, i) => Math.round(from + (stops[k + 1][i] - from) * (at - k)));
}

/** Correctness: the many right ones recede, the wrong ones stand out (and have another shape besides). */
export const correctness = () => (isDark() ? [parseHex('#ff7b66'), parseHex('#4a5562')] : [parseHex('#c8321f'), parseHex('#b9c3cf')]);

/** A sample whose value is not known (yet). */
export const neutral = () => parseHex(isDark() ? '#5b6673' : '#a3adb8');

/** A sample that has no class: apart from the grey among the classes' own colours. */
export const absent = () => parseHex(isDark() ? '#38414b' : '#d3dae3');

/** @param {Element} element @param {string} variable a custom property @returns {number[]} its colour, RGB */
export function themeColor(element, variable, fallback = '#ffffff') {
  const value = getComputedStyle(element).getPropertyValue(variable).trim() || fallback;
  const context = document.createElement('canvas').getContext('2d');
  context.fillStyle = fallback;
  context.fillStyle = value;
  return context.fillStyle.startsWith('#') ? parseHex(context.fillStyle) : parseHex(fallback);
}
