// The masks of regions, corrected by the pen of viewer_mask.js, whose canvas shows them meanwhile (one script with it).
// A correction is white where something belongs to the region, black where not, and transparent where nobody drew.
const marks = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const takeAway = element.querySelector(".region-take-away");
let corrections = {}; // data addresses by region; the background's are the subject's
let correcting = null; // {name, view: the one before} of the region whose mask is on the canvas
let keptCorrections = history.state?.corrections ?? null; // those before the page was loaded anew, and their photo

const ownerOf = (name) => (name === "background" ? "subject" : name);
const writeCorrections = () => (Object.keys(corrections).length ? JSON.stringify(corrections) : "");

// Makes `paper` as large as the canvas, with the picture of this address on it, if there is one.
async function copyTo(paper, address) {
  const image = address ? await window.stylize.loadImage(address) : null;
  [paper.canvas.width, paper.canvas.height] = [canvas.width, canvas.height];
  if (image) paper.drawImage(image, 0, 0, canvas.width, canvas.height);
}

// The mask of a region as it is now, opaque inside: what was found under what was corrected.
async function maskOf(name) {
  const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const owner = ownerOf(name);
  await copyTo(paper, found?.masks.get(owner));
  await copyTo(over, corrections[owner]);
  const mask = pixelsOf(paper);
  const marked = pixelsOf(over).data;
  for (let at = 3; at < marked.length; at += 4) {
    const share = marked[at] / 255;
    const inside = mask.data[at] * (1 - share) + marked[at - 3] * share;
    mask.data[at] = name === "background" ? 255 - inside : inside;
  }
  paper.putImageData(mask, 0, 0);
  return paper;
}

async function maskAddress(name) {
  const isAsFound = !corrections[ownerOf(name)] && found?.masks.has(name);
  return isAsFound ? found.masks.get(name) : (await maskOf(name)).canvas.toDataURL();
}

async function startCorrecting(name) {
  if (isOld()) return;
  const mine = (correcting = { name, view: correcting?.view ?? viewName() });
  viewer.dataset.view = "region";
  unveil();
  setTakingAway(false);
  drawDetail();
  await drawCorrected(mine);
  window.stylize.reveal(canvas);
  canvas.focus({ preventScroll: true });
}

async function drawCorrected(mine) {
  blank();
  const mask = await maskOf(mine.name);
  await copyTo(marks, corrections[ownerOf(mine.name)]);
  if (correcting !== mine) return;
  strokes.drawImage(mask.canvas, 0, 0);
  strokes.globalCompositeOperation = "source-in";
  strokes.fillStyle = tint;
  strokes.fillRect(0, 0, canvas.width, canvas.height);
  strokes.globalCompositeOperation = "source-over";
}

function stopCorrecting() {
  const { view } = correcting;
  correcting = null;
  if (viewName() === "region") viewer.dataset.view = view;
  window.stylize.showMask({ mask: window.stylize.mask ?? "", inverted });
  drawDetail();
}

function setTakingAway(isTakingAway) {
  takeAway.setAttribute("aria-pressed", String(isTakingAway));
  info.dataset.i18n = isTakingAway ? "regions_taking_away" : "regions_adding";
  info.textContent = translate(info.dataset.i18n);
}

function stampRegion(...place) {
  const isAdded = takeAway.getAttribute("aria-pressed") === "false";
  strokes.globalCompositeOperation = isAdded ? "source-over" : "destination-out";
  stamp(strokes, tint, ...place);
  strokes.globalCompositeOperation = "source-over";
  stamp(marks, isAdded === (correcting.name !== "background") ? "#ffffff" : "#000000", ...place);
}

function sendCorrection() {
  if (isOld()) return;
  const owner = ownerOf(correcting.name);
  if (owner === "subject" && !choices.has("subject") && !choices.has("background")) choices.set("background", {});
  setCorrections({ ...corrections, [owner]: marks.canvas.toDataURL("image/png") });
  sendRegions();
}

function uncorrect(name) {
  const { [ownerOf(name)]: _, ...others } = corrections;
  setCorrections(others);
  sendRegions();
  if (correcting) drawCorrected(correcting);
}

function setCorrections(wanted) {
  corrections = wanted;
  keptCorrections = null;
  const text = writeCorrections();
  const kept = text ? { text, photo: history.state?.photo } : undefined;
  window.stylize.remember({ corrections: kept });
}

function forgetCorrections() {
  corrections = {};
  if (correcting && viewName() === "region") viewer.dataset.view = correcting.view;
  correcting = null;
}

// Show corrections that were sent before.
window.stylize.showCorrections = (text) => {
  setCorrections(text ? JSON.parse(text) : {});
  if (correcting) drawCorrected(correcting);
};

// A page that was loaded anew has its corrections again once its photo is on show.
document.addEventListener("stylize:painting", ({ detail: { final, whole } }) => {
  const isOurs = keptCorrections && keptCorrections.photo === history.state?.photo && Boolean(whole) === Boolean(keptCorrections.photo);
  if (!final || !isOurs || isOld()) return;
  window.stylize.showCorrections(keptCorrections.text);
  sendRegions();
});

new MutationObserver(() => {
  if (correcting && viewName() !== "region") stopCorrecting(); // another view was chosen
}).observe(viewer, { attributeFilter: ["data-view"] });
takeAway.addEventListener("click", () => setTakingAway(takeAway.getAttribute("aria-pressed") === "false"));
element.querySelector(".region-done").addEventListener("click", () => {
  stopCorrecting();
  chips.querySelector(`[data-region="${active}"]`)?.focus();
});
detail.querySelector(".region-correct").addEventListener("click", () => (correcting ? stopCorrecting() : startCorrecting(active)));
detail.querySelector(".region-uncorrect").addEventListener("click", () => uncorrect(active));
