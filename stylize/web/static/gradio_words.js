// What Gradio itself says, in English, in the visitor's language: its notices all come from failures that it has seen.
(() => {
  const { translate } = window.stylize;
  const sentences = [
    [/queue is full|currently busy/i, "line_full"],
    [/invalid file type|file type/i, "file_wrong_kind"],
    [/max(imum)? (file )?size|too large/i, "file_too_large"],
  ];

  function say(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function fill(notice) {
    say(notice.querySelector(".toast-title"), translate("note"));
    const text = notice.querySelector(".toast-text");
    if (!text || text.dataset.said) return;
    text.dataset.said = text.textContent;
    const [, key] = sentences.find(([pattern]) => pattern.test(text.textContent)) ?? [null, "failed"];
    say(text, translate(key));
  }

  new MutationObserver((changes) => {
    if (!changes.some((change) => change.addedNodes.length)) return;
    for (const notice of document.querySelectorAll(".toast-body")) fill(notice);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
