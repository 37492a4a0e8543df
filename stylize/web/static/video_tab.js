// A film: how far it is, and then the film itself.
const video = element.querySelector("video");
const status = element.querySelector(".film-status");
const bar = element.querySelector("progress");
const { word, tell } = window.stylize;

function show() {
  const view = props.value;
  if (!view) return;
  tell(status, bar, view);
  video.hidden = !view.film;
  video.setAttribute("aria-label", word("film_head"));
  if (view.film && video.src !== view.film.url) video.src = view.film.url;
  const room = document.getElementById("film");
  if (room) room.dataset.busy = view.busy;
}
watch("value", show);
show();
