/** Files for the user: what the page holds, or rows of the table as the server writes them. */
import { url } from './api.js';

/** @param {Blob} blob @param {string} name the file's name */
export function saveBlob(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Browsers start the download a moment after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Saves rows of the samples table.
 * @param {Int32Array|number[]} indices in the order in which they are written
 * @param {'csv'|'parquet'} format
 * @param {string} name the file's name without its ending
 * @returns {Promise<void>} throws an Error whose message is a sentence for the user
 */
export async function exportSamples(indices, format, name) {
  const response = await fetch(url(`api/export/${format}`), {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: Int32Array.from(indices),
  }).catch(() => null);
  if (!response) throw new Error('The file could not be made: the server does not answer.');
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    throw new Error(said.message ?? `The file could not be made (status ${response.status}).`);
  }
  saveBlob(await response.blob(), `${name}.${format}`);
}
