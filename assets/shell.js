/**
 * The shell of the page: following links between pages without loading anything anew, and the buttons
 * that any panel may have: `data-focus` looks at an image, `data-copy` copies a text.
 *
 * A plain script, not a module: it names the page before anything is drawn.
 */
(() => {
  const PAGES = ['network'];

  const pageOf = (path) => PAGES.find((name) => path.endsWith(`/${name}`)) ?? 'explore';

  function show() {
    const page = pageOf(location.pathname);
    document.documentElement.dataset.page = page;
    for (const link of document.querySelectorAll('nav a[data-page]')) {
      if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    return page;
  }

  function go(path) {
    // The hash is the view on the maps; it goes along to every page.
    history.pushState(null, '', path + location.search + location.hash);
    window.dash_clientside.set_props('page', { data: show() });
  }

  function focus(index) {
    if (window.innerview?.hub) window.innerview.hub.setFocus(index);
    else window.dash_clientside.set_props('focus', { data: index });
    const explore = document.querySelector('nav a[data-page="explore"]');
    if (explore && pageOf(location.pathname) !== 'explore') go(new URL(explore.href).pathname);
  }

  async function copy(button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'copied';
    } catch {
      // Without a secure connection browsers refuse: select the text, so that the keyboard can copy it.
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = 'selected';
    }
    setTimeout(() => (button.textContent = before), 1200);
  }

  document.addEventListener('click', (event) => {
    const target = event.target.closest?.('a[data-page], [data-focus], [data-copy], [data-skip]');
    if (!target) return;
    if (target.dataset.focus !== undefined) focus(Number(target.dataset.focus));
    else if (target.dataset.copy !== undefined) copy(target);
    else if (target.dataset.skip) {
      // Not by following the link: the hash is the view on the maps.
      event.preventDefault();
      document.getElementById(target.dataset.skip).focus();
    }
    else if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(new URL(target.href).pathname);
    }
  });
  addEventListener('popstate', () => window.dash_clientside.set_props?.('page', { data: show() }));

  window.dash_clientside = { ...window.dash_clientside, shell: { start: show } };
  show();
})();
