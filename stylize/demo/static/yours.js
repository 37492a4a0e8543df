// A visitor's painting beside their photo in its manner, and what is being done about it.
const room = document.getElementById("own");
const [result, painting] = element.querySelectorAll("figure");
const status = element.querySelector(".own-status");
const bar = element.querySelector("progress");
const { word } = window.stylize;

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
  status.textContent = word(view.state, view.values);
  status.dataset.state = view.state;
  bar.hidden = !view.busy;
  if (view.share === null) bar.removeAttribute("value");
  else bar.value = view.share;
  bar.setAttribute("aria-label", status.textContent);
  element.classList.toggle("busy", view.busy);
  const now = { busy: view.busy, slow: view.slow };
  for (const [name, value] of Object.entries(now)) if (room) room.dataset[name] = value;
}
watch("value", show);
show();
