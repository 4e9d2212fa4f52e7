/** One chart a task: between two of them the browser sees to the slider, which a dozen charts in one go would hold up. */

let last = Promise.resolve();

/** @returns {Promise<void>} resolves when it is the caller's turn */
export function turn() {
  last = last.then(() => new Promise((resolve) => setTimeout(resolve)));
  return last;
}

/** @returns {Promise<void>} resolves when all that wait now have had their turn */
export const turnsDone = () => turn();
