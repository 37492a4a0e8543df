// A visitor's painting beside their photo in its style, and how far the work on it is.
const tab = document.getElementById("own-style");
const [result, painting] = element.querySelectorAll("figure");
const { translate, showProgress, onFailure } = window.stylize;
const training = "#own-teach, #own-optimise";
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
}

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
