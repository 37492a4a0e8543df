// Tells how far the newest request of a kind is: in line, being painted, a preview, painted, or failed. It also asks whether
// the server still works on it, for an answer can be lost on the way; the viewer's asks so for every kind.
const { translate, answered, failed, isNewest, newest, openRequests } = window.stylize;
const { kind } = props;
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

const watched = () => Object.fromEntries(Object.entries(openRequests()).filter(([one]) => one === kind || kind === "viewer"));

function askForPlace() {
  const open = watched();
  if (Object.keys(open).length) trigger("place", { request: newest(kind), open, time: performance.now() });
  else clearInterval(timer);
}

document.addEventListener("stylize:request", ({ detail }) => {
  if (detail.kind === kind) status.dataset.step = "";
  if (detail.state !== "open") return;
  clearInterval(timer);
  timer = setInterval(askForPlace, ASK_AGAIN);
});

function countLosses(lost) {
  const open = watched();
  const names = lost.filter(([one, number]) => open[one] === number).map(String);
  losses = Object.fromEntries(names.map((name) => [name, 1 + (losses[name] ?? 0)]));
  if (!Object.values(losses).some((count) => count >= LOST)) return;
  losses = {};
  window.stylize.recover(lost);
}

watch("value", () => {
  const { request, state, ahead, error, lost } = props.value;
  if (lost) countLosses(lost);
  if (!isNewest(kind, request)) return;
  if (state === "waiting") say(state, translate(ahead ? "request_waiting" : "request_next", { count: ahead }));
  if (state === "painting" && status.dataset.step !== "preview") say(state, translate("request_open"));
  if (state === "preview") say(state, translate("preview"));
  if (state === "painted") answered(kind, request);
  if (state === "failed") failed(kind, request, error);
});
element.querySelector("button").addEventListener("click", () => trigger("retry", {}));
