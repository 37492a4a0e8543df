// The address carries what is on the easel, so that a copied or reloaded address shows it again.
watch("value", () => {
  const shown = element.querySelector("[data-query]");
  if (shown) history.replaceState(history.state, "", "?" + shown.dataset.query);
});
