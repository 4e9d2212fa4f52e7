/** Which tags a typed text finds: a part of their names, several parts, or a /regular expression/. */
import { make } from '../../shared/dom.js';

const LONGEST = 200;
const PATIENCE_MS = 400;
const PAUSE_MS = 120;

const regexOf = (text) => /^\/(.+)\/$/.exec(text)?.[1] ?? null;

/** @param {string} text @param {string[]} tags @returns {string[]} those that have every word of the text in their name */
export function findByWords(text, tags) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return tags.filter((tag) => words.every((word) => tag.toLowerCase().includes(word)));
}

/** @returns {Promise<string[]>} rejects with an Error whose message is a sentence */
export function findByRegex(pattern, tags) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./matcher.js', import.meta.url), { type: 'module' });
    const end = (act, value) => {
      clearTimeout(timer);
      worker.terminate();
      act(value);
    };
    const timer = setTimeout(() => end(reject, new Error('This expression takes too long; a simpler one finds the same.')), PATIENCE_MS + tags.length);
    worker.addEventListener('message', ({ data }) => (data.found ? end(resolve, data.found) : end(reject, new Error(`No regular expression: ${data.mistake}.`))));
    worker.addEventListener('error', () => end(reject, new Error('The expression could not be tried.')));
    worker.postMessage({ pattern, tags });
  });
}

export class TagFilter {
  /** @type {string} */
  text = '';
  #input = make('input', {
    type: 'search', class: 'scalars-filter', placeholder: 'Tags: part of a name, or /a regexp/', maxLength: LONGEST, spellcheck: false, autocomplete: 'off', 'aria-label': 'Filter of tags',
  });
  #mistake = make('span', { class: 'scalars-mistake', role: 'status' });
  #tags = [];
  #turn = 0;
  #timer = null;
  #known = { key: null, found: [] };

  /** @param {(found: string[]) => void} found called with the tags whenever they change */
  constructor(found) {
    this.found = found;
    this.#input.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.type(this.#input.value), PAUSE_MS);
    });
    this.element = make('span', { class: 'scalars-search' }, [this.#input, this.#mistake]);
  }

  /** @param {string[]} tags to choose from */
  setTags(tags) {
    this.#tags = tags;
    this.#apply();
  }

  /** @param {string} text */
  type(text) {
    this.text = text.trim();
    if (this.#input.value.trim() !== this.text) this.#input.value = this.text;
    this.#apply();
  }

  async #apply() {
    const key = JSON.stringify([this.text, this.#tags]);
    const turn = ++this.#turn;
    if (key === this.#known.key) {
      this.#say('');
      return this.found(this.#known.found);
    }
    const pattern = regexOf(this.text);
    let found;
    try {
      found = pattern === null ? findByWords(this.text, this.#tags) : await findByRegex(pattern, this.#tags);
    } catch (error) {
      if (turn === this.#turn) this.#say(error.message);
      return undefined;
    }
    if (turn !== this.#turn) return undefined;
    this.#say('');
    this.#known = { key, found };
    return this.found(found);
  }

  // What was found before stays, as with a query.
  #say(sentence) {
    this.#mistake.textContent = sentence;
    this.#input.setAttribute('aria-invalid', String(sentence !== ''));
  }
}
