/** The server's HTTP interface; arrays come as bytes and stay typed arrays. Little-endian on both sides. */

// The scripts lie in assets/map/, so the application's base is two up: this holds behind a proxy's base path.
const BASE = new URL('../../', import.meta.url);
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** @param {string} path @param {Object<string, string>} [query] @returns {string} */
export function url(path, query) {
  const address = new URL(path, BASE);
  for (const [name, value] of Object.entries(query ?? {})) address.searchParams.set(name, value);
  return address.href;
}

/** @param {number} index @param {number} [side] at most so many pixels a side; the image itself without */
export const imageUrl = (index, side) => url(`api/image/${index}.png`, side ? { side } : {});

async function request(address, options) {
  const response = await fetch(address, { cache: 'no-store', ...options });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${response.status} from ${address}`);
  return response;
}

/** @returns {Promise<object>} stages, layouts, and what is known by now */
export async function fetchHealth() {
  const response = await request(url('health'), { signal: AbortSignal.timeout(8000) });
  if (!response) throw new Error('no health');
  return response.json();
}

/** @returns {Promise<object|null>} */
export const fetchStudy = async () => (await request(url('api/study')))?.json() ?? null;

/** @returns {Promise<Float32Array|Int32Array|Uint8Array|null>} (N,); null until the server knows it */
export async function fetchColumn(name) {
  const response = await request(url('api/column', { name }));
  if (!response) return null;
  const Type = ARRAYS[response.headers.get('X-Dtype')] ?? Float32Array;
  return new Type(await response.arrayBuffer());
}

/** @returns {Promise<{points: Float32Array, version: number, final: boolean}|null>} points (N * 2): x0, y0, x1, ... */
export async function fetchLayout(space, method) {
  const response = await request(url('api/layout', { space, method }));
  if (!response) return null;
  return {
    points: new Float32Array(await response.arrayBuffer()),
    version: Number(response.headers.get('X-Version')),
    final: response.headers.get('X-Final') === '1',
  };
}

export const askForLayout = (space, method) =>
  fetch(url('api/layout', { space, method }), { method: 'POST' }).catch(() => {});

/** @param {Int32Array} indices (n,) @returns {Promise<Uint8Array|null>} (n * height * width * channels) */
export async function fetchThumbnails(indices) {
  const response = await request(url('api/thumbnails'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: indices,
  });
  return response && new Uint8Array(await response.arrayBuffer());
}
