// Tells whether the painting in the viewer is the one that was asked for: in line, being painted, a preview, or failed. It
// also asks, for every kind of request, whether the server still works on it: an answer can be lost on the way.
const { translate, answered, failed, isNewest, newest, openRequests } = window.stylize;
const status = element.querySelector(".request-status");
const ASK_AGAIN = 2000; // milliseconds between two questions for the place in line
const LOST = 3; // answers in a row that say so: an answer may just be on its way
let timer = 0;
let losses = {}; // how often a request was said to be lost, by kind and number

function say(step, text) {
  if (status.dataset.state !== "open") return;
  status.dataset.step = step;
  status.firstChild.textContent = text;
}

function askForPlace() {
  const open = openRequests();
  if (Object.keys(open).length) trigger("place", { request: newest("viewer"), open, time: performance.now() });
  else clearInterval(timer);
}

document.addEventListener("stylize:request", ({ detail: { kind, state } }) => {
  if (kind === "viewer") status.dataset.step = "";
  if (state !== "open") return;
  clearInterval(timer);
  timer = setInterval(askForPlace, ASK_AGAIN);
});

function countLosses(lost) {
  const open = openRequests();
  const names = lost.filter(([kind, number]) => open[kind] === number).map(String);
  losses = Object.fromEntries(names.map((name) => [name, 1 + (losses[name] ?? 0)]));
  if (!Object.values(losses).some((count) => count >= LOST)) return;
  losses = {};
  window.stylize.recover();
}

watch("value", () => {
  const { request, state, ahead, error, lost } = props.value;
  if (lost) countLosses(lost);
  if (!isNewest("viewer", request)) return;
  if (state === "waiting") say(state, translate(ahead ? "request_waiting" : "request_next", { count: ahead }));
  if (state === "painting" && status.dataset.step !== "preview") say(state, translate("request_open"));
  if (state === "preview") say(state, translate("preview"));
  if (state === "painted") answered("viewer", request);
  if (state === "failed") failed("viewer", request, error);
});
element.querySelector("button").addEventListener("click", () => trigger("retry", {}));
