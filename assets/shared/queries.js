/** Typed queries: counted while they are typed, and applied to everything that the page shows. */
import { ask, asJson, AWAY, Refusal } from './ask.js';
import { unpack } from './bits.js';
import { hub } from './hub.js';
import { study } from './study.js';

/** A query that the server does not take: a sentence, and the characters that it is about. */
export class QueryMistake extends Error {
  /**
   * @param {string} message @param {number} start @param {number} end characters of the query, `end` not included
   * @param {boolean} later whether the server will take it when it has computed more
   */
  constructor(message, start = 0, end = 0, later = false) {
    super(message);
    this.later = later;
    this.start = start;
    this.end = end;
  }
}

async function send(path, query, signal) {
  try {
    return await ask(path, { ...asJson({ query }), signal }, 'The server could not take this query');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new QueryMistake(error.message, error.said.start, error.said.end, error.said.later);
  }
}

/**
 * @param {string} query @param {AbortSignal} [signal]
 * @returns {Promise<{count: number}>} how many samples it finds; throws QueryMistake
 */
export async function countQuery(query, signal) {
  return (await send('api/query', query, signal)).json();
}

let latest = 0;
/** The query that is on its way. */
let coming = null;

/** @returns {string} the query that is on its way, or else the one that is applied: what the next step goes on from */
export const wantedQuery = () => coming ?? hub.query;

/**
 * Filters the table by a query and selects what it finds, everywhere; '' shows all again.
 * @param {string} text
 * @returns {Promise<{count: number}>} throws QueryMistake, and leaves everything as it was
 */
export async function applyQuery(text) {
  const query = text.trim();
  const turn = ++latest;
  coming = query || null;
  if (!query) {
    clearQuery();
    return { count: study.n };
  }
  try {
    const { mask, count } = await fetchRows(query);
    // Another query was applied while this one was on its way.
    if (turn !== latest) return { count };
    coming = null;
    hub.setSelection(mask, 'query');
    hub.setQuery(query);
    return { count };
  } finally {
    if (turn === latest) coming = null;
  }
}

async function fetchRows(query) {
  const response = await send('api/query/rows', query);
  const bits = await response.arrayBuffer().catch(() => {
    throw new QueryMistake(AWAY);
  });
  return { mask: unpack(new Uint8Array(bits), study.n), count: Number(response.headers.get('X-Count')) };
}

function clearQuery() {
  const was = hub.query;
  if (hub.origin === 'query') hub.setSelection(null, 'query');
  if (was) hub.setQuery('');
}

/** A selection made by hand is not what the query found, unless it was made among its rows in the table. */
export function dropOutdatedQueries() {
  hub.on('selection', () => {
    if (hub.origin === 'query' || hub.origin === 'table') return;
    latest++;
    coming = null;
    hub.setQuery('');
  });
}

/** Resolves once the samples are measured: what the address asks for may come before that. */
export function whenMeasured() {
  return new Promise((resolve) => {
    const off = study.on('health', look);
    function look() {
      if (!study.health?.samples) return;
      off();
      resolve();
    }
    look();
  });
}

/** Resolves once the samples have further columns, or the epochs that bring them cannot be run. */
export function whenGrown() {
  const { columns } = study.health;
  return new Promise((resolve) => {
    const off = study.on('health', () => {
      const failed = study.health.stages.some(({ id, state }) => id === 'ask|epochs' && state === 'failed');
      if (study.health.columns === columns && !failed) return;
      off();
      resolve();
    });
  });
}
