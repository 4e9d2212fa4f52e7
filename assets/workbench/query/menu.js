/** The menu of the query bar: what was asked before, and examples that find something in this study. */
import { make } from '../../shared/dom.js';
import { clearHistory, readHistory } from './history.js';
import { Popup } from './popup.js';

/**
 * @param {HTMLButtonElement} button that opens it @param {HTMLElement} anchor the field that it stands below
 * @param {(query: string) => void} choose
 * @param {{key?: string, none?: string}} [options] where the history is kept, and what stands in the place of examples
 * @returns {{list: HTMLElement, setExamples: (examples: {query: string, title: string, count: number}[]) => void}} the list is
 *   to be put into the document near the button
 */
export function queryMenu(button, anchor, choose, { key, none = 'Examples appear once the losses are computed.' } = {}) {
  let examples = [];
  const menu = new Popup(button, {
    title: 'Recent queries and examples',
    className: 'query-menu',
    anchor,
    fill: () => entries(),
  });

  function entry(query, title, count) {
    const pick = () => {
      menu.close(false);
      choose(query);
    };
    const number = count === undefined ? [] : [make('span', { class: 'query-item-count', text: count.toLocaleString('en') })];
    const children = [make('code', { text: query }), make('span', { text: title }), ...number];
    return make('button', { type: 'button', class: 'menu-item query-item', on: { click: pick } }, children);
  }

  function forgetButton() {
    const forget = () => {
      clearHistory(key);
      menu.close();
    };
    return make('button', { type: 'button', class: 'quiet', text: 'forget', title: 'Forget the recent queries', on: { click: forget } });
  }

  function entries() {
    const recent = readHistory(key).map((query) => entry(query, ''));
    const shown = examples.map(({ query, title, count }) => entry(query, title, count));
    return [
      make('h3', { text: 'Examples' }),
      ...(shown.length ? shown : [make('p', { class: 'menu-note', text: none })]),
      ...(recent.length ? [make('h3', { text: 'Recent ' }, [forgetButton()]), ...recent] : []),
    ];
  }

  return {
    list: menu.list,
    setExamples: (found) => {
      examples = found;
      menu.refill();
    },
  };
}
