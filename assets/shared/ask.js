/** Requests whose failure is a sentence for the user: the server's own, or that it is away. */
import { url } from './api.js';

export const AWAY = 'The server does not answer; is Innerview still running in the terminal?';

/** The server is away, or says no. */
export class Refusal extends Error {
  /** @param {string} sentence @param {number} status of the answer, 0 for none @param {object} said all that the server said */
  constructor(sentence, status, said = {}) {
    super(sentence);
    this.status = status;
    this.said = said;
  }

  get isAway() {
    return this.status === 0;
  }

  /** Whether what was asked for is only not there yet. */
  get isEarly() {
    return this.status === 409;
  }
}

/**
 * @param {string} path @param {object} [options] of fetch, and `query`: parameters of the address
 * @param {string} [otherwise] what is said where the server gives no reason, before the status
 * @returns {Promise<Response>} throws Refusal; an AbortError where the request was aborted
 */
export async function ask(path, { query, ...options } = {}, otherwise = 'The server could not answer') {
  let response;
  try {
    response = await fetch(url(path, query), { cache: 'no-store', ...options });
  } catch (error) {
    throw error.name === 'AbortError' ? error : new Refusal(AWAY, 0);
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refusal(said.message ?? `${otherwise} (status ${response.status}).`, response.status, said);
}

/** @returns {object} options of a request that sends JSON */
export const asJson = (value) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });

/** @returns {object} options of a request that sends bytes */
export const asBytes = (body) => ({ method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body });
