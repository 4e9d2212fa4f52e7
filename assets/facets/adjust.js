/** What Facets Dive does badly for a confusion matrix, done better. It is the last version that was made: 1.8.1. */

/**
 * @param {HTMLElement} dive
 * @param {string[]} classes their names, in the order of the dataset
 * @param {string[]} fields the columns that hold such names
 */
export function adjust(dive, classes, fields) {
  const { _backing: backing } = dive.$.vis;
  chooseNothing(backing);
  keepClassOrder(backing, classes, fields);
  fillViewport(backing);
}

/**
 * Left alone, the component picks a column to colour by and one to write on the items before their pictures arrive:
 * it draws 10,000 words that nobody reads, and lays out a grid that is not there yet.
 */
function chooseNothing(backing) {
  Object.assign(backing, { pickColorByField() {}, pickTextDrawingField() {} });
}

/** The component sorts by the alphabet, where class 10 comes before class 2. */
function keepClassOrder(backing, classes, fields) {
  const arrange = backing.generateFacetingInfo;
  const ranks = new Map(classes.map((name, rank) => [name, rank]));
  const rank = (name) => ranks.get(name) ?? classes.length;
  // Asked with the field, its buckets, whether its words are bags, and whether it makes rows, which count from below.
  backing.generateFacetingInfo = (field, buckets, bags, makesRows) => {
    const info = arrange.call(backing, field, buckets, bags, makesRows);
    if (!fields.includes(field)) return info;
    const turn = makesRows ? -1 : 1;
    return { ...info, keyCompareFunction: (a, b) => turn * (rank(a) - rank(b)) };
  };
}

/**
 * The component takes the longest row for the width of the grid, which holds while no cell is empty. Most cells of a
 * confusion matrix are: one of 100 classes came out as a flat line.
 */
function fillViewport(backing) {
  const build = backing.initializeSpriteMesh;
  backing.initializeSpriteMesh = () => {
    build.call(backing);
    backing.grid.computeGridAspectRatio = aspectOfGrid;
  };
}

/** Width over height of the whole grid, for cells of this aspect; a method of the component's grid. */
function aspectOfGrid(aspect) {
  const widths = new Map();
  const heights = new Map();
  for (const { verticalKey, horizontalKey, items } of Object.values(this.cells)) {
    const [width, height] = this.computeCellDimensions(aspect, items.length);
    widths.set(horizontalKey, Math.max(width, widths.get(horizontalKey) ?? 0));
    heights.set(verticalKey, Math.max(height, heights.get(verticalKey) ?? 0));
  }
  const margin = this.cellMargin * this.itemAspectRatio;
  return length(widths, margin) / length(heights, margin);
}

const length = (sizes, margin) => [...sizes.values()].reduce((sum, size) => sum + size, 0) + margin * (sizes.size - 1);
