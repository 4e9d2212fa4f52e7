/** Finding by typed words: all of them, in any order, whatever their case. */
import { make } from '../../shared/dom.js';

/** @returns {string[]} */
export const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** @param {string[]} wanted @param {...string} texts @returns {boolean} whether each word stands in one of the texts */
export function finds(wanted, ...texts) {
  const all = texts.join('\n').toLowerCase();
  return wanted.every((word) => all.includes(word));
}

/** @param {string[]} wanted @returns {Node[]} a text with the words marked; only ever text */
export function marked(text, wanted) {
  if (!wanted.length) return [document.createTextNode(text)];
  const escaped = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const parts = text.split(new RegExp(`(${escaped.join('|')})`, 'gi'));
  return parts.filter(Boolean).map((part) => (wanted.includes(part.toLowerCase()) ? make('mark', { text: part }) : document.createTextNode(part)));
}
