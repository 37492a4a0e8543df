// The looks of this photo: undo and redo, and a strip of the last ones. A look is the mask, the corrections of regions and
// the values of the controls; to return to one sets them, and it is painted as if chosen by hand.
const MOST = 12; // looks in the strip
const THUMBNAIL = 160; // pixels of the longer side
const { translate } = window.stylize;
const undoButton = element.querySelector(".history-undo");
const redoButton = element.querySelector(".history-redo");
const list = element.querySelector("ol");
let photo = ""; // the path of the photo that the looks are of
let wanted = { mask: "", inverted: false, corrections: "", controls: props.first };
let current = null; // the look that was painted last or returned to
let past = [];
let future = [];
let looks = []; // of the strip, the oldest first

const valuesOf = (look) => [look.mask, look.corrections, ...look.controls];
const same = (one, other) => JSON.stringify(valuesOf(one)) === JSON.stringify(valuesOf(other));
const pending = () => current && !same(wanted, current); // asked for, and not painted yet or failed

document.addEventListener("stylize:request", ({ detail: { kind, state, values } }) => {
  if (kind !== "viewer" || state !== "open") return;
  const [file, mask, corrections, , ...controls] = values; // as PaintTab.viewer_inputs of events.py
  const path = file?.photo?.path ?? "";
  wanted = { mask: mask || "", inverted: Boolean(window.stylize.maskInverted), corrections: corrections || "", controls };
  if (path !== photo) {
    [photo, current, past, future, looks] = [path, null, [], [], []];
    list.replaceChildren();
  }
  showButtons();
});

// What was asked for has been painted.
async function record({ painting, title }) {
  const look = { ...wanted };
  if (current && !same(look, current)) {
    past.push(current);
    future = [];
  }
  current = look;
  if (!looks.some((one) => same(one, look))) {
    looks = [...looks, look].slice(-MOST);
    look.item = item(look, title);
    list.append(look.item);
    while (list.children.length > MOST) list.firstChild.remove();
    show();
    const small = await thumbnail(painting.url).catch(() => ""); // then the look has only its title
    if (small) look.item.querySelector("img").src = small;
  } else show();
}

// A small copy: the painting itself is deleted within the hour, and twelve of them are too much to keep open.
async function thumbnail(address) {
  const image = await window.stylize.loadImage(address);
  const scale = Math.min(1, THUMBNAIL / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", 0.8);
}

// What tells a look from others, as PaintTab.viewer_inputs orders it: the style is in the title.
function describe(look, title) {
  const [, , , , , strength, brush, keepColors, regions] = look.controls;
  const parts = [title];
  if (strength !== props.first[5]) parts.push(`${translate("strength")} ${strength}`);
  if (brush !== props.first[6]) parts.push(`${translate("brush")} ${brush}`);
  if (keepColors) parts.push(translate("keep_colors"));
  if (regions) parts.push(translate("regions_open"));
  if (look.mask) parts.push(translate("view_mask"));
  return parts.join(" · ");
}

function item(look, title) {
  const entry = document.createElement("li");
  const button = document.createElement("button");
  const image = document.createElement("img");
  button.type = "button";
  button.title = describe(look, title);
  button.setAttribute("aria-label", translate("return_to_look", { look: button.title }));
  image.alt = "";
  button.append(image);
  button.addEventListener("click", () => choose(look));
  entry.append(button);
  return entry;
}

function showButtons() {
  undoButton.disabled = !past.length && !pending();
  redoButton.disabled = !future.length;
}

function show() {
  showButtons();
  element.classList.toggle("filled", looks.length > 1 || past.length + future.length > 0);
  for (const look of looks) {
    const button = look.item.firstChild;
    if (!current || !same(look, current)) {
      button.removeAttribute("aria-current");
      continue;
    }
    button.setAttribute("aria-current", "true");
    list.scrollLeft = look.item.offsetLeft - list.offsetLeft - list.clientWidth / 2; // the page itself stays
  }
}

function restore(look) {
  current = wanted = look;
  window.stylize.showMask(look);
  window.stylize.showCorrections(look.corrections);
  window.stylize.showBlend(look.controls);
  window.stylize.restoredLook = valuesOf(look);
  trigger("restore", {});
  show();
}

function choose(look) {
  if (same(look, current) && !pending()) return;
  if (!same(look, current)) past.push(current);
  future = [];
  restore(look);
}

function undo() {
  if (undoButton.disabled) return;
  if (pending()) {
    future = [wanted];
    return restore(current);
  }
  future.push(current);
  restore(past.pop());
}

function redo() {
  if (redoButton.disabled) return;
  past.push(current);
  restore(future.pop());
}

undoButton.addEventListener("click", undo);
redoButton.addEventListener("click", redo);
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
  const typing = event.target.closest?.("textarea, [contenteditable], dialog, input:not([type=range]):not([type=checkbox]):not([type=radio])");
  if (typing || !document.getElementById("viewer").getClientRects().length) return; // the browser's own undo; or another tab of the page
  const key = event.key.toLowerCase();
  const action = key === "y" || (key === "z" && event.shiftKey) ? redo : key === "z" ? undo : null;
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("stylize:painting", ({ detail }) => {
  if (detail.final) record(detail);
});
if (window.stylize.shownPainting) record(window.stylize.shownPainting); // what the page opened with
