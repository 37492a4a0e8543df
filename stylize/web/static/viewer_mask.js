// The mask, drawn over the photo by pointer or keyboard (one script with viewer.js).
const canvas = element.querySelector("canvas");
const pen = element.querySelector(".mask-tools input");
const info = element.querySelector(".mask-tools p");
const invert = element.querySelector(".mask-invert");
const strokes = canvas.getContext("2d", { willReadFrequently: true });
const tint = "#d2402f"; // seen only here: what is sent is white, and black where drawn
let drawn = false;
let unsent = false; // drawn since the last time that the mask was sent
let inverted = false;
let before = null; // the canvas before the stroke that is being drawn
let kept = history.state?.mask ?? null; // the mask before the page was loaded anew, and the photo that it was for

// The last photo is on show until the new one is painted: what is drawn meanwhile would be on the wrong one.
const isOld = () => viewer.dataset.photo === "old";
window.stylize.newPhoto = () => {
  before = null;
  forgetRegions();
  blank();
  setInverted(false);
  return [(window.stylize.mask = ""), ""];
};

const pixelsOf = (paper) => paper.getImageData(0, 0, paper.canvas.width, paper.canvas.height);

function blank() {
  const [width, height] = shown.size;
  const scale = Math.min(1, 768 / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  drawn = false;
}

// A stroke is a row of soft stamps, so its edge is soft at any size.
function stamp(paper, colour, x, y, radius) {
  const soft = paper.createRadialGradient(x, y, radius * 0.35, x, y, radius);
  soft.addColorStop(0, colour + "99");
  soft.addColorStop(1, colour + "00");
  paper.fillStyle = soft;
  paper.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
}

let last = null;
function stroke(event) {
  const box = canvas.getBoundingClientRect();
  strokeTo(((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height);
}

function strokeTo(x, y) {
  const radius = (pen.value / 100) * Math.max(canvas.width, canvas.height);
  const from = last || { x, y };
  const steps = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y) / (radius / 5)));
  for (let step = 1; step <= steps; step++) {
    const place = [from.x + ((x - from.x) * step) / steps, from.y + ((y - from.y) * step) / steps, radius];
    if (correcting) stampRegion(...place);
    else stamp(strokes, tint, ...place);
  }
  last = { x, y };
  drawn = unsent = true;
}

function send() {
  unsent = false;
  if (correcting) return sendCorrection();
  if (!drawn && !inverted) return setMask("");
  const whole = document.createElement("canvas");
  whole.width = canvas.width;
  whole.height = canvas.height;
  const paper = whole.getContext("2d");
  paper.fillStyle = "white";
  paper.fillRect(0, 0, whole.width, whole.height);
  const black = document.createElement("canvas");
  black.width = canvas.width;
  black.height = canvas.height;
  const ink = black.getContext("2d");
  ink.drawImage(canvas, 0, 0);
  ink.globalCompositeOperation = "source-in";
  ink.fillRect(0, 0, black.width, black.height);
  paper.drawImage(black, 0, 0);
  if (inverted) {
    paper.globalCompositeOperation = "difference";
    paper.fillStyle = "white";
    paper.fillRect(0, 0, whole.width, whole.height);
  }
  setMask(whole.toDataURL("image/png"));
}

function setMask(data) {
  if (isOld()) return;
  window.stylize.mask = data;
  kept = null;
  const mask = data ? { mask: data, inverted, photo: history.state?.photo } : undefined;
  window.stylize.remember({ mask });
  trigger("mask", {});
}

// A page that was loaded anew has its mask again once its photo is on show.
document.addEventListener("stylize:painting", ({ detail: { final, whole } }) => {
  const isOurs = kept && kept.photo === history.state?.photo && Boolean(whole) === Boolean(kept.photo);
  if (!final || !isOurs || isOld()) return;
  window.stylize.showMask(kept);
  kept = null;
  trigger("mask", {});
});

function setInverted(wanted) {
  inverted = window.stylize.maskInverted = wanted;
  invert.setAttribute("aria-pressed", String(inverted));
  info.dataset.i18n = inverted ? "mask_info_inverted" : "mask_info";
  info.textContent = translate(info.dataset.i18n);
}

// Show a mask that was sent before.
window.stylize.showMask = async ({ mask, inverted: before }) => {
  window.stylize.mask = mask;
  setInverted(before);
  if (correcting) return; // the canvas has another mask
  blank();
  if (!mask) return;
  const image = Object.assign(new Image(), { src: mask });
  await image.decode();
  if (window.stylize.mask !== mask) return;
  strokes.drawImage(image, 0, 0, canvas.width, canvas.height);
  const pixels = strokes.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    pixels.data[at + 3] = inverted ? pixels.data[at] : 255 - pixels.data[at];
    if (pixels.data[at + 3]) drawn = true;
  }
  strokes.putImageData(pixels, 0, 0);
  strokes.globalCompositeOperation = "source-in"; // in the colour of strokes
  strokes.fillStyle = tint;
  strokes.fillRect(0, 0, canvas.width, canvas.height);
  strokes.globalCompositeOperation = "source-over";
};

canvas.addEventListener("pointerdown", (event) => {
  if (event.button || !event.isPrimary || isOld()) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  before = { pixels: pixelsOf(strokes), marks: pixelsOf(marks), drawn };
  last = null;
  stroke(event);
});
canvas.addEventListener("pointermove", (event) => {
  if (!before || !event.isPrimary) return;
  for (const part of event.getCoalescedEvents?.() ?? [event]) stroke(part);
});
canvas.addEventListener("pointerup", () => {
  if (before) send();
  before = null;
});
canvas.addEventListener("pointercancel", dropStroke);

// A second finger zooms: what the first one has drawn meanwhile was no stroke.
function dropStroke() {
  if (!before) return;
  strokes.putImageData(before.pixels, 0, 0);
  marks.putImageData(before.marks, 0, 0);
  drawn = before.drawn;
  before = null;
}

// The same by keyboard: arrows move the pen, space draws, Shift draws along the way.
const cursor = element.querySelector(".mask-cursor");
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const at = { x: 0.5, y: 0.5 }; // of the picture's width and height

function placeCursor() {
  const across = (2 * pen.value * Math.max(canvas.width, canvas.height)) / canvas.width; // percent
  cursor.style.cssText = `left: ${at.x * 100}%; top: ${at.y * 100}%; width: ${across}%`;
}

function strokeHere() {
  strokeTo(at.x * canvas.width, at.y * canvas.height);
}

canvas.addEventListener("keydown", (event) => {
  const way = ARROWS[event.key];
  if ((!way && event.key !== " ") || isOld()) return;
  event.preventDefault();
  last = null;
  if (event.key === " " || event.shiftKey) strokeHere();
  if (way) {
    at.x = Math.max(0, Math.min(1, at.x + way[0] * 0.03));
    at.y = Math.max(0, Math.min(1, at.y + way[1] * 0.03));
    if (event.shiftKey) strokeHere();
  }
  placeCursor();
});
canvas.addEventListener("keyup", (event) => {
  if (unsent && (event.key === " " || event.key === "Shift")) send();
});
canvas.addEventListener("focus", placeCursor);
pen.addEventListener("input", placeCursor);
invert.addEventListener("click", () => {
  if (isOld()) return;
  setInverted(!inverted);
  send();
});
element.querySelector(".mask-clear").addEventListener("click", () => {
  blank();
  send();
});
