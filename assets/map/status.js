/** What a tile says about its layout: method and quality, or what it is waiting for, or what failed. */
import { methodName, spaceName } from '../shared/methods.js';
import { study } from '../shared/study.js';

const percent = (fraction) => `${Math.round(100 * fraction)} %`;

/** @returns {string} "t-SNE, trustworthiness 0.991", or "PCA, t-SNE 40 %" while the wanted one is on its way */
export function describeLayout(shown, space, method) {
  const parts = [];
  const state = study.layoutState(space, method);
  const running = state && !state.final ? ` ${percent(state.progress)}` : '';
  if (!shown) return '';
  if (shown.method !== method) {
    const failed = failure(space, method);
    parts.push(methodName(shown.method), failed ? `${methodName(method)} failed` : `${methodName(method)}${running || ' to come'}`);
  } else {
    parts.push(methodName(method) + running);
    if (state?.final && state.trustworthiness != null) parts.push(`trustworthiness ${state.trustworthiness.toFixed(3)}`);
  }
  const { n, total } = study.info;
  if (n < total) parts.push(`${n.toLocaleString('en')} of ${total.toLocaleString('en')} shown`);
  return parts.join(', ');
}

/** @returns {string} the sentence for a tile that has no layout to show */
export function describeWait(space, method) {
  const failed = failure(space, method) ?? failure(space, 'pca');
  if (failed) return failed.message || `${failed.title} failed.`;
  const running = study.health?.stages.find((stage) => stage.state === 'running');
  const progress = running ? ` (${running.title}${running.fraction > 0 ? `, ${percent(running.fraction)}` : ''})` : '';
  const what = space === null ? 'the hidden layer' : space === 'pixels' ? 'the pixels' : spaceName(space);
  return `Waiting for the projection of ${what}…${progress}`;
}

/** @returns {object|undefined} the failed stage that this layout depends on */
export function failure(space, method) {
  const failed = (study.health?.stages ?? []).filter((stage) => stage.state === 'failed');
  const own = failed.find(({ id }) => id === `${space}|${method}`);
  // The network comes before the projection of every layer, but not before that of the pixels.
  const before = failed.find(({ id }) => id === 'network' || id === 'forward');
  return own ?? (space === 'pixels' ? undefined : before);
}
