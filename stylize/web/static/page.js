// The visitor's language, and words for pieces of HTML that Gradio does not translate.
(() => {
  const lang = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  const table = window.stylizeWords;
  const word = (key, values = {}) =>
    (table[lang][key] ?? table.en[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const fill = (root) => {
    if (lang === "en" || !root.querySelectorAll) return;
    const all = [...root.querySelectorAll("[data-word]")];
    if (root.matches && root.matches("[data-word]")) all.push(root);
    for (const element of all) {
      const said = word(element.dataset.word, element.dataset);
      if (element.textContent !== said) element.textContent = said;
    }
  };
  // Work in progress: its state in words, and how far it is; null is "nobody knows".
  const tell = (status, bar, view) => {
    status.textContent = word(view.state, view.values);
    status.dataset.state = view.state;
    bar.hidden = !view.busy;
    if (view.share === null) bar.removeAttribute("value");
    else bar.value = view.share;
    bar.setAttribute("aria-label", status.textContent);
  };
  window.stylize = { lang, word, tell };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#model-card"]')) return;
    event.preventDefault(); // the address is for looks
    const card = document.getElementById("model-card"); // folded until somebody asks for it
    const head = card?.querySelector("button");
    if (head && !head.classList.contains("open")) head.click();
    card?.scrollIntoView({ block: "start" });
  });
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) fill(node);
      if (change.type === "attributes") fill(change.target);
      if (change.type === "characterData") fill(change.target.parentElement?.closest("[data-word]") ?? change.target);
    }
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["data-word"],
  });
})();
