/** For tests and benchmarks: the charts of the page, and whether all that is in sight is drawn. */

const boards = new Map();
const charts = new Map();

/** @param {import('./board.js').Board} board */
export function registerBoard(board) {
  boards.set(board.tab, board);
}

/** @param {import('./chart.js').Chart} chart @returns {() => void} takes it off again */
export function registerChart(chart) {
  if (!charts.has(chart.board.tab)) charts.set(chart.board.tab, new Set());
  charts.get(chart.board.tab).add(chart);
  return () => charts.get(chart.board.tab).delete(chart);
}

window.innerviewCharts = {
  boards,
  /** @param {string} tab @returns {import('./chart.js').Chart[]} */
  of: (tab) => [...(charts.get(tab) ?? [])],
  /** @param {string} tab @returns {boolean} whether every chart in sight shows all its curves, as fine as they are wanted */
  isDone: (tab) => {
    const shown = [...(charts.get(tab) ?? [])].filter((chart) => chart.isVisible);
    return shown.length > 0 && boards.get(tab).feed.isDone && shown.every((chart) => chart.isDrawn);
  },
};
