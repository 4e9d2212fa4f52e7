/** The epoch in the address, so that it can be sent to a colleague: `#epoch=3`. */

const NAME = 'epoch';
const PAUSE_MS = 300;

/**
 * @param {import('./history.js').History} history
 * @param {import('../../training/media/steps.js').Steps} player
 */
export function mirrorEpoch(history, player) {
  const read = () => {
    const found = /(?:^#?|&)epoch=(\d{1,9})(?:&|$)/.exec(location.hash);
    const position = found ? history.epochs.findIndex(({ epoch }) => epoch === Number(found[1])) : -1;
    if (position >= 0) player.go(position);
  };
  let timer = 0;
  player.on('step', () => {
    clearTimeout(timer);
    // Not while it plays: browsers limit how often the history may be written.
    timer = setTimeout(() => player.playing || write(history.epochs[player.step]?.epoch), PAUSE_MS);
  });
  addEventListener('hashchange', read);
  read();
}

/** @param {number|undefined} epoch */
function write(epoch) {
  const others = location.hash.replace(/^#/, '').split('&').filter((part) => part && !part.startsWith(`${NAME}=`));
  const hash = [...others, ...(epoch === undefined ? [] : [`${NAME}=${epoch}`])].join('&');
  window.history.replaceState(window.history.state, '', hash ? `#${hash}` : location.pathname + location.search);
}
