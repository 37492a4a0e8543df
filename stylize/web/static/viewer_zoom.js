// Zoom and pan of the picture, the same in photo and painting (one script with viewer.js). Lengths are CSS pixels in the
// stage; a zoom is how many of them one pixel of the whole picture takes.
const MOST = 2;
const view = { zoom: null, x: 0.5, y: 0.5 }; // null shows the whole picture; the point of it in the middle of the stage
const box = { left: 0, top: 0, width: 1, height: 1 }; // where the picture is
let closer = { request: null }; // the request whose picture was fetched at full size, and whether that failed

const fit = () => Math.min(stage.clientWidth / shown.size[0], stage.clientHeight / shown.size[1]);
const least = () => Math.min(1, fit()); // a small picture is shown enlarged
const most = () => Math.max(MOST, 2 * fit());
const zoomed = () => box.width > stage.clientWidth + 1 || box.height > stage.clientHeight + 1;

// Where the picture begins along an axis; it leaves no gap that it could fill.
function along(axis, room, length) {
  if (length <= room) view[axis] = 0.5;
  const start = Math.max(Math.min(0, room - length), Math.min(Math.max(0, (room - length) / 2), room / 2 - view[axis] * length));
  view[axis] = (room / 2 - start) / length;
  return start;
}

function place() {
  if (!shown || !stage.clientWidth) return; // on a tab that is not open
  const zoom = view.zoom ?? fit();
  box.width = shown.size[0] * zoom;
  box.height = shown.size[1] * zoom;
  box.left = along("x", stage.clientWidth, box.width);
  box.top = along("y", stage.clientHeight, box.height);
  picture.style.cssText = `width: ${box.width}px; height: ${box.height}px; transform: translate(${box.left}px, ${box.top}px)`;
  stage.classList.toggle("zoomed", zoomed());
  for (const button of element.querySelectorAll("[data-zoom]")) {
    const name = button.dataset.zoom;
    if (name === "in" || name === "out") button.disabled = name === "in" ? zoom >= most() : zoom <= least();
    else button.setAttribute("aria-pressed", String(name === "fit" ? view.zoom === null : view.zoom === Number(name)));
  }
  divide(split);
  const copy = Math.min(1, props.screen / Math.max(...shown.size)); // the zoom at which the screen's copy is sharp
  if (view.zoom && copy < 1 && zoom * devicePixelRatio > copy * 1.05) showCloser();
}

// Zoom and keep what is under a point of the window; by default the middle of the stage.
function zoomTo(zoom, clientX, clientY) {
  const edge = stage.getBoundingClientRect();
  const x = clientX === undefined ? stage.clientWidth / 2 : clientX - edge.left;
  const y = clientY === undefined ? stage.clientHeight / 2 : clientY - edge.top;
  const at = { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
  const wanted = zoom && Math.max(least(), Math.min(most(), zoom));
  const [width, height] = shown.size.map((length) => length * wanted);
  view.zoom = wanted && Math.abs(wanted / fit() - 1) > 0.005 ? wanted : null;
  if (view.zoom) Object.assign(view, { x: at.x + (stage.clientWidth / 2 - x) / width, y: at.y + (stage.clientHeight / 2 - y) / height });
  if (closer.failed) closer = { request: null };
  place();
}

const zoomBy = (factor, x, y) => zoomTo((view.zoom ?? fit()) * factor, x, y);
const toggleZoom = (x, y) => zoomTo(view.zoom ? null : fit() < 0.9 ? 1 : most(), x, y);

function pan(dx, dy) {
  view.x -= dx / box.width;
  view.y -= dy / box.height;
  place();
}

// The addresses of both pictures at full size. Rejects if the server no longer has them.
async function fetched(whole) {
  const files = await server.full_size(whole);
  if (files.error) throw new Error(files.error);
  const { root, api_prefix: prefix = "" } = window.gradio_config;
  return ["photo", "painting"].map((name) => `${root}${prefix}/file=${files[name].path}`);
}

// The copies for the screen are not sharp any more: fetch both pictures at full size, once.
async function showCloser() {
  const { request, whole } = shown;
  if (!whole || closer.request === request) return; // a preview has none
  closer = { request };
  note.textContent = translate("zoom_loading");
  try {
    const addresses = whole === "here" ? [photo.src, await address((await wholeHere()).image)] : await fetched(whole);
    await Promise.all(addresses.map(window.stylize.loadImage));
    if (shown.request !== request) return;
    [photo.src, painting.src] = addresses;
    if (whole === "here") replacePainted(addresses[1]);
    note.textContent = "";
  } catch {
    if (shown.request !== request) return;
    closer.failed = true;
    note.textContent = translate("zoom_failed");
  }
}

// Pointers: one drags the divider, or the picture when it is zoomed; two zoom. A vertical swipe scrolls the page.
const pointers = new Map();
let gesture = null; // "divide", "pan", "pinch", or "tap" if there is nothing to drag
let pressed = null; // where the first pointer went down
let moved = false;
let lastTap = null;

function gestureAt(event) {
  if (isDrawing()) return null; // the canvas takes it
  const near = Math.abs(event.clientX - divider.getBoundingClientRect().left) < 24;
  if (viewName() === "split" && (near || !zoomed())) return "divide";
  return zoomed() ? "pan" : "tap";
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) {
    gesture = "pinch";
    dropStroke();
    return;
  }
  gesture = gestureAt(event);
  pressed = event;
  moved = false;
});

