// The visitor's language, and the texts of HTML that Gradio does not translate.
(() => {
  const { default: fallback, catalogs } = window.stylizeCatalogs;

  // As locale/negotiation.py chooses it for the server: a bare language behind a regional one is passed over.
  function negotiate(wanted) {
    const regional = new Set();
    for (const tag of wanted.map((one) => one.toLowerCase())) {
      const [primary, ...rest] = tag.split("-");
      if (!rest.length && regional.has(primary)) continue;
      for (const [language, { ranges }] of Object.entries(catalogs)) {
        const serves = (range) => new RegExp(`^${range.toLowerCase().replaceAll("*", ".*")}$`).test(tag);
        if (ranges.some(serves)) return language;
      }
      if (rest.length) regional.add(primary);
    }
    return fallback;
  }

  const language = negotiate(navigator.languages?.length ? navigator.languages : [navigator.language || fallback]);
  // Gradio asks the browser as well; its own messages shall be in the language of the rest, or in English with it.
  Object.defineProperty(navigator, "language", { get: () => language });
  document.documentElement.lang = language;

  const isTouched = matchMedia("(hover: none)").matches; // nothing can be dropped there: some texts have others
  const has = (key) => key in catalogs[language].texts;
  const worded = (key) => (isTouched && has(`${key}_tap`) ? `${key}_tap` : key);
  const translate = (key, values = {}) =>
    (catalogs[language].texts[worded(key)] ?? catalogs[fallback].texts[key] ?? key)
      .replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const styleTitle = (style) => (style.translated ? translate(`title_${style.id}`) : style.title);
  const styleArtist = (style) => (style.translated ? translate(`artist_${style.id}`) : style.artist);

  const fill = (root) => {
    if ((language === fallback && !isTouched) || !root.querySelectorAll) return;
    const all = [...root.querySelectorAll("[data-i18n]")];
    if (root.matches && root.matches("[data-i18n]")) all.push(root);
    for (const element of all) {
      if (!has(element.dataset.i18n)) continue; // the title of a style that the catalogues do not know
      const text = translate(element.dataset.i18n, element.dataset);
      if (element.textContent !== text) element.textContent = text;
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) fill(node);
      if (change.type === "attributes") fill(change.target);
      if (change.type === "characterData") fill(change.target.parentElement?.closest("[data-i18n]") ?? change.target);
    }
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["data-i18n"],
  });

  // Work in progress: its state in words, how far it is (null is "nobody knows"), and a button where it failed.
  const showProgress = (element, view) => {
    const status = element.querySelector(".work-status");
    const bar = element.querySelector("progress");
    status.textContent = view.error || translate(view.state, view.values);
    status.dataset.state = view.state;
    element.querySelector(".work-retry").hidden = !view.retry;
    bar.hidden = !view.busy;
    if (view.share === null) bar.removeAttribute("value");
    else bar.value = view.share;
    bar.setAttribute("aria-label", status.textContent);
  };
  window.stylize = { language, translate, styleTitle, styleArtist, showProgress };

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#model-card"]')) return;
    event.preventDefault(); // the address is for looks
    const card = document.getElementById("model-card"); // folded until somebody asks for it
    const head = card?.querySelector("button");
    if (head && !head.classList.contains("open")) head.click();
    card?.scrollIntoView({ block: "start" });
  });
})();
