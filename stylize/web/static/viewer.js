// The picture in the viewer: photo and painting over each other, with a divider that is dragged anywhere on them.
// The other scripts named viewer_ follow in the same script and share these names (viewer_picture.py has their order).
const { translate, isNewest } = window.stylize;
const viewer = document.getElementById("viewer");
const stage = element.querySelector(".viewer-stage");
const picture = element.querySelector(".viewer-picture");
const photo = element.querySelector(".viewer-photo");
const painting = element.querySelector(".viewer-painting");
const divider = element.querySelector(".viewer-divider");
const note = element.querySelector(".viewer-note");
const viewName = () => viewer.dataset.view ?? "split";
const isDrawing = () => ["mask", "region"].includes(viewName());
let shown = null; // the value on show
let photoWanted = null; // the path of the photo in the newest request
let photoShown = null; // and of the one on show
let split = 0.5; // where the divider is, of the part of the picture that is seen

function show(value = props.value) {
  if (!value || !isNewest("viewer", value.request)) return; // the newest is on its way
  const fresh = value.photo.url !== shown?.photo.url;
  shown = value;
  if (fresh) {
    photo.src = value.photo.url;
    view.zoom = null;
    stage.style.setProperty("--aspect", value.size[0] / value.size[1]);
    setInverted(false);
    blank();
  }
  photoShown = photoWanted;
  tell(value.final ? "painted" : "preview");
  painting.src = value.painting.url;
  photo.alt = translate("photo_alt");
  const title = value.translated ? translate(`title_${value.translated}`) : value.title;
  painting.alt = translate("painting_alt", { title });
  closer = { request: null };
  note.textContent = "";
  place();
  window.stylize.shownPainting = { ...value, title };
  document.dispatchEvent(new CustomEvent("stylize:painting", { detail: window.stylize.shownPainting }));
}
window.stylize.firstPhoto = props.value.photo; // what the page opens with

// Whether photo and painting are those that were asked for: what is older is dimmed, and takes no mask.
function tell(state) {
  viewer.dataset.painting = state;
  viewer.dataset.photo = photoShown === photoWanted ? "wanted" : "old";
}

document.addEventListener("stylize:request", ({ detail: { kind, state, values } }) => {
  if (kind !== "viewer" || state === "answered") return;
  if (values) photoWanted = values[0]?.photo?.path ?? null; // as PaintTab.viewer_inputs of events.py
  tell("old");
});

// The part of the picture that is seen, from left to right, in the stage.
function seen() {
  const left = Math.max(0, box.left);
  return { left, width: Math.min(stage.clientWidth, box.left + box.width) - left };
}

function divide(share) {
  split = Math.max(0, Math.min(1, share));
  const { left, width } = seen();
  const x = left + split * width;
  const top = Math.max(0, box.top);
  divider.style.cssText = `transform: translateX(${x}px); top: ${top}px; bottom: ${top}px`;
  painting.style.clipPath = `inset(0 0 0 ${x - box.left}px)`;
  divider.setAttribute("aria-valuenow", String(Math.round(split * 100)));
  divider.setAttribute("aria-valuetext", `${Math.round(split * 100)}%`);
}

function divideAt(clientX) {
  const { left, width } = seen();
  divide((clientX - stage.getBoundingClientRect().left - left) / width);
}

const STEPS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
divider.addEventListener("keydown", (event) => {
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  event.stopPropagation();
  divide(split + STEPS[event.key]);
});

for (const part of element.querySelectorAll("[data-label]")) {
  part.setAttribute("aria-label", translate(part.dataset.label));
  part.title = translate(part.dataset.label);
}
stage.setAttribute("aria-label", translate("before_after"));
divider.setAttribute("aria-label", translate("divider"));
element.querySelector(".viewer-zoom").setAttribute("aria-label", translate("zoom"));
const fullscreen = element.querySelector(".viewer-fullscreen");
fullscreen.hidden = !document.fullscreenEnabled;
fullscreen.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else viewer.requestFullscreen();
});
watch("value", () => show());
