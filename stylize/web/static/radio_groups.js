// Gradio gives each button of a choice a name of its own, so arrow keys do not go from one to the next: here they have one.
(() => {
  function join(radio) {
    const name = radio.closest(".block")?.id;
    if (name && radio.name !== name) radio.name = name; // what is set again is a change again
  }

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes" && target.type === "radio") join(target);
      for (const node of addedNodes) {
        if (node instanceof Element) node.querySelectorAll('input[type="radio"]').forEach(join);
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["name"] });
})();
