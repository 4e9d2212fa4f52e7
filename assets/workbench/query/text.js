/** The words of a query with their places, as analysis/query/tokens.py splits them: for colours and completion alone. */

const WORD = new RegExp(
  [
    String.raw`(?<blank>\s+)`,
    String.raw`(?<number>\.?[0-9](?:[eE][+-](?=[0-9])|[\p{L}\p{N}_.])*)`,
    String.raw`(?<name>[\p{L}_][\p{L}\p{N}\p{M}_]*|` + '`[^`\\n]*`?)',
    // While it is typed, a text is not closed yet.
    String.raw`(?<text>"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$))`,
    String.raw`(?<sign>\/\/|<=|>=|==|!=|.)`,
  ].join('|'),
  'gsu',
);
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'True', 'False']);

/**
 * @typedef {object} Word
 * @property {'blank'|'number'|'name'|'text'|'sign'|'keyword'} kind
 * @property {string} text @property {number} start @property {number} end in UTF-16 units
 */

/** @returns {Word[]} they cover the whole text */
export function split(text) {
  return Array.from(text.matchAll(WORD), (match) => {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    const word = { kind, text: match[0], start: match.index, end: match.index + match[0].length };
    return kind === 'name' && KEYWORDS.has(word.text) ? { ...word, kind: 'keyword' } : word;
  });
}

/** @returns {string} a column's name as it is typed */
export const typedName = (name) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !KEYWORDS.has(name) ? name : `\`${name}\``);

/** @returns {string} a text in quotes, readable by the server */
export function quoted(text) {
  const escaped = text.replace(/[\\"\n\r\t]/g, (sign) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[sign] ?? `\\${sign}`);
  return `"${escaped}"`;
}

/**
 * @param {string} text @param {Set<string>} columns known names
 * @param {{start: number, end: number}|null} mistake
 * @returns {{text: string, className: string}[]} pieces to paint, which together are the text; one blank more where the
 *   mistake is that something is missing at the end
 */
export function paint(text, columns, mistake) {
  const pieces = [];
  const add = (from, to, name) => {
    if (from >= to) return;
    const wrong = mistake && from >= mistake.start && to <= mistake.end;
    pieces.push({ text: text.slice(from, to), className: wrong ? `${name} wrong` : name });
  };
  for (const word of split(text)) {
    const known = word.kind === 'name' && columns.has(word.text.replaceAll('`', ''));
    const name = known ? 'column' : word.kind;
    const cuts = [word.start, mistake?.start, mistake?.end, word.end].map((at) => Math.min(word.end, Math.max(word.start, at ?? word.start)));
    const sorted = cuts.sort((a, b) => a - b);
    for (let k = 0; k < 3; k++) add(sorted[k], sorted[k + 1], name);
  }
  if (mistake && mistake.end > text.length) pieces.push({ text: '\u00a0', className: 'wrong' });
  return pieces;
}
