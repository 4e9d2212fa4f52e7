/** @param {HTMLElement} element the tab's panel */
export function build(element) {}
