/** Names of spaces and methods as people write them. */
import { study } from './study.js';

const METHODS = { pca: 'PCA', tsne: 't-SNE', umap: 'UMAP' };

export const methodName = (method) => METHODS[method] ?? method;

/** @param {string|null} space "pixels" or a layer's key */
export function spaceName(space) {
  if (space === null) return 'hidden layer';
  if (space === 'pixels') return 'Pixels';
  return study.info?.layers?.find((layer) => layer.key === space)?.name ?? space;
}

/** @returns {string} "dense (128)" */
export const layerLabel = (layer) => (layer.units ? `${layer.name} (${layer.units})` : layer.name);
