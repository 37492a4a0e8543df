// Tells whether the painting in the viewer is the one that was asked for.
watch("value", () => {
  const { request, state, error } = props.value;
  if (state === "painted") window.stylize.answered("viewer", request);
  if (state === "failed") window.stylize.failed("viewer", request, error);
});
element.querySelector("button").addEventListener("click", () => trigger("retry", {}));
