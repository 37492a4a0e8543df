// The address carries the look in the viewer, so that a copied or reloaded address shows it again.
watch("value", () => {
  const shown = element.querySelector("[data-query]");
  if (!shown) return;
  const query = shown.dataset.query; // empty for a style that nobody else has
  history.replaceState(history.state, "", query ? "?" + query : location.pathname);
});
