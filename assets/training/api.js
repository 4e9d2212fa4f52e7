/** What the page Training asks the server; docs of the routes are in views/training/. */
import { url } from '../shared/api.js';

/** An answer that is a sentence for the user. */
export class Refused extends Error {
  /** @param {number} status @param {{message: string, start?: number, end?: number}} answer */
  constructor(status, answer) {
    super(answer.message);
    this.status = status;
    Object.assign(this, answer);
  }
}

/** @returns {boolean} whether the server is away, or its store lost: either may be back in a moment */
export const isLost = (error) => !(error instanceof Refused) || error.status > 500;

/** @returns {Promise<Response>} the same @throws {Refused} with what the server says, where it says no */
export async function answered(response) {
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({ message: `The server answered ${response.status}.` }));
  throw new Refused(response.status, answer);
}

/** @param {string} path below api/training/ @param {Object<string, string>} query @returns {Promise<any>} */
export async function ask(path, query = {}, signal) {
  const response = await fetch(url(`api/training/${path}`, query), { cache: 'no-store', signal });
  return (await answered(response)).json();
}

/** @param {string} path below api/training/ @param {object} body @returns {Promise<any>} */
export async function tell(path, query, body, signal) {
  return (await send(path, query, body, signal)).json();
}

/** As `tell`, but the answer is bytes: a header in JSON, and arrays. @returns {Promise<{header: object, arrays: Float64Array}>} */
export async function askForArrays(path, query, body, signal) {
  const buffer = await (await send(path, query, body, signal)).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, arrays: new Float64Array(buffer, Math.ceil((4 + length) / 8) * 8) };
}

async function send(path, query, body, signal) {
  const headers = { 'Content-Type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify(body), cache: 'no-store', signal };
  return answered(await fetch(url(`api/training/${path}`, query), options));
}
