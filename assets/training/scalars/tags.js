/** The scalar tags as the tab shows them: found by what is typed, in groups by their prefix. */

const OTHERS = '';

/** @returns {string} `train` of `train/loss`; nothing for a tag without a prefix */
export const groupOf = (tag) => (tag.indexOf('/') > 0 ? tag.slice(0, tag.indexOf('/')) : OTHERS);

/** @param {string[]} tags @returns {[string, string[]][]} groups with their tags, those without a prefix first */
export function inGroups(tags) {
  const groups = new Map();
  for (const tag of tags) {
    const group = groupOf(tag);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(tag);
  }
  return [...groups].sort(([a], [b]) => (a === OTHERS ? -1 : b === OTHERS ? 1 : a.localeCompare(b, undefined, { numeric: true })));
}

// What people look for first stands first.
const ORDER = [/^val.?acc/i, /acc/i, /^val.?loss/i, /loss|entropy/i];

/** @param {string[]} tags @returns {string[]} */
export function inOrder(tags) {
  const rank = (tag) => {
    const at = ORDER.findIndex((pattern) => pattern.test(tag));
    return at < 0 ? ORDER.length : at;
  };
  return [...tags].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, undefined, { numeric: true }));
}
