/**
 * The shell of the page: following links between pages without loading anything anew, and what any element may carry:
 * `data-focus` looks at an image, `data-similar` asks for the images like it, `data-query` applies a query, `data-copy`
 * copies a text, `data-plot` saves a chart.
 *
 * A plain script, not a module: it names the page before anything is drawn.
 */
(() => {
  const PAGES = ['hard', 'confusion', 'curves', 'similar', 'network', 'epochs', 'training'];
  // Where there is no network, the page Training is all there is.
  const HOME = document.documentElement.dataset.home;

  const pageOf = (path) => (HOME === 'training' ? HOME : (PAGES.find((name) => path.endsWith(`/${name}`)) ?? HOME));

  function show() {
    const page = pageOf(location.pathname);
    document.documentElement.dataset.page = page;
    for (const link of document.querySelectorAll('nav a[data-page]')) {
      if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    dispatchEvent(new Event('innerview:page'));
    return page;
  }

  function go(path) {
    // The hash is the view on the maps; it goes along to every page.
    history.pushState(null, '', path + location.search + location.hash);
    window.dash_clientside.set_props('page', { data: show() });
  }

  function goTo(page) {
    const link = document.querySelector(`nav a[data-page="${page}"]`);
    if (link && pageOf(location.pathname) !== page) go(new URL(link.href).pathname);
  }

  function focus(index) {
    if (window.innerview?.hub) window.innerview.hub.setFocus(index);
    else window.dash_clientside.set_props('focus', { data: index });
    // The pages without the inspector.
    if (['network', 'training'].includes(pageOf(location.pathname))) goTo('explore');
  }

  function findSimilar(index) {
    window.innerview?.setAnchor(index);
    focus(index);
    goTo('similar');
  }

  const copied = new WeakMap();

  async function copy(button) {
    // A second click comes while the button still tells of the first.
    const before = copied.get(button)?.text ?? button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'copied';
    } catch {
      // Without a secure connection browsers refuse: select the text, so that the keyboard can copy it.
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = 'selected';
    }
    clearTimeout(copied.get(button)?.timer);
    const timer = setTimeout(() => {
      button.textContent = before;
      copied.delete(button);
    }, 1200);
    copied.set(button, { text: before, timer });
  }

  /** Saves a chart of Plotly's as it stands, dark on white: a figure ends in a paper or a message. */
  function savePlot({ plot, format }) {
    const chart = document.querySelector(`#${CSS.escape(plot)} .js-plotly-plot, #${CSS.escape(plot)}.js-plotly-plot`);
    if (!chart || !window.Plotly) return;
    const { width, height } = chart.getBoundingClientRect();
    const layout = { ...chart.layout, width, height, autosize: false, paper_bgcolor: '#fff', plot_bgcolor: '#fff' };
    layout.font = { ...layout.font, color: '#1b1f24', family: 'system-ui, sans-serif' };
    window.Plotly.downloadImage({ data: chart.data, layout }, { format, width, height, scale: format === 'png' ? 2 : 1, filename: `innerview-${plot}` });
  }

  const ACTIONS = {
    focus: (element) => focus(Number(element.dataset.focus)),
    similar: (element) => findSimilar(Number(element.dataset.similar)),
    query: (element) => window.innerview?.applyQuery(element.dataset.query),
    copy,
    plot: (element) => savePlot(element.dataset),
    // Not by following the link: the hash is the view on the maps.
    skip: (element) => document.getElementById(element.dataset.skip).focus(),
    page: (element) => go(new URL(element.href).pathname),
  };
  const SELECTOR = Object.keys(ACTIONS).map((name) => (name === 'page' ? 'a[data-page]' : `[data-${name}]`)).join(', ');

  document.addEventListener('click', (event) => {
    const target = event.target.closest?.(SELECTOR);
    if (!target) return;
    const name = Object.keys(ACTIONS).find((action) => target.dataset[action] !== undefined);
    if (name === 'page' && (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)) return;
    if (target.href) event.preventDefault();
    ACTIONS[name](target);
  });
  addEventListener('popstate', () => window.dash_clientside.set_props?.('page', { data: show() }));

  window.dash_clientside = { ...window.dash_clientside, shell: { start: show } };
  show();
})();
