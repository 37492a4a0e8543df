// A visitor's painting beside their photo in its manner, and what is being done about it.
const room = document.getElementById("own");
const [result, painting] = element.querySelectorAll("figure");
const status = element.querySelector(".own-status");
const bar = element.querySelector("progress");
const { word, tell } = window.stylize;

function fill(figure, picture, alt) {
  figure.hidden = !picture;
  const image = figure.querySelector("img");
  if (picture && image.src !== picture.url) image.src = picture.url;
  image.alt = alt;
}

function show() {
  const view = props.value;
  if (!view) return;
  const made = word("painting_alt", { title: view.title });
  if (view.picture || !view.keep) fill(result, view.picture, made);
  fill(painting, view.painting, view.title);
  result.querySelector("figcaption").textContent = view.title;
  tell(status, bar, view);
  element.classList.toggle("busy", view.busy);
  const now = { busy: view.busy, slow: view.slow };
  for (const [name, value] of Object.entries(now)) if (room) room.dataset[name] = value;
}
watch("value", show);
show();
