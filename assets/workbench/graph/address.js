/** Which blocks are open, in the address: `#open=conv2,conv3`. The other parts are others' (assets/shared/address.js). */

const KEY = 'open';
// Some browsers and chats cut longer addresses.
const LONGEST = 1500;
const PAUSE_MS = 250;

const parts = () => location.hash.replace(/^#/, '').split('&').filter(Boolean);

/** @returns {string[]|null} ids, which anyone may have written; null where the address says nothing */
export function openInAddress() {
  const part = parts().find((one) => one.startsWith(`${KEY}=`));
  if (part === undefined) return null;
  try {
    return part.slice(KEY.length + 1).split(',').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** @param {import('./view.js').GraphView} view emits "opened" */
export function keepInAddress(view) {
  const initial = [...view.open].sort().join();
  let timer = 0;
  const write = () => {
    const text = [...view.open].map(encodeURIComponent).join(',');
    const isSaid = text.length <= LONGEST && ([...view.open].sort().join() !== initial || openInAddress() !== null);
    const hash = [...parts().filter((part) => !part.startsWith(`${KEY}=`)), ...(isSaid ? [`${KEY}=${text}`] : [])].join('&');
    history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
  };
  view.on('opened', () => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE_MS);
  });
}
