/** @param {HTMLElement} element the panel's place */
export function build(element) {}
