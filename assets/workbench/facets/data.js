/** What Facets shows, as the server has it: records with their pictures, and statistics. */
import { asBytes, ask } from '../../shared/ask.js';

/** As the server calls it in other columns. */
const NO_LABEL = 'no label';

/**
 * @param {Uint8Array|null} bits the samples asked for, a bit each; null for all
 * @returns {Promise<{records: object[], total: number, classes: string[], labelled: boolean, sprite: {width: number, height: number}, atlas: Blob}>}
 *   records and sprites in the same order, fewer than `total` where that is too many
 */
export async function fetchRecords(bits) {
  const options = asBytes(bits ?? new Uint8Array());
  const [described, atlas] = await Promise.all([
    ask('api/facets/records', options).then((response) => response.json()),
    ask('api/facets/atlas', options).then((response) => response.blob()),
  ]);
  return { ...described, records: assemble(described), atlas };
}

/** Columns to records; a value that is not known is left out, as Dive knows no other way to say so. */
function assemble({ columns, classes }) {
  const count = columns[0].values.length;
  const records = Array.from({ length: count }, () => ({}));
  for (const { name, kind, values } of columns) {
    for (let i = 0; i < count; i++) {
      if (values[i] !== null) records[i][name] = kind === 'class' ? classes[values[i]] ?? NO_LABEL : values[i];
    }
  }
  return records;
}

/** @returns {Promise<string>} statistics of all samples, the protocol buffer in base64 */
export async function fetchStatistics() {
  const bytes = new Uint8Array(await (await ask('api/facets/overview')).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