stage.addEventListener("pointermove", (event) => {
  const from = pointers.get(event.pointerId);
  if (!from || !gesture) return;
  const [dx, dy] = [event.clientX - from.clientX, event.clientY - from.clientY];
  if (gesture === "pinch" && pointers.size === 2) {
    const [other] = [...pointers.values()].filter((one) => one.pointerId !== event.pointerId);
    const apart = (one) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
    zoomBy(apart(event) / apart(from), (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    pan(dx / 2, dy / 2);
  } else {
    if (!moved) {
      const [across, down] = [Math.abs(event.clientX - pressed.clientX), Math.abs(event.clientY - pressed.clientY)];
      if (Math.hypot(across, down) < 4) return;
      if (gesture === "divide" && event.pointerType === "touch" && down > across) {
        gesture = null; // the page scrolls
        return;
      }
      moved = true;
      stage.setPointerCapture(event.pointerId);
    }
    if (gesture === "divide") divideAt(event.clientX);
    if (gesture === "pan") pan(dx, dy);
  }
  pointers.set(event.pointerId, event);
});

function tap(event) {
  const { clientX: x, clientY: y, timeStamp } = event;
  if (lastTap && timeStamp - lastTap.timeStamp < 350 && Math.hypot(x - lastTap.clientX, y - lastTap.clientY) < 30) {
    lastTap = null;
    toggleZoom(x, y);
    return;
  }
  lastTap = event;
  if (gesture === "divide") divideAt(x);
}

stage.addEventListener("pointerup", (event) => {
  if (!pointers.delete(event.pointerId) || !gesture) return;
  if (gesture === "pinch") {
    gesture = pointers.size === 1 && zoomed() && !isDrawing() ? "pan" : null;
    moved = true;
  } else if (!moved) tap(event);
});
stage.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
stage.addEventListener("touchmove", (event) => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return; // a plain wheel scrolls the page
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}, { passive: false });

const ZOOMS = { in: () => zoomBy(1.25), out: () => zoomBy(0.8), fit: () => zoomTo(null), 1: () => zoomTo(1), 2: () => zoomTo(2) };
const ZOOM_KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "1", 2: "2" };
const PANS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
element.querySelector(".viewer-zoom").addEventListener("click", (event) => ZOOMS[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
element.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const name = ZOOM_KEYS[event.key];
  const way = event.target === stage && zoomed() ? PANS[event.key] : null;
  if (!name && !way) return;
  event.preventDefault();
  if (name) ZOOMS[name]();
  else pan(...way);
});
new ResizeObserver(place).observe(stage);
