/**
 * A list of tags, found by typing and grouped by what stands before their first slash.
 *
 * Events: `choose` with the tag.
 */
import { make } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { finds, words } from './words.js';

export class TagList extends Events {
  #tags = [];
  #chosen = null;
  #search;
  #list = make('div', { class: 'tag-list-all' });
  #drawn = '';

  /** @param {string} what the tags are of, for the field's words */
  constructor(what) {
    super();
    this.#search = make('input', {
      type: 'search', class: 'media-search', placeholder: `Find ${what}`, 'aria-label': `Find ${what}`, spellcheck: false, autocomplete: 'off',
      on: { input: () => this.#draw(), keydown: (event) => this.#pressSearch(event) },
    });
    this.#list.addEventListener('keydown', (event) => this.#press(event));
    this.element = make('div', { class: 'tag-list' }, [this.#search, this.#list]);
  }

  /** @param {string[]} tags @param {string|null} chosen */
  show(tags, chosen) {
    this.#tags = tags;
    this.#draw();
    if (this.#chosen !== chosen || !this.#list.querySelector('[aria-current]')) {
      this.#chosen = chosen;
      this.#mark();
    }
  }

  #draw() {
    const wanted = words(this.#search.value);
    const found = this.#tags.filter((tag) => finds(wanted, tag));
    const drawn = JSON.stringify(found);
    // What is under the pointer or has the focus must not be replaced because a run has grown.
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const nodes = [...groupsOf(found)].flatMap(([group, tags]) => this.#makeGroup(group, tags));
    this.#list.replaceChildren(...nodes);
    if (!found.length && this.#tags.length) this.#list.append(make('p', { class: 'waiting', text: 'No tag has these letters.' }));
    this.#mark();
  }

  #makeGroup(group, tags) {
    const heading = group ? [make('h3', { class: 'tag-list-group', text: group })] : [];
    return [...heading, ...tags.map((tag) => this.#makeTag(tag, group))];
  }

  #makeTag(tag, group) {
    const text = breakable(group ? tag.slice(group.length + 1) : tag);
    return make('button', { type: 'button', class: 'tag-list-tag', title: tag, text, 'data-tag': tag, on: { click: () => this.#choose(tag) } });
  }

  #choose(tag) {
    this.#chosen = tag;
    this.#mark();
    this.emit('choose', tag);
  }

  #mark() {
    for (const button of this.#buttons) {
      if (button.dataset.tag === this.#chosen) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  get #buttons() {
    return [...this.#list.querySelectorAll('button')];
  }

  #pressSearch(event) {
    if (event.key === 'ArrowDown') this.#buttons[0]?.focus();
    else if (event.key === 'Escape' && this.#search.value) {
      this.#search.value = '';
      this.#draw();
    } else return;
    event.preventDefault();
  }

  #press(event) {
    const buttons = this.#buttons;
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    const next = buttons[at + step];
    if (next) {
      next.focus();
      this.#choose(next.dataset.tag);
    } else if (step < 0) this.#search.focus();
  }
}

/** @returns {Map<string, string[]>} tags by group; a group of one is none */
function groupsOf(tags) {
  const groups = new Map();
  for (const tag of tags) {
    const cut = tag.indexOf('/');
    const group = cut > 0 && cut < tag.length - 1 ? tag.slice(0, cut) : '';
    groups.set(group, [...(groups.get(group) ?? []), tag]);
  }
  for (const [group, [first, ...more]] of [...groups]) {
    if (!group || more.length) continue;
    groups.delete(group);
    groups.set('', [...(groups.get('') ?? []), first]);
  }
  return new Map([...groups].sort(([a], [b]) => Number(a !== '') - Number(b !== '')));
}

/** A long name may go on in the next line behind a slash or an underscore. */
export const breakable = (text) => text.replace(/([/_.])/g, '$1\u200b');
