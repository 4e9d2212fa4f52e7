/** The search box: names and kinds of layers, with a list of what is found. */
import { Events } from '../../shared/events.js';
import { make } from '../../shared/dom.js';
import { kindText } from './captions.js';

const MOST = 40;

/** Emits "find" with the id of a node. */
export class Search extends Events {
  #network;
  #field = make('input', {
    type: 'search',
    class: 'graph-field',
    placeholder: 'Find a layer',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: false,
    'aria-label': 'Find a layer by its name or kind',
    'aria-controls': 'graph-found',
    'aria-expanded': 'false',
  });
  #list = make('ul', {
    class: 'graph-found',
    id: 'graph-found',
    role: 'listbox',
    hidden: true,
    'aria-label': 'Layers found',
  });
  #found = [];
  #at = 0;
  element = make('div', { class: 'graph-search' }, [this.#field, this.#list]);

  /** @param {import('./network.js').Network} network */
  constructor(network) {
    super();
    this.#network = network;
    this.#field.addEventListener('input', () => this.#look());
    this.#field.addEventListener('focus', () => this.#look());
    this.#field.addEventListener('blur', () => this.#close());
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    // Kept from taking the focus, which would close the list before the click.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', ({ target }) => {
      const item = target.closest('[data-node]');
      if (item) this.#pick(item.dataset.node);
    });
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  #look() {
    const words = this.#field.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#found = words.length ? matches(this.#network, words) : [];
    this.#at = 0;
    const items = this.#found.slice(0, MOST).map((node, k) => this.#item(node, k));
    if (words.length && !items.length) items.push(make('li', { class: 'waiting', text: 'No layer has this name or kind.' }));
    if (this.#found.length > MOST) items.push(make('li', { class: 'waiting', text: `and ${this.#found.length - MOST} more` }));
    this.#list.replaceChildren(...items);
    this.#list.hidden = !items.length;
    this.#field.setAttribute('aria-expanded', String(items.length > 0));
    this.#mark();
  }

  #item(node, k) {
    const path = this.#network.ancestors(node.id).map((id) => this.#network.node(id).title);
    return make('li', { role: 'option', id: `graph-found-${k}`, 'data-node': node.id }, [
      make('span', { text: node.name }),
      make('small', { text: [kindText(node), node.shape, path.length ? `in ${path.join(' › ')}` : ''].filter(Boolean).join(' · ') }),
    ]);
  }

  #mark() {
    [...this.#list.children].forEach((item, k) => item.setAttribute('aria-selected', String(k === this.#at)));
    const item = this.#list.children[this.#at];
    if (item?.id) this.#field.setAttribute('aria-activedescendant', item.id);
    else this.#field.removeAttribute('aria-activedescendant');
    item?.scrollIntoView({ block: 'nearest' });
  }

  #key(event) {
    const shown = Math.min(MOST, this.#found.length);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown) this.#at = (this.#at + step + shown) % shown;
    else if (event.key === 'Enter' && shown) this.#pick(this.#found[this.#at].id);
    else if (event.key === 'Escape') this.#field.value = '';
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') this.#look();
    else this.#mark();
  }

  #pick(id) {
    this.#close();
    this.emit('find', id);
  }

  #close() {
    this.#list.hidden = true;
    this.#field.setAttribute('aria-expanded', 'false');
  }
}

/** @returns {import('./network.js').GraphNode[]} every word in the name or the kind; names that begin with the first come first */
function matches(network, words) {
  const found = [...network.nodes.values()].filter(({ name, kind }) => {
    const text = `${name} ${kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const rank = ({ name, title }) => {
    if ([name, title].some((text) => text.toLowerCase() === words[0])) return 0;
    return name.toLowerCase().startsWith(words[0]) ? 1 : 2;
  };
  return found.sort((a, b) => rank(a) - rank(b));
}
