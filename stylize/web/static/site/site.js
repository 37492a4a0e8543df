// The static demo: a photo, a wall of its paintings, one large, the camera. All of it is made in this browser.
import { Camera, SIDES } from "../webgpu/camera.js";
import { enlarge } from "../webgpu/enlarge.js";
import { loadModel } from "../webgpu/painter.js";
import { decoded, full, put, save, sized } from "../webgpu/pictures.js";
import { ScenePainter } from "../webgpu/scene.js";
import { openTested } from "../webgpu/tested.js";
import { Turns } from "../webgpu/turns.js";
import { bench } from "./bench.js";
import { readStyle } from "./style_file.js";
import { fillWords, say } from "./words.js";

const MODEL = "model/painter.json";
const SIZE = 5; // megabytes of it
const TILE = 192; // shorter side of a painting on the wall, pixels
const LARGE = 512; // and of the large one at brush 1
const SLOW = 0.1; // seconds that the known picture takes where the camera begins with small frames
const MOST = 3_000_000; // pixels of a download

const at = (id) => document.getElementById(id);
const turns = new Turns();
const tiles = new Map(); // by style id
let painter = null;
let photo = null; // an ImageBitmap
let name = "photo";
let chosen = null;
let shown = null; // the large painting, and what it was made with
let camera = null;

function notice(text) {
  at("notice").textContent = text;
  at("notice").hidden = !text;
}

// Resolves to whether pictures can be painted here.
async function start() {
  fillWords();
  wire();
  notice(say("loading", { size: SIZE }));
  const model = await loadModel(MODEL).catch((error) => refuse("no_model", { why: error.message }));
  if (!model) return false;
  const found = await openTested(model);
  if (!found) return refuse("no_device");
  if (!found.right) return refuse("wrong_device");
  painter = found.painter;
  watch(model);
  notice("");
  const query = new URLSearchParams(location.search);
  if (query.has("bench")) return bench(painter, at("bench"), at("bench-copy"));
  painter.styles.forEach((style) => addTile(style));
  chosen = painter.styles.find(({ id }) => id === query.get("style")) ?? painter.styles[0];
  camera = new Camera(at("video"), at("painting"), {
    scene: openScene,
    told: (rate) => (at("status").textContent = say("rate", { rate: rate.toFixed(1) })),
    failed: (error) => endCamera(error ? "failed" : null),
    sides: found.seconds > SLOW ? { ...SIDES, first: SIDES.least } : SIDES,
  });
  mark();
  at("studio").hidden = false;
  return true;
}

function refuse(word, values) {
  notice(say(word, values));
  return false;
}

// A device that is lost, by a driver or a long sleep, is opened again; what was asked is painted there.
function watch(model) {
  painter.lost.then(async () => {
    const another = await openTested(model);
    if (!another?.right) return notice(say("no_device"));
    painter = another.painter;
    watch(model);
    if (photo && !isLive()) paintAll();
  });
}

// The camera is on, or asked for.
const isLive = () => at("pictures").classList.contains("whole");

function addTile(style) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const picture = style.id.startsWith("own-") ? document.createElement("canvas") : document.createElement("img");
  if (picture.src !== undefined) [picture.src, picture.alt] = [`thumbnails/${style.id}.jpg`, ""];
  const [title, artist] = [document.createElement("strong"), document.createElement("span")];
  [title.textContent, artist.textContent] = [style.title, [style.artist, style.year].filter(Boolean).join(", ")];
  button.append(picture, title, artist);
  button.addEventListener("click", () => choose(style));
  item.append(button);
  if (tiles.has(style.id)) tiles.get(style.id).item.replaceWith(item);
  else if (style.id.startsWith("own-")) at("wall").prepend(item);
  else at("wall").append(item);
  tiles.set(style.id, { style, item, button, picture });
}

function mark() {
  for (const { style, button } of tiles.values()) button.ariaPressed = String(style === chosen);
  at("caption-title").textContent = chosen.title;
  at("caption-artist").textContent = [chosen.artist, chosen.year].filter(Boolean).join(", ");
  at("strength-value").textContent = Number(at("strength").value).toFixed(2);
  at("brush-value").textContent = Number(at("brush").value).toFixed(1);
}

function choose(style) {
  chosen = style;
  mark();
  if (photo && !isLive()) paintLarge();
}

let live = { key: "", vector: null }; // made once, so that the camera sees when it is another
function liveVector() {
  const key = `${chosen.id} ${at("strength").value}`;
  if (live.key !== key) live = { key, vector: painter.between(chosen.vector, Number(at("strength").value)) };
  return live.vector;
}

// What paints the frames of one scene, with the painter that there is now: another one after a device was lost.
function openScene() {
  let scene = null;
  const paint = (frame) => {
    if (scene?.painter !== painter) scene = new ScenePainter(painter);
    return scene.paint(frame, liveVector());
  };
  return { paint, close: () => scene?.close() };
}

function paintAll() {
  paintLarge();
  const small = sized(photo, TILE);
  at("wall").style.setProperty("--ratio", Math.min(1.9, Math.max(0.7, small.width / small.height)));
  for (const tile of tiles.values()) paintTile(tile, small);
}

