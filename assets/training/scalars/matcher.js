/** Tries a regular expression on tags, in a thread of its own: an expression that never ends is ended from outside. */

addEventListener('message', ({ data: { pattern, tags } }) => {
  try {
    const expression = new RegExp(pattern, 'i');
    postMessage({ found: tags.filter((tag) => expression.test(tag)) });
  } catch (error) {
    postMessage({ mistake: error.message });
  }
});
