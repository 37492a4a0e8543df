// The difference of two paintings in a dialog (difference_view.py). Distances are Euclidean in Oklab
// (Björn Ottosson, https://bottosson.github.io/posts/oklab/), times 100: black and white are 100 apart, and 2 are just seen.
const { translate } = window.stylize;
const dialog = element.querySelector("dialog");
const stage = dialog.querySelector(".difference-stage");
const [first, second] = stage.querySelectorAll("img");
const canvas = stage.querySelector("canvas");
const share = dialog.querySelector(".difference-share");
const blink = dialog.querySelector(".difference-blink");
const said = dialog.querySelector(".difference-said");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const BLINK = 800; // milliseconds that a painting is on show: slower than what may trigger seizures
const MOST = 60; // distance at the end of the map's scale
// Dark to light, so that it reads without colours, too: the stops of matplotlib's "inferno".
const SCALE = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];
let titles = ["", ""];
let timer = 0; // of what blinks
let whole = null; // the mean distance of what the canvas shows, NaN for two that are not of one photo

const linear = Float32Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

// Writes the Oklab colour of a pixel, times 100, into `lab`.
function oklab(data, at, lab) {
  const [r, g, b] = [linear[data[at]], linear[data[at + 1]], linear[data[at + 2]]];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  lab[0] = 100 * (0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s);
  lab[1] = 100 * (1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s);
  lab[2] = 100 * (0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s);
}

const colours = Array.from({ length: 256 }, (_, level) => {
  const at = (level / 255) * (SCALE.length - 1);
  const [low, high] = [SCALE[Math.floor(at)], SCALE[Math.ceil(at)]];
  return low.map((value, channel) => value + (at % 1) * (high[channel] - value));
});

function pixels(image) {
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
}

// Draws the map, and returns the mean distance.
function drawMap() {
  if (first.naturalWidth !== second.naturalWidth || first.naturalHeight !== second.naturalHeight) return NaN;
  [canvas.width, canvas.height] = [first.naturalWidth, first.naturalHeight];
  const map = pixels(first);
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  const other = pixels(second).data;
  const [one, two] = [new Float32Array(3), new Float32Array(3)];
  let sum = 0;
  for (let at = 0; at < other.length; at += 4) {
    oklab(map.data, at, one);
    oklab(other, at, two);
    const distance = Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]);
    sum += distance;
    map.data.set(colours[Math.min(255, Math.round((255 * distance) / MOST))], at);
    map.data[at + 3] = 255;
  }
  canvas.getContext("2d").putImageData(map, 0, 0);
  return sum / (other.length / 4);
}

// Splits at `value` percent of the width, or lets so much of the second painting be seen through the first.
function reveal(value) {
  const isSplit = dialog.dataset.view === "split";
  share.value = value;
  share.setAttribute("aria-label", translate(isSplit ? "difference_divider" : "difference_share"));
  share.setAttribute("aria-valuetext", `${Math.round(value)}%`);
  second.style.clipPath = isSplit ? `inset(0 0 0 ${value}%)` : "";
  second.style.opacity = isSplit ? 1 : value / 100;
  stage.style.setProperty("--divider", `${value}%`);
  const [one, two] = dialog.querySelectorAll(".difference-titles strong");
  one.classList.toggle("seen", isSplit ? value > 0 : value < 100);
  two.classList.toggle("seen", isSplit ? value < 100 : value > 0);
}

function other() {
  reveal(Number(share.value) ? 0 : 100);
  if (!timer) said.textContent = titles[Number(share.value) ? 1 : 0]; // what blinks by itself would talk for ever
}

function start(isRunning) {
  clearInterval(timer);
  timer = isRunning ? setInterval(other, BLINK) : 0;
  blink.textContent = translate(isRunning ? "difference_pause" : still.matches ? "difference_other" : "difference_go_on");
  if (isRunning) said.textContent = "";
}

const views = {
  split: () => reveal(50),
  fade: () => reveal(50),
  blink() {
    reveal(0);
    start(!still.matches);
  },
  map() {
    reveal(0);
    whole ??= drawMap();
    dialog.classList.toggle("no-map", Number.isNaN(whole));
    said.textContent = translate(Number.isNaN(whole) ? "difference_sizes" : "difference_mean", { value: whole.toFixed(1) });
    canvas.setAttribute("aria-label", said.textContent);
  },
};

function show(view) {
  start(false);
  said.textContent = "";
  dialog.dataset.view = view;
  dialog.querySelector(`[value="${view}"]`).checked = true;
  views[view]();
}

dialog.addEventListener("change", (event) => event.target.name && show(event.target.value));
share.addEventListener("input", () => reveal(Number(share.value)));
blink.addEventListener("click", () => (still.matches ? other() : start(!timer)));
dialog.querySelector(".difference-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => start(false));

function divideAt(event) {
  const box = stage.getBoundingClientRect();
  reveal(Math.max(0, Math.min(100, (100 * (event.clientX - box.left)) / box.width)));
}
stage.addEventListener("pointerdown", (event) => {
  if (dialog.dataset.view !== "split") return;
  stage.setPointerCapture(event.pointerId);
  divideAt(event);
});
stage.addEventListener("pointermove", (event) => stage.hasPointerCapture(event.pointerId) && divideAt(event));

dialog.querySelector(".difference-views").setAttribute("aria-label", translate("view"));
dialog.querySelector(".difference-scale i").style.background =
  `linear-gradient(to right, ${SCALE.map((colour) => `rgb(${colour})`)})`;
dialog.querySelector(".difference-scale").lastChild.textContent = translate("difference_most", { value: MOST });

// Two paintings, each {title, url}. Resolves to the dialog once they are on show.
window.stylize.showDifference = async (...pair) => {
  titles = pair.map(({ title }) => title);
  whole = null;
  for (const [index, image] of [first, second].entries()) {
    Object.assign(image, { src: pair[index].url, alt: titles[index], draggable: false });
    dialog.querySelectorAll(".difference-titles strong")[index].textContent = titles[index];
  }
  dialog.setAttribute("aria-label", translate("difference_of", { first: titles[0], second: titles[1] }));
  await Promise.allSettled([first.decode(), second.decode()]);
  stage.style.setProperty("--aspect", first.naturalWidth / first.naturalHeight || 1.5);
  show(dialog.dataset.view ?? "split");
  if (!first.naturalWidth || !second.naturalWidth) said.textContent = translate("failed"); // the server has forgotten it
  if (!dialog.open) dialog.showModal();
  return dialog;
};