function paintTile(tile, image) {
  tile.picture.classList.add("waiting");
  const work = () => painter.paint(image, tile.style.vector);
  turns.ask(`tile ${tile.style.id}`, work, (painted) => showTile(tile, painted), () => {});
}

function showTile(tile, image) {
  if (tile.picture.tagName !== "CANVAS") {
    const canvas = document.createElement("canvas");
    tile.picture.replaceWith(canvas);
    tile.picture = canvas;
  }
  tile.picture.classList.remove("waiting");
  put(tile.picture, image);
}

function paintLarge() {
  const [style, strength, brush] = [chosen, Number(at("strength").value), Number(at("brush").value)];
  const image = sized(photo, LARGE / brush);
  at("pictures").classList.add("stale");
  at("download").disabled = true;
  at("status").textContent = say("painting");
  const began = performance.now();
  const vector = painter.between(style.vector, strength);
  const work = () => painter.paint(image, vector);
  const show = (painted) => {
    showPictures();
    put(at("photo"), image);
    put(at("painting"), painted);
    at("pictures").classList.remove("stale");
    at("download").disabled = false;
    shown = { painted, vector, strength, photo, name: `${name}-${style.id}` };
    at("status").textContent = say("painted", { seconds: ((performance.now() - began) / 1000).toFixed(1) });
  };
  turns.ask("large", work, show, () => (at("status").textContent = say("failed")), true);
}

function showPictures(there = true) {
  at("drop").hidden = there;
  at("pictures").hidden = !there;
}

// The painting as a file, at the photo's size if that is larger: painted once more there.
function download() {
  const { painted, vector, strength, photo: from, name: file } = shown;
  const whole = full(from, MOST);
  const larger = whole.width > painted.width;
  at("download").disabled = true;
  at("status").textContent = say("painting_large");
  const work = () => (larger ? enlarge(painter, painted, whole, vector, strength) : painted);
  const done = (word) => {
    at("download").disabled = false;
    at("status").textContent = word;
  };
  const show = async (image) => {
    const canvas = new OffscreenCanvas(image.width, image.height);
    put(canvas, image);
    save(await canvas.convertToBlob({ type: "image/png" }), `${file}.png`);
    done(`${image.width} × ${image.height}`);
  };
  turns.ask("large", work, show, () => done(say("failed")), true);
}

async function take(file) {
  if (!(await ready)) return;
  try {
    photo = await decoded(file);
  } catch {
    return notice(say("no_photo", { name: file.name }));
  }
  if (isLive()) endCamera();
  notice("");
  name = file.name?.replace(/\.[^.]*$/, "") || "photo";
  paintAll();
}

function endCamera(word = null) {
  camera.stop();
  at("live").hidden = true;
  at("live-record").textContent = say("record");
  at("pictures").classList.remove("whole");
  at("status").textContent = "";
  if (word) notice(say(word));
  if (photo) paintLarge();
  else showPictures(false);
}

async function startCamera() {
  turns.drop("large");
  at("pictures").classList.remove("stale");
  at("pictures").classList.add("whole");
  showPictures();
  at("download").disabled = true;
  const started = await camera.start();
  if (started === null) return;
  if (!started) return endCamera("no_camera");
  notice("");
  at("live").hidden = false;
}

async function takeFrame() {
  photo = await camera.frame();
  name = "camera";
  endCamera();
  paintAll();
}

function recordOrStop() {
  if (camera.recording) camera.stopRecording();
  else camera.record();
  at("live-record").textContent = say(camera.recording ? "record_stop" : "record");
}

async function openStyle(file) {
  if (!(await ready)) return;
  const style = await readStyle(file, painter.about);
  if (!style) return notice(say("no_style", { name: file.name }));
  notice("");
  addTile(style);
  choose(style);
  if (photo) paintTile(tiles.get(style.id), sized(photo, TILE));
}

function wire() {
  const files = (input, use) =>
    at(input).addEventListener("change", () => {
      if (at(input).files[0]) use(at(input).files[0]);
      at(input).value = "";
    });
  files("photo-file", take);
  files("style-file", openStyle);
  const click = (id, act) => at(id).addEventListener("click", act);
  for (const id of ["choose", "drop"]) click(id, () => at("photo-file").click());
  click("own", () => at("style-file").click());
  click("camera", startCamera);
  click("live-turn", async () => (await camera.turn()) === false && endCamera("no_camera"));
  click("live-snap", takeFrame);
  click("live-record", recordOrStop);
  click("live-stop", () => endCamera());
  click("download", download);
  for (const id of ["strength", "brush"]) at(id).addEventListener("input", () => (mark(), photo && !isLive() && paintLarge()));
  at("divider").addEventListener("input", () => at("pictures").style.setProperty("--cut", `${at("divider").value}%`));
  addEventListener("dragover", (event) => (event.preventDefault(), at("studio").classList.add("over")));
  addEventListener("dragleave", (event) => event.relatedTarget || at("studio").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    at("studio").classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) (file.name.endsWith(".safetensors") ? openStyle : take)(file);
  });
  addEventListener("paste", (event) => event.clipboardData.files[0] && take(event.clipboardData.files[0]));
}

const ready = start();
