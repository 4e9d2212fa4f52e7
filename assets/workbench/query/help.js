/** What the server tells of queries on this study: columns, and examples that find something. */
import { url } from '../../shared/api.js';

let help = null;

/**
 * @returns {Promise<{columns: {name: string, kind: string, about: string, unit: string, class_names: string[]}[],
 *   examples: {query: string, title: string, count: number}[]}>} fetched once; there must be samples
 */
export function queryHelp() {
  help ??= fetchHelp().catch((error) => {
    help = null;
    throw error;
  });
  return help;
}

async function fetchHelp() {
  const response = await fetch(url('api/query/help'), { cache: 'no-store' });
  if (!response.ok) throw new Error(`The columns could not be read (status ${response.status}).`);
  return response.json();
}
