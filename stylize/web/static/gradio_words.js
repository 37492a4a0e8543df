// What Gradio itself says in English, in the visitor's language: names of its buttons and fields, its notices, which all
// come from failures that it has seen, and what may be dropped where.
(() => {
  const { translate } = window.stylize;
  const names = [
    [/^undo$/i, "gradio_reset"],
    [/^(enter )?full ?screen$/i, "gradio_fullscreen"],
    [/^exit full ?screen( mode)?$/i, "gradio_exit_fullscreen"],
    [/^close$/i, "gradio_close"],
    [/^download$/i, "gradio_download"],
    [/^copy$/i, "gradio_copy"],
    [/^(common\.)?upload$/i, "gradio_upload"],
    [/^click to upload or drop files$/i, "gradio_drop_file"],
    [/^number input for (.*)$/, "gradio_number"],
    [/^range slider for (.*)$/, "gradio_range"],
  ];
  const notices = [
    [/queue is full|currently busy/i, "line_full"],
    [/file type/i, "file_wrong_kind"],
    [/size/i, "file_too_large"],
  ];
  const drops = { "own-file": "own_drop", "video-file": "video_drop" };
  const ATTRIBUTES = ["aria-label", "title"];

  function fillNotices() {
    for (const title of document.querySelectorAll(".toast-title")) {
      if (title.textContent !== translate("note")) title.textContent = translate("note");
    }
    for (const text of document.querySelectorAll("[data-testid=toast-text]")) {
      if (text.textContent === text.dataset.said) continue;
      const [, key] = notices.find(([pattern]) => pattern.test(text.textContent)) ?? [null, "failed"];
      text.textContent = text.dataset.said = translate(key);
    }
  }

  function fillName(element, attribute) {
    const there = element.getAttribute(attribute) ?? "";
    for (const [pattern, key] of names) {
      const found = pattern.exec(there);
      if (!found) continue;
      const name = translate(key, { name: found[1] });
      if (name !== there) element.setAttribute(attribute, name); // what is set again is a change again
      return;
    }
  }

  function fill(element) {
    const selector = ATTRIBUTES.map((name) => `[${name}]`).join();
    for (const named of [element, ...element.querySelectorAll(selector)]) {
      for (const attribute of ATTRIBUTES) fillName(named, attribute);
    }
    fillNotices();
    for (const [id, key] of Object.entries(drops)) {
      const said = document.querySelector(`#${id} [data-testid=upload-text]`);
      if (said) said.dataset.said = translate(key); // the style sheet shows it
    }
  }

  new MutationObserver((changes) => {
    for (const { type, target, attributeName, addedNodes } of changes) {
      if (type === "attributes") fillName(target, attributeName);
      else for (const node of addedNodes) if (node instanceof Element) fill(node);
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ATTRIBUTES });
})();
