// A film: how far it is, and then the film itself.
const video = element.querySelector("video");
const status = element.querySelector(".film-status");
const bar = element.querySelector("progress");
const { word } = window.stylize;

function show() {
  const view = props.value;
  if (!view) return;
  status.textContent = word(view.state, view.values);
  status.dataset.state = view.state;
  bar.hidden = !view.busy;
  if (view.share === null) bar.removeAttribute("value");
  else bar.value = view.share;
  bar.setAttribute("aria-label", status.textContent);
  video.hidden = !view.film;
  video.setAttribute("aria-label", word("film_head"));
  if (view.film && video.src !== view.film.url) video.src = view.film.url;
  const room = document.getElementById("film");
  if (room) room.dataset.busy = view.busy;
}
watch("value", show);
show();
