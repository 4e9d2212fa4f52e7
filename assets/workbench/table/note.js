/** The sentence that stands where rows would be: before the samples are measured, and when there are none to show. */
import { study } from '../../shared/study.js';

export class TableNote {
  #element;
  #table = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    study.on('health', () => this.#table || this.#show(waiting()));
    this.#show(waiting());
  }

  /** @param {import('./table.js').Table} table */
  follow(table) {
    this.#table = table;
    this.#show('Reading the rows …');
    for (const event of ['count', 'mistake']) table.on(event, () => this.#show(sentence(table)));
  }

  fail() {
    this.#show('The table could not be read; load the page again.');
  }

  #show(text) {
    if (this.#element.textContent !== text) this.#element.textContent = text;
    this.#element.hidden = !text;
  }
}

/** @returns {string} how far the samples are; "" once they are there */
function waiting() {
  const stages = study.health?.stages ?? [];
  if (study.health?.samples) return '';
  const failed = stages.find((stage) => stage.state === 'failed');
  if (failed) return `The losses cannot be shown, because a step before them failed: ${failed.title}.`;
  const running = stages.find((stage) => stage.state === 'running');
  if (!running) return 'The losses are being computed; the table fills once they are there.';
  const percent = running.fraction ? `, ${Math.floor(100 * running.fraction)} %` : '';
  return `The losses are being computed; the table fills once they are there. Running now: ${running.title}${percent}.`;
}

function sentence(table) {
  if (table.mistake) return table.mistake;
  if (table.count !== 0) return '';
  // Of the rows that were asked for: they may come before the query is applied elsewhere.
  const why = [table.view.query && 'the query', table.only && 'the selection', table.isFiltered && 'the filters'].filter(Boolean);
  return `No image matches ${why.join(' and ') || 'anything'}.`;
}
