// A visitor's painting beside their photo in its style, and how far the work on it is.
const tab = document.getElementById("own-style");
const [result, painting] = element.querySelectorAll("figure");
const status = element.querySelector(".own-status");
const bar = element.querySelector("progress");
const { translate, showProgress } = window.stylize;

function fill(figure, picture, alt) {
  figure.hidden = !picture;
  const image = figure.querySelector("img");
  if (picture && image.src !== picture.url) image.src = picture.url;
  image.alt = alt;
}

function show() {
  const view = props.value;
  if (!view) return;
  const alt = translate("painting_alt", { title: view.title });
  if (view.picture || !view.keep) fill(result, view.picture, alt);
  fill(painting, view.painting, view.title);
  result.querySelector("figcaption").textContent = view.title;
  showProgress(status, bar, view);
  element.classList.toggle("busy", view.busy);
  if (tab) Object.assign(tab.dataset, { busy: view.busy, trainable: view.trainable });
}
watch("value", show);
show();
