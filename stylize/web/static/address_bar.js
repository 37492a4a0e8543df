// The address carries the look in the viewer, so that a copied or reloaded address shows it again.
watch("value", () => {
  const shown = element.querySelector("[data-query]");
  if (shown) window.stylize.followLook(shown.dataset.query);
});
