// The address carries the look in the viewer, so that a copied or reloaded address shows it again.
function follow(query) {
  history.replaceState(history.state, "", query ? "?" + query : location.pathname); // empty for a style that nobody else has
}

watch("value", () => {
  const shown = element.querySelector("[data-query]");
  if (shown) follow(shown.dataset.query);
});
