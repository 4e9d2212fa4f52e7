/** What the charts of this page share: their frame as Plotly takes it. */
import { css, themeColor } from '../../shared/colors.js';

export const CONFIG = { displayModeBar: false, showAxisDragHandles: false, showTips: false, responsive: false, doubleClick: 'reset' };
/** Pixels round the plot. */
export const MARGIN = { l: 46, r: 10, t: 6, b: 34 };

/**
 * @param {{width: number, height: number, axes: string[], ranges: number[][], element: Element}} options titles and
 *   ranges of x and y; the element gives the theme's colours
 * @returns {object} Plotly's layout
 */
export function frame({ width, height, axes, ranges, element }) {
  const color = (name) => css(themeColor(element, name));
  const axis = (k) => ({
    title: { text: axes[k], standoff: 4, font: { size: 11 } },
    range: ranges[k],
    zeroline: false,
    showline: false,
    gridcolor: color('--line'),
    gridwidth: 1,
    ticks: '',
    nticks: 6,
  });
  return {
    width,
    height,
    margin: MARGIN,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { size: 11, family: 'inherit', color: color('--mute') },
    showlegend: false,
    dragmode: 'zoom',
    xaxis: axis(0),
    yaxis: axis(1),
  };
}
