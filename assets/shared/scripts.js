/** Scripts that the server hands out when they are first needed. */
import { url } from './api.js';
import { AWAY, Refusal } from './ask.js';
import { make } from './dom.js';

const loading = new Map();

/** @param {string} path @returns {Promise<void>} once it has run; throws Refusal where the server is away, and may be asked again */
export function loadScript(path) {
  if (!loading.has(path)) loading.set(path, load(path));
  return loading.get(path);
}

function load(path) {
  return new Promise((resolve, reject) => {
    const script = make('script', { src: url(path) });
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => {
      loading.delete(path);
      script.remove();
      reject(new Refusal(AWAY, 0));
    });
    document.head.append(script);
  });
}
