/**
 * What tests/browser/pages.py asks of a page that tests share: when it is at rest, what state it is in, and to go back
 * to its first state. Loaded before the page's own scripts.
 */
window.sharedPage = (() => {
  // The grid makes its rows anew as it likes: its own interface is asked instead.
  const GRID = '.table-grid';
  // How far the server is, and what Plotly measures texts with.
  const UNWATCHED = `${GRID}, #stages, #js-plotly-tester, script, style, option`;
  // A drawing is told by its texts and by the number of its shapes.
  const SHAPES = 'path, rect, circle, line, image, text';
  const DRAWN = ['style', 'src'];
  // Which the matrix keeps until the pointer comes back.
  const POINTED = ' on-heading';

  // An answer that was on its way may come after the page has been put back.
  const TRIES = 6;
  const PATIENCE_MS = 2000;

  const isWatched = (element) => !element.closest(`${GRID}, [popover]`);
  const valueOf = (control) => (['checkbox', 'radio'].includes(control.type) ? control.checked : control.value);
  const controls = () => [...document.querySelectorAll('input:not([type=file]), select, textarea')].filter(isWatched);
  const pause = (ms = 30) => new Promise((go) => setTimeout(go, ms));

  /** Resolves when nothing is computed, on its way or moving; throws where that takes too long. */
  const rest = (patience) => Promise.race([quiet(), pause(patience).then(() => Promise.reject(new Error('no rest')))]);

  async function quiet() {
    await innerview.ready;
    const { study, tiles } = innerview;
    const firstRow = () => document.querySelector(`${GRID} .ag-row[row-index="0"] [col-id=index]`)?.textContent;
    const isFilled = () => !document.querySelector(GRID)?.clientHeight || (innerview.table?.count && firstRow());
    const isDrawn = (tile) => tile.settledLayout && !tile.stale;
    while (study.isBusy() || !tiles.every(isDrawn) || !isFilled()) await pause();
    await Promise.all(tiles.map((tile) => tile.settled()));
  }

  /** Everything visible, an element a line: its tag and attributes, its own text, how far it is scrolled. */
  function outline(element, lines = []) {
    if (element.matches(UNWATCHED) || !element.checkVisibility({ visibilityProperty: true })) return lines;
    const attributes = [...element.attributes].filter(({ name }) => !DRAWN.includes(name)).map(({ name, value }) => `${name}=${value.replace(POINTED, '')}`);
    const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data);
    const scrolled = [element.scrollLeft, element.scrollTop].map(Math.round);
    if (element instanceof SVGElement) {
      lines.push(`svg ${element.querySelectorAll(SHAPES).length} ${element.textContent}`);
      return lines;
    }
    lines.push([element.tagName, ...attributes, ...text, scrolled].join(' '));
    for (const child of element.children) outline(child, lines);
    return lines;
  }

  const plain = (_, value) => (value instanceof Set ? [...value] : ArrayBuffer.isView(value) ? value.length : value);
  const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);

  function tileState({ view, field, chosenSpace, shown, layout, regions }) {
    const camera = view.camera && { ...view.camera.view, atHome: view.camera.atHome };
    return [field, chosenSpace, shown, JSON.stringify([camera, layout?.placement], rounded), regions?.on];
  }

  function tableState({ api, view, count, only, mistake }) {
    const rows = document.querySelector(`${GRID} .ag-body-viewport`)?.scrollTop;
    const columns = document.querySelector(`${GRID} .ag-center-cols-viewport`)?.scrollLeft;
    const cell = api.getFocusedCell()?.rowIndex;
    const open = document.querySelectorAll('.ag-popup .ag-popup-child').length;
    return [view, count, only, mistake, api.getColumnState(), api.getFilterModel(), rows, columns, cell, open];
  }

  /** @returns {Object<string, string>} two pages in the same state give the same */
  function state() {
    const { hub, study, tiles, hard, table } = innerview;
    const kept = [localStorage, sessionStorage].map((storage) => Object.entries(storage).sort());
    // An emptied pool is none.
    kept[1] = kept[1].filter(([, value]) => !value.startsWith('{"images":[],'));
    const { activeElement: active, documentElement: root } = document;
    const parts = {
      hub,
      address: location.href,
      kept,
      online: study.online,
      tiles: [...tiles, ...(hard ? [hard.tile] : [])].map(tileState),
      table: table && tableState(table),
      controls: controls().map(valueOf),
      open: [...document.querySelectorAll('details[open], dialog[open], :popover-open')].map((one) => one.className),
      // Some tests answer in the server's place.
      fetch: String(window.fetch),
      keyboard: `${active.tagName} ${active.id} ${active.className}`,
      window: [innerWidth, innerHeight, devicePixelRatio, matchMedia('(prefers-color-scheme: dark)').matches],
      root: [root.className, root.dataset.page, root.style.cssText],
      seen: outline(document.body),
    };
    return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, JSON.stringify(part, plain)]));
  }

  /** @returns {string[]} in what the page is another than at first */
  function differing(first) {
    const now = state();
    return Object.keys(now).filter((name) => now[name] !== first[name]);
  }

  /** @returns {Promise<string[]>} in what the page is still another than at first, after some patience */
  async function putBack(first) {
    // A panel was opened that was not there; nothing takes it away.
    if (controls().length !== JSON.parse(first.controls).length) return ['panels'];
    await undo(Object.fromEntries(Object.entries(first).map(([name, part]) => [name, JSON.parse(part)])));
    for (let tries = 1; ; tries++) {
      // The pages that were hidden meanwhile lay themselves out.
      await new Promise(requestAnimationFrame);
      unscroll();
      await rest(PATIENCE_MS).catch(() => {});
      const left = differing(first);
      if (!left.length || tries === TRIES) return left;
      await pause(100);
    }
  }

  /** By what the page offers to everybody; what is not undone by that shows in its state. */
  async function undo({ hub: before, address, controls: values, table: grid, kept }) {
    const { hub, tiles, table, hard } = innerview;
    const press = (selector) => document.querySelectorAll(selector).forEach((button) => button.click());
    for (const open of document.querySelectorAll(':popover-open')) open.hidePopover();
    for (const open of document.querySelectorAll('dialog[open]')) open.close();
    press('.pool-all:not([hidden]) .pool-close, .map-tool[aria-pressed=true]');
    if (location.pathname !== new URL(address).pathname) press(`nav a[data-page="${before.page}"]`);
    await innerview.applyQuery('');
    hub.setSelection(null);
    hub.setFocus(before.focus);
    hub.setHover(null);
    hub.setAnchor(before.anchor);
    hub.setGuest(null);
    hub.setLayer(before.layer);
    hub.setMethod(before.method);
    for (const field of Object.keys(hub.hidden)) hub.setHidden(field, before.hidden[field]);
    Object.assign(hub, { origin: before.origin, mistake: before.mistake });
    press('.querybar button[aria-label="Clear the query"]:not([hidden])');
    // As a person would change them.
    controls().forEach((control, k) => set(control, values[k]));
    for (const { view } of [...tiles, ...(hard ? [hard.tile] : [])]) if (view.camera && !view.camera.atHome) view.reset();
    if (table) undoTable(table, grid);
    press('.pool-tools [aria-label="Clear the pool"]:not(:disabled)');
    press('.pool-note:not([hidden]) [aria-label=Dismiss]');
    [localStorage, sessionStorage].forEach((storage, k) => {
      storage.clear();
      for (const [key, value] of kept[k]) storage.setItem(key, value);
    });
    startKeysAtTop();
  }

  function set(control, value) {
    if (valueOf(control) === value) return;
    if (typeof value === 'boolean') control.checked = value;
    else control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true }));
    control.dispatchEvent(new Event('change', { bubbles: true }));
  }

  function undoTable(table, [, , , , columns, filters]) {
    const { api, checks } = table;
    api.hidePopupMenu();
    if (Object.keys(api.getFilterModel()).length) api.setFilterModel(filters);
    if (JSON.stringify(api.getColumnState()) !== JSON.stringify(columns)) api.applyColumnState({ state: columns, applyOrder: true });
    api.clearFocusedCell();
    checks.start(0);
    // Rows of a selection may be on their way.
    table.reload();
  }

  /** The next Tab begins at the top, and not where a test has left it. */
  function startKeysAtTop() {
    const top = document.createElement('span');
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus({ preventScroll: true });
    top.remove();
  }

  function unscroll() {
    for (const element of document.querySelectorAll('*')) {
      if (element.scrollTop || element.scrollLeft) element.scrollTo(0, 0);
    }
    if (innerview.table?.count) innerview.table.api.ensureIndexVisible(0, 'top');
  }

  return { rest, state, putBack };
})();
