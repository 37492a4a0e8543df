// The page's entries in the browser's history. All carry the same: what a reload needs, and as query the look in the viewer.
// Each has its tab as fragment (the first one has none), so that Back leads to the tab before, and a link to a tab opens it.
(() => {
  let kept = history.state ?? {};
  let query = location.search;
  let shown = null; // the tab of the entry; null until the page has its tabs

  const tabs = () => [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab]")];
  const nameOf = (tab) => tab?.dataset.tabId;
  const asked = () => tabs().find((tab) => nameOf(tab) === location.hash.slice(1)) ?? tabs()[0];

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

  function openAsked() {
    const tab = asked();
    shown = nameOf(tab);
    write("replaceState"); // an older entry has an older look
    if (tab?.ariaSelected === "false") tab.click();
  }

  function follow() {
    const opened = nameOf(tabs().find((tab) => tab.ariaSelected === "true"));
    if (!opened || opened === shown) return; // none: it is in Gradio's menu of tabs that have no room
    if (shown === null) return openAsked();
    shown = opened;
    write("pushState");
  }

  addEventListener("popstate", openAsked);
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
})();
