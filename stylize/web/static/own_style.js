// A visitor's painting beside their photo in its style, and how far the work on it is.
const tab = document.getElementById("own-style");
const [result, painting] = element.querySelectorAll("figure");
const { translate, showProgress, onFailure } = window.stylize;
const training = "#own-teach, #own-optimise";
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const MADE = ["own_instant_done", "own_several_done", "own_opened"]; // states in which there is a new style
const POLL = 100; // milliseconds
let turn = Promise.resolve(); // of the paintings that were brought last, to be sent
let changes = 0; // of the visitor's styles
let changesBefore = 0; // those before what was sent last
let brought = []; // paths of what the field held when something was brought last
let fresh = []; // those of them that were new then
let isSeen = false;
let isUnpainted = false; // what is shown was made before, and has no picture yet
let pressed = null; // the button of the training that was asked for last
let retry = ""; // the kind of request that may be repeated

function fill(figure, picture, alt) {
  figure.hidden = !picture;
  const image = figure.querySelector("img");
  if (picture && image.src !== picture.url) image.src = picture.url;
  image.alt = alt;
}

// What could not be opened leaves what was there, with a sentence.
let shown = null;
function show(given = props.value) {
  if (!given) return;
  const { title, picture, painting: source, ...said } = given;
  const view = given.keep && !title && shown?.title ? { ...shown, ...said, trainable: shown.trainable, several: shown.several } : given;
  shown = view;
  const alt = translate("painting_alt", { title: view.title });
  if (view.picture || !view.keep) fill(result, view.picture, alt);
  fill(painting, view.painting, view.title);
  result.querySelector("figcaption").textContent = view.title;
  showProgress(element, view);
  retry = view.retry;
  element.classList.toggle("busy", view.busy);
  if (tab) Object.assign(tab.dataset, { busy: view.busy, trainable: view.trainable, several: view.several > 1 });
  document.getElementById("own-list")?.toggleAttribute("inert", view.busy);
  isUnpainted = view.state.startsWith("own_kept") && !view.picture;
  paintKept();
}

// A style that was made before is painted once somebody looks.
function paintKept() {
  if (!isUnpainted || !isSeen || window.stylize.staysHere()) return;
  isUnpainted = false;
  setTimeout(() => trigger("retry", {})); // once the row above knows which one is shown
}
new IntersectionObserver(([{ isIntersecting }]) => {
  isSeen = isIntersecting;
  paintKept();
}).observe(element);

// What is brought while other paintings are on their way is a style of its own, after them: the field still holds those.
window.stylize.fillPaintings = async ([files, ...others]) => {
  const paths = (files ?? []).map(({ path }) => path);
  const isSame = paths.length === brought.length && paths.every((path) => brought.includes(path)); // another try
  const isMore = paths.length > brought.length && brought.every((path) => paths.includes(path));
  if (!isSame) fresh = isMore ? paths.filter((path) => !brought.includes(path)) : paths;
  brought = paths;
  const mine = files?.filter(({ path }) => fresh.includes(path));
  const before = turn;
  turn = isMore ? before.then(hungUp) : before;
  await turn;
  changesBefore = changes;
  return [mine, ...others];
};

// Resolves once nothing is on its way any more, and what has come hangs on the wall.
async function hungUp() {
  await pause(POLL); // it is being asked for
  const wait = async (isWaiting, most) => {
    for (let waited = 0; isWaiting() && waited < most; waited += POLL) await pause(POLL);
  };
  await wait(() => "upload" in window.stylize.openRequests(), 60_000);
  await wait(() => MADE.includes(shown?.state) && changes === changesBefore, 10_000);
}
document.addEventListener("stylize:styles", () => (changes += 1));

for (const kind of ["upload", "training"]) {
  onFailure(kind, (error) => {
    show({ ...props.value, state: "own_failed", error, retry: kind, busy: false, share: null, keep: true });
  });
}
tab?.addEventListener("click", (event) => (pressed = event.target.closest(training) ?? pressed), true);
element.querySelector(".work-retry").addEventListener("click", () => {
  if (retry === "training") pressed?.click();
  else trigger("retry", {});
});
watch("value", () => show());
show();
