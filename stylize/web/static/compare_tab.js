// Pinned paintings side by side, zoomed and moved together.
const panes = element.querySelector(".panes");
const chooserOf = window.stylize.differenceChooser();
const figures = new Map(); // by title and address of the painting
const view = { scale: 1, x: 0, y: 0 };

function place() {
  const limit = (view.scale - 1) / 2;
  view.x = Math.max(-limit, Math.min(limit, view.x));
  view.y = Math.max(-limit, Math.min(limit, view.y));
  for (const image of panes.querySelectorAll("img")) {
    image.style.transform = `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.scale})`;
  }
  panes.classList.toggle("zoomed", view.scale > 1);
}

function zoom(factor) {
  if (!factor) Object.assign(view, { scale: 1, x: 0, y: 0 });
  else {
    const scale = Math.max(1, Math.min(8, view.scale * factor));
    view.x *= scale / view.scale;
    view.y *= scale / view.scale;
    view.scale = scale;
  }
  place();
}

element.querySelector(".zoom").addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zoom(Number(button.dataset.zoom));
});
panes.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && view.scale === 1) return; // a plain wheel scrolls the page until someone zoomed in
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300));
}, { passive: false });
panes.addEventListener("dblclick", (event) => event.target.closest("button") || zoom(view.scale > 1 ? 0 : 2.5));

const touches = new Map();
panes.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button")) return;
  touches.set(event.pointerId, event);
  if (view.scale > 1) panes.setPointerCapture(event.pointerId);
});
panes.addEventListener("pointermove", (event) => {
  const from = touches.get(event.pointerId);
  if (!from) return;
  const box = panes.querySelector(".pane").getBoundingClientRect();
  if (touches.size === 2) {
    const other = [...touches.values()].find((one) => one.pointerId !== event.pointerId);
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    zoom(apart(event) / Math.max(1, apart(from)));
  } else if (view.scale > 1) {
    view.x += (event.clientX - from.clientX) / box.width;
    view.y += (event.clientY - from.clientY) / box.height;
    place();
  }
  touches.set(event.pointerId, event);
});
for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
  panes.addEventListener(end, (event) => touches.delete(event.pointerId));
}

function figureOf(one) {
  const figure = document.createElement("figure");
  const pane = document.createElement("div");
  pane.className = "pane";
  const image = document.createElement("img");
  image.src = one.picture.url;
  image.alt = window.stylize.translate("painting_alt", { title: one.title });
  image.draggable = false;
  pane.append(image, chooserOf({ title: one.title, url: one.picture.url }));
  const caption = document.createElement("figcaption");
  const title = document.createElement("strong");
  title.textContent = one.title;
  const artist = document.createElement("span");
  artist.textContent = one.artist;
  caption.append(title, artist);
  figure.append(pane, caption);
  return figure;
}

// Figures that are there stay: one of them may just be pressed, or chosen to be compared.
function fill(pictures) {
  const names = pictures.map((one) => JSON.stringify([one.title, one.picture.url]));
  for (const [name, figure] of figures) {
    if (names.includes(name)) continue;
    figure.remove();
    figures.delete(name);
  }
  names.forEach((name, index) => {
    if (!figures.has(name)) figures.set(name, figureOf(pictures[index]));
    const [figure, there] = [figures.get(name), panes.children[index]];
    if (figure !== there) panes.insertBefore(figure, there ?? null);
  });
}

function show() {
  if (!window.stylize.isNewest("compare", props.value?.request ?? 0)) return;
  const pictures = props.value?.pictures ?? [];
  const { complete, error } = props.value ?? {};
  element.classList.toggle("empty", complete && !error && !pictures.length);
  document.getElementById("comparison-pair")?.classList.toggle("ready", complete && pictures.length > 1);
  panes.dataset.count = pictures.length;
  fill(pictures);
  place();
  if (error) window.stylize.failed("compare", props.value.request, error);
  else if (complete) window.stylize.answered("compare", props.value.request);
}
element.querySelector(".request-status button").addEventListener("click", () => trigger("retry", {}));
watch("value", show);
show();
