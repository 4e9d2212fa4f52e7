/** What the graph asks of the server; what is still being worked out is asked for again. */
import { ask } from '../../shared/ask.js';
import { url } from '../../shared/api.js';

const SOON_MS = 500;
const LATER_MS = 2500;
// Asked so often soon, then less.
const HASTE = 12;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until the answer's state is "done" or "failed".
 * @param {string} path @param {object} [options] `query`; `wanted`: false once nobody waits; `heard`: called with each answer
 * @returns {Promise<object|null>} null where nobody waits any longer; throws Refusal
 */
async function follow(path, { query, wanted = () => true, heard = () => {} } = {}) {
  for (let turn = 0; wanted(); turn++) {
    const answer = await askCalmly(path, query);
    if (!wanted()) return null;
    heard(answer);
    if (answer.state === 'done' || answer.state === 'failed') return answer;
    await pause(turn < HASTE ? SOON_MS : LATER_MS);
  }
  return null;
}

/** An answer that is only early is a waiting one. */
async function askCalmly(path, query) {
  try {
    return await (await ask(path, { query })).json();
  } catch (error) {
    if (error.isEarly) return { state: 'waiting', message: error.message };
    throw error;
  }
}

export const fetchGraph = (heard) => follow('api/graph', { heard });

/** Times that are known already. @returns {Promise<object>} */
export const knownTimes = async () => (await ask('api/graph/times')).json();

/** Has every layer timed, and follows how far that is. */
export async function fetchTimes(heard) {
  await ask('api/graph/times', { method: 'POST' });
  return follow('api/graph/times', { heard });
}

const keyPath = (kind, key) => `api/graph/${kind}/${encodeURIComponent(key)}`;

export const fetchLayer = (key, options) => follow(keyPath('layer', key), options);

export const fetchMaps = (key, index, options) => follow(keyPath('maps', key), { query: { index }, ...options });

export const mapsUrl = (key, index) => url(`${keyPath('maps', key)}.png`, { index });
