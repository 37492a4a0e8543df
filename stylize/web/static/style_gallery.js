// One button per style. Tiles are kept and changed in place, so that neither focus nor pictures flicker.
const list = element.querySelector(".tiles");
const status = element.querySelector(".gallery-status");
const { translate, styleTitle, styleArtist } = window.stylize;
const tiles = new Map();
const bar = element.querySelector(".pin-bar");
const region = element.querySelector(".gallery-region"); // of the photo, which the next choice is for
let pins = [];
let gone = null; // the pin that the newest one took the place of
const MOST_PINS = 4;
let selected = window.stylize.style ?? props.selected; // a link may have chosen before the gallery was there

const PIN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 3h6l-1 6 4 4v2h-5l-1 6-1-6H6v-2l4-4z"/></svg>';

function make(tile) {
  const item = document.createElement("li");
  item.className = "tile";
  item.dataset.style = tile.id;
  const choose = document.createElement("button");
  choose.type = "button";
  choose.className = "tile-choose";
  const frame = document.createElement("span");
  frame.className = "tile-frame";
  const image = document.createElement("img");
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("load", () => {
    const ratio = image.naturalWidth / image.naturalHeight;
    const framed = Math.min(1.9, Math.max(0.7, ratio));
    list.style.setProperty("--ratio", framed.toFixed(3));
    list.classList.toggle("extreme", ratio !== framed); // then the whole picture is shown in its frame
  });
  frame.append(image);
  const title = document.createElement("span");
  title.className = "tile-title";
  title.textContent = styleTitle(tile);
  const artist = document.createElement("span");
  artist.className = "tile-artist";
  artist.textContent = tile.own ? translate("own_painting") : styleArtist(tile);
  choose.append(frame, title, artist);
  choose.addEventListener("click", () => {
    mark(tile.id); // at once; the control of the style says it again
    if (!window.stylize.styleRegion?.(tile.id)) {
      window.stylize.pickedStyle = tile.id; // the event carries nothing: a quick second one might be dropped with it
      trigger("pick", {});
    }
    const viewer = document.getElementById("viewer");
    if (viewer && viewer.getBoundingClientRect().top < -80) viewer.scrollIntoView({ block: "start" });
  });
  const pin = document.createElement("button");
  pin.type = "button";
  pin.className = "tile-pin";
  pin.innerHTML = PIN;
  pin.addEventListener("click", () => {
    const wanted = pins.includes(tile.id) ? pins.filter((id) => id !== tile.id) : [...pins, tile.id];
    gone = wanted.length > MOST_PINS ? wanted[0] : null;
    pins = wanted.slice(-MOST_PINS);
    setPins();
  });
  item.append(choose, pin);
  if (tile.own) list.prepend(item); // the visitor's own first, the newest before the others
  else list.append(item);
  return { item, choose, image, pin, title: title.textContent, own: tile.own };
}

function mark(id) {
  selected = id;
  for (const [name, tile] of tiles) {
    tile.item.classList.toggle("selected", name === id);
    tile.choose.setAttribute("aria-pressed", String(name === id));
  }
}

function setPins() {
  window.stylize.pins = pins;
  showPins();
  trigger("pin", {});
}

function showPins() {
  for (const [name, tile] of tiles) {
    const pinned = pins.includes(name);
    tile.item.classList.toggle("pinned", pinned);
    tile.pin.setAttribute("aria-pressed", String(pinned));
    tile.pin.setAttribute("aria-label", `${translate(pinned ? "unpin" : "pin")}: ${tile.title}`);
    tile.pin.title = translate(pinned ? "unpin" : "pin");
  }
  bar.hidden = !pins.length;
  const title = tiles.get(gone)?.title; // of what gave way, if something did
  bar.firstChild.textContent = translate(title ? "pinned_full" : "pinned", { count: pins.length, title });
  bar.lastChild.textContent = translate(pins.length > 1 ? "compare_pins" : "compare_more");
  bar.lastChild.disabled = pins.length < 2;
}

function render(gallery = props.value) {
  if (!gallery || !window.stylize.isNewest("gallery", gallery.request)) return;
  for (const data of gallery.tiles) {
    if (!tiles.has(data.id)) tiles.set(data.id, make(data));
    const tile = tiles.get(data.id);
    tile.item.classList.toggle("waiting", !data.ready);
    if (data.picture && tile.image.src !== data.picture.url) tile.image.src = data.picture.url;
    tile.image.alt = translate("painting_alt", { title: tile.title });
  }
  const there = new Set(gallery.tiles.map((tile) => tile.id));
  for (const [id, tile] of tiles) {
    if (there.has(id)) continue; // not a style of the visitor's own that was removed
    tile.item.remove();
    tiles.delete(id);
    if (pins.includes(id)) {
      pins = pins.filter((pin) => pin !== id);
      setPins();
    }
  }
  mark(selected);
  showPins();
  status.textContent = translate(gallery.state, { done: gallery.tiles.filter((tile) => tile.ready).length, total: gallery.tiles.length });
  status.dataset.state = gallery.state;
  const busy = ["gallery_waiting", "gallery_busy"].includes(gallery.state);
  element.classList.toggle("busy", busy);
  if (gallery.state === "gallery_kept") window.stylize.failed("gallery", gallery.request, translate("gallery_kept"));
  else if (!busy) window.stylize.answered("gallery", gallery.request);
}

window.stylize.onFailure("gallery", () => {
  element.classList.remove("busy"); // tiles that are not of this photo stay dimmed
  status.textContent = ""; // nobody is in line any more
});
element.querySelector(".request-status button").addEventListener("click", () => trigger("retry", {}));
bar.lastChild.addEventListener("click", () => trigger("compare", {}));
watch("value", () => render());
window.stylize.selectStyle = mark;
window.stylize.tileTitle = (id) => tiles.get(id)?.title ?? id;
window.stylize.showWallRegion = (title) => {
  region.hidden = !title;
  region.firstChild.textContent = title ? translate("gallery_region", { name: title }) : "";
};
region.lastChild.addEventListener("click", () => window.stylize.leaveRegion());
render();
