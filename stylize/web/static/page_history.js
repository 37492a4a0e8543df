// The page's entries in the browser's history. All carry the same: what a reload needs, and as query the look in the viewer.
// Each has its tab as fragment (the first one has none), so that Back leads to the tab before, and a link to a tab opens it.
(() => {
  let kept = history.state ?? {};
  let query = location.search;
  let shown = null; // the tab of the entry; null until the page has its tabs

  const tabs = () => [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab]")];
  const nameOf = (tab) => tab?.dataset.tabId;
  const opened = () => tabs().find((tab) => tab.ariaSelected === "true");
  // Undefined where the fragment is that of a part of the tab that is open.
  const asked = () => (location.hash ? tabs().find((tab) => `#${nameOf(tab)}` === location.hash) : tabs()[0]);

  function write(method) {
    const fragment = shown === null ? location.hash : shown === nameOf(tabs()[0]) ? "" : `#${shown}`;
    history[method](kept, "", location.pathname + query + fragment);
  }

  window.stylize.remember = (changes) => {
    kept = { ...kept, ...changes };
    write("replaceState");
  };
  window.stylize.followLook = (text) => {
    query = text ? `?${text}` : ""; // empty for a style that nobody else has
    write("replaceState");
  };

  // As if its button had been clicked, or its line in Gradio's menu of tabs that have no room: of a tab that the server opens,
  // Gradio leaves the lists empty.
  window.stylize.openTab = (name) => {
    const title = window.stylize.translate(`tab_${name}`);
    const lines = [...document.querySelectorAll("#tabs > .tab-wrapper .overflow-dropdown button")];
    (tabs().find((tab) => nameOf(tab) === name) ?? lines.find((line) => line.textContent.trim() === title))?.click();
    scrollTo(0, 0);
  };

  function openAsked() {
    const tab = asked();
    shown = nameOf(tab ?? opened()) ?? null;
    if (!tab) return;
    write("replaceState"); // an older entry has an older look
    if (tab.ariaSelected === "false") tab.click();
  }

  function follow() {
    const name = nameOf(opened());
    if (!name || name === shown) return; // none: it is in Gradio's menu of tabs that have no room
    if (shown === null) return openAsked();
    shown = name;
    write("pushState");
  }

  addEventListener("popstate", openAsked);
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
})();
