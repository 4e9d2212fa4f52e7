/** The look of the graph, in the page's own colours. */
import { css, themeColor } from '../../shared/colors.js';

const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", sans-serif';

const mix = (one, other, share) => css(one.map((value, k) => Math.round(value + (other[k] - value) * share)));

/** @param {Element} element whose theme it is @returns {object[]} as the library takes it */
export function makeSheet(element) {
  const [ink, mute, line, card, accent, bg] = ['--ink', '--mute', '--line', '--card', '--accent', '--bg'].map((name) => themeColor(element, name));
  const bar = mix(card, accent, 0.3);
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 'data(width)',
        height: 'data(height)',
        'background-color': css(card),
        'border-width': 1,
        'border-color': mix(line, mute, 0.35),
        'font-family': FONT,
        'font-size': 12,
        color: css(ink),
        'text-valign': 'center',
        'text-halign': 'center',
        'text-wrap': 'wrap',
        'text-max-width': 400,
        'line-height': 1.25,
        'min-zoomed-font-size': 5,
        'overlay-opacity': 0,
        'z-index-compare': 'manual',
        'z-index': 30,
      },
    },
    {
      selector: 'node[share > 0]',
      style: {
        'background-fill': 'linear-gradient',
        'background-gradient-direction': 'to-right',
        'background-gradient-stop-colors': [bar, bar, css(card), css(card)],
        'background-gradient-stop-positions': (node) => [0, node.data('share'), node.data('share'), 100].map((at) => `${at}%`),
      },
    },
    { selector: '.node', style: { label: 'data(label)' } },
    { selector: '.input', style: { 'background-color': css(bg), 'border-style': 'dashed', 'border-color': css(mute) } },
    // A stack of layers that can be unfolded.
    { selector: '.block', style: { 'border-width': 4, 'border-style': 'double', 'border-color': mix(line, mute, 0.7) } },
    {
      selector: '.open',
      style: { 'background-color': mix(card, ink, 0.028), 'border-color': mix(line, mute, 0.3), events: 'no', 'z-index': 'data(depth)' },
    },
    {
      selector: '.heading',
      style: {
        label: 'data(label)',
        // Lines that lead into the block pass behind its name.
        'background-color': mix(card, ink, 0.028),
        'border-width': 0,
        'font-weight': 600,
        color: css(mute),
        'text-halign': 'center',
      },
    },
    { selector: '.hovered', style: { 'border-color': css(accent) } },
    { selector: '.heading.hovered', style: { color: css(accent) } },
    { selector: '.chosen', style: { 'border-color': css(accent), 'border-width': 2.5, 'border-style': 'solid' } },
    { selector: '.heading.chosen', style: { 'border-width': 0, color: css(accent) } },
    { selector: '.current', style: { 'outline-color': css(accent), 'outline-width': 2, 'outline-offset': 3, 'outline-style': 'dashed' } },
    {
      selector: 'edge',
      style: {
        width: 1.4,
        'line-color': mix(line, mute, 0.5),
        'target-arrow-color': mix(line, mute, 0.5),
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.75,
        'curve-style': 'straight',
        'source-endpoint': '0 50%',
        'target-endpoint': '0 -50%',
        'font-family': FONT,
        'font-size': 10,
        color: css(mute),
        'text-wrap': 'wrap',
        'min-zoomed-font-size': 7,
        'overlay-opacity': 0,
        events: 'no',
        'z-index-compare': 'manual',
        'z-index': 20,
      },
    },
    {
      // Along its line: beside it there may be nodes.
      selector: 'edge[label]',
      style: {
        label: 'data(label)',
        'text-rotation': 'autorotate',
        'text-background-color': css(card),
        'text-background-opacity': 0.9,
        'text-background-padding': 2,
      },
    },
    { selector: 'edge[first]', style: { 'source-label': 'data(first)', 'source-text-margin-x': 'data(aside)', 'source-text-offset': 13 } },
    {
      selector: 'edge[weights]',
      style: {
        'curve-style': 'unbundled-bezier',
        'edge-distances': 'node-position',
        'control-point-weights': 'data(weights)',
        'control-point-distances': 'data(distances)',
      },
    },
    { selector: 'edge.lit', style: { width: 2.4, 'line-color': css(accent), 'target-arrow-color': css(accent), 'z-index': 25 } },
    { selector: '.measure', style: { width: 'data(width)', height: 'data(height)', 'border-width': 0, shape: 'rectangle' } },
  ];
}
