// Tells whether the painting in the viewer is the one that was asked for: in line, being painted, a preview, or failed.
const { translate, answered, failed, isNewest, newest } = window.stylize;
const status = element.querySelector(".request-status");
const ASK_AGAIN = 2000; // milliseconds between two questions for the place in line
let timer = 0;

function say(step, text) {
  if (status.dataset.state !== "open") return;
  status.dataset.step = step;
  status.firstChild.textContent = text;
}

document.addEventListener("stylize:request", ({ detail: { kind, state } }) => {
  if (kind !== "viewer") return;
  clearInterval(timer);
  status.dataset.step = "";
  if (state === "open") timer = setInterval(() => trigger("place", { request: newest("viewer") }), ASK_AGAIN);
});

watch("value", () => {
  const { request, state, ahead, error } = props.value;
  if (!isNewest("viewer", request)) return;
  if (state !== "waiting") clearInterval(timer);
  if (state === "waiting") say(state, translate(ahead ? "request_waiting" : "request_next", { count: ahead }));
  if (state === "painting" && status.dataset.step !== "preview") say(state, translate("request_open"));
  if (state === "preview") say(state, translate("preview"));
  if (state === "painted") answered("viewer", request);
  if (state === "failed") failed("viewer", request, error);
});
element.querySelector("button").addEventListener("click", () => trigger("retry", {}));
