/**
 * How the components look in our page: small type, words that fit, the page's own light and dark.
 *
 * They were written for a white page of their own. One style sheet goes into the root of every element that they
 * are made of, whenever it comes to be.
 */

// In the dark everything is turned over, and the picture of the images turned back.
const TURN = 'filter: invert(1) hue-rotate(180deg);';

const RULES = `
  :host, input, text, label { font-family: Inter, system-ui, -apple-system, "Segoe UI", sans-serif !important; }
  input, label, paper-item { font-size: 12.5px !important; }
  :host(facets-dive) facets-dive-controls { height: 46px; border-color: #e3e6ea; }
  :host(facets-dive-controls) .main-controls { right: 140px; }
  :host(facets-dive-controls) .overflow-holder { right: 116px; width: 24px; }
  :host(facets-dive-controls) .overflow-holder paper-icon-button { width: 24px; padding: 8px 0; }
  :host(facets-dive-controls) .dropdown-holder { width: auto; max-width: 150px; flex: 1 1 70px; margin: 0 6px; }
  :host(facets-dive-controls) paper-input { flex: 0 0 34px; }
  :host(paper-input-container) { padding: 2px 0 !important; }
  @media (max-width: 760px) {
    :host(facets-dive) facets-dive-controls { height: 84px; }
    :host(facets-dive-controls) .main-controls { display: grid; grid-template: 41px 41px / repeat(4, minmax(0, 1fr)); gap: 0 12px; padding-left: 6px; right: 112px; }
    :host(facets-dive-controls) .overflow-holder { right: 92px; }
    :host(facets-dive-controls) .dropdown-holder { max-width: none; margin: 0; }
    :host(facets-dive-controls) paper-dropdown-menu { width: 100%; }
  }
  :host(facets-dive-controls) paper-item { --paper-item-min-height: 28px; }
  :host(facets-dive) .zoom-controls { display: flex; top: -42px; right: 6px; bottom: auto; left: auto; }
  :host(facets-dive) .zoom-controls paper-button { margin: 2px; padding: 4px; background: none; box-shadow: none; }
  :host(facets-dive) .zoom-controls paper-button:focus-visible { outline: 2px solid #2f5bea; }
  :host(facets-dive-vis) .label text { font-size: 13px; }
  :host(facets-dive-vis) .cell { fill: #f2f4f7; }
  :host(facets-overview) { display: block; height: 100%; overflow: auto; background: #fff; }
  :host(facets-overview) .feature-iron-list { max-height: none; }
  @media (prefers-color-scheme: dark) {
    :host(facets-dive), :host(facets-overview) { background: #e1e5eb; ${TURN} }
    :host(facets-dive-vis) canvas { ${TURN} }
    :host(facets-dive-vis) .cell { fill: #d5dbe3; }
  }
`;

const PAGE = `
  html, body, #facets { height: 100%; margin: 0; overflow: hidden; }
  #facets > [hidden] { display: none !important; }
`;

// The components' own words are cut off in a card of half a page.
const WORDS = {
  horizontalFacet: 'Columns by',
  verticalFacet: 'Rows by',
  colorBy: 'Colour by',
  imageFieldName: 'Show',
  horizontalPosition: 'Scatter x',
  verticalPosition: 'Scatter y',
};

function sheetOf(rules) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  return sheet;
}

/** Has every element that comes after this wear our style. */
export function dressAll() {
  const sheet = sheetOf(RULES);
  document.adoptedStyleSheets = [sheetOf(PAGE)];
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function attach(init) {
    const root = attachShadow.call(this, init);
    root.adoptedStyleSheets = [sheet];
    return root;
  };
}

/** @param {HTMLElement} dive shortens the words over its controls */
export function nameControls(dive) {
  const controls = dive.$.controls.$;
  for (const [id, label] of Object.entries(WORDS)) if (controls[id]) controls[id].label = label;
  const names = { zoomInButton: 'Zoom in', zoomOutButton: 'Zoom out', fitButton: 'Show everything' };
  for (const [id, title] of Object.entries(names)) {
    dive.$[id].title = title;
    dive.$[id].setAttribute('aria-label', title);
  }
}
