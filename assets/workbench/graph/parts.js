/** Small parts that the tools and the card have in common. */
import { make } from '../../shared/dom.js';

/** @param {string} text @param {string} title what it does, for people and for screen readers @param {() => void} listener */
export const button = (text, title, listener) =>
  make('button', {
    type: 'button',
    class: 'quiet graph-button',
    text,
    title,
    'aria-label': title,
    on: { click: listener },
  });

/** A word that does something. */
export const link = (text, listener) =>
  make('button', { type: 'button', class: 'graph-link', text, on: { click: listener } });

/** @param {string} text a sentence on what is not there, or not yet */
export const note = (text) => make('p', { class: 'waiting', role: 'status', text });
