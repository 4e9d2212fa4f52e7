/** What may come next in a query: columns, operators, class names. Pure: text and caret in, suggestions out. */
import { quoted, split, typedName } from './text.js';

const MOST = 60;

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
const BEFORE_VALUE = new Set(['+', '-', '*', '/', '//', '%']);
const BEFORE_CONDITION = new Set(['and', 'or', 'not', '&', '|', '~', '(']);

const OPERATORS = {
  number: ['>', '>=', '<', '<=', '==', '!=', 'in [', 'not in ['],
  category: ['==', '!=', 'in [', 'not in ['],
  text: ['==', '!=', 'in [', 'not in ['],
  boolean: ['and', 'or', '==', '!='],
};
const SAID = {
  '>': 'above', '>=': 'at least', '<': 'below', '<=': 'at most', '==': 'equal to', '!=': 'not equal to',
  'in [': 'one of', 'not in [': 'none of', and: 'both hold', or: 'either holds', not: 'does not hold',
};

/**
 * @typedef {object} Suggestion
 * @property {string} text what is inserted @property {string} label what is shown @property {string} detail
 */

/**
 * @param {string} text @param {number} caret
 * @param {{name: string, kind: string, about: string, unit: string, class_names: string[]}[]} columns
 * @returns {{start: number, end: number, typed: string, items: Suggestion[]}} what the suggestions replace, what of
 *   them is typed already, and at most MOST of them
 */
export function complete(text, caret, columns) {
  const words = split(text.slice(0, caret)).filter((word) => word.kind !== 'blank');
  const last = words.at(-1);
  const touching = last && last.end === caret && isPartial(last);
  const before = touching ? words.slice(0, -1) : words;
  const start = touching ? last.start : caret;
  const typed = touching ? last.text.replace(/^["'`]/, '') : '';
  // A number is typed faster than chosen.
  const items = touching && last.kind === 'number' ? [] : expected(before, columns);
  return { start, end: endOfWord(text, caret), typed, items: matching(items, typed, touching && last.kind === 'text').slice(0, MOST) };
}

function isPartial({ kind, text }) {
  if (kind === 'text') return text.length === 1 || text.at(-1) !== text[0];
  return kind === 'name' || kind === 'keyword' || kind === 'number';
}

/** The rest of the word in which the caret stands is replaced with it. */
function endOfWord(text, caret) {
  return caret + (/^[\p{L}\p{N}_]*/u.exec(text.slice(caret))?.[0].length ?? 0);
}

/** Those that begin with what is typed, then those that contain it; none when it is complete. */
function matching(items, typed, inQuotes) {
  const wanted = typed.toLocaleLowerCase();
  const named = inQuotes ? items.filter((item) => item.text.startsWith('"')) : items;
  if (named.some((item) => item.text.trim() === typed)) return [];
  const lower = named.map((item) => [item.label.toLocaleLowerCase(), item]);
  const first = lower.filter(([label]) => label.startsWith(wanted));
  const rest = lower.filter(([label]) => !label.startsWith(wanted) && label.includes(wanted));
  return [...first, ...rest].map(([, item]) => item);
}

function expected(words, columns) {
  const last = words.at(-1)?.text;
  const kind = words.at(-1)?.kind;
  const list = openList(words);
  if (list !== null && (last === '[' || last === '(' || last === ',')) return values(columnAt(words, list - 1, columns), columns, false);
  if (list !== null) return [sign(']', 'end of the list')];
  if (last === 'not' && words.at(-2)?.kind === 'name') return [sign('in [', SAID['not in ['])];
  if (last === undefined || BEFORE_CONDITION.has(last)) return [...columns.map(asColumn), ...(last === 'not' ? [] : [sign('not', SAID.not)])];
  if (last === 'in') return [sign('[', 'a list, such as [4, 9]')];
  if (COMPARISONS.has(last)) return values(columnAt(words, words.length - 2, columns), columns, true);
  if (BEFORE_VALUE.has(last)) return columns.filter((column) => column.kind === 'number').map(asColumn);
  if (kind === 'name' && !COMPARISONS.has(words.at(-2)?.text)) {
    const column = columnAt(words, words.length - 1, columns);
    return (OPERATORS[column?.kind] ?? []).map((text) => sign(text, SAID[text]));
  }
  if (kind === 'number' && !COMPARISONS.has(words.at(-2)?.text)) return ['<', '<='].map((text) => sign(text, SAID[text]));
  return ['and', 'or'].map((text) => sign(text, SAID[text]));
}

/** @returns {number|null} where the word "in" stands whose list is open */
function openList(words) {
  let depth = 0;
  for (let k = words.length - 1; k >= 0; k--) {
    if (words[k].text === ']' || words[k].text === ')') depth++;
    if (words[k].text !== '[' && words[k].text !== '(') continue;
    if (depth-- === 0) return words[k - 1]?.text === 'in' ? k - 1 : null;
  }
  return null;
}

/** The column that a word names; "not in" has one word more. */
function columnAt(words, at, columns) {
  const word = words[at]?.text === 'not' ? words[at - 1] : words[at];
  const name = word?.text.replaceAll('`', '');
  return columns.find((column) => column.name === name);
}

/** What a column can be compared with. */
function values(column, columns, withColumns) {
  const others = withColumns ? columns.filter((other) => other !== column && other.kind === (column?.kind ?? 'number')).map(asColumn) : [];
  if (column?.kind === 'boolean') return [sign('True', ''), sign('False', ''), ...others];
  if (column?.kind !== 'category') return others;
  const names = column.class_names.map((name, number) => asClass(name, number, column.class_names));
  const after = withColumns ? ' ' : '';
  return [...names.map((item) => ({ ...item, text: item.text + after })), ...others];
}

function asClass(name, number, names) {
  const plain = name === String(number) || names.indexOf(name) !== names.lastIndexOf(name);
  return { text: plain ? String(number) : quoted(name), label: name, detail: plain && name === String(number) ? 'class' : `class ${number}` };
}

const asColumn = ({ name, about, unit }) => ({ text: `${typedName(name)} `, label: name, detail: unit && !about.includes(unit) ? `${about} (${unit})` : about });

const sign = (text, detail) => ({ text: text === '[' || text.endsWith('[') ? text : `${text} `, label: text, detail });
