// The visitor's photos: sent, opened by the server, shown by a preview, kept by the browser (kept_photos.js).
// What cannot be read leaves the last one.
const { translate, keptPhotos } = window.stylize;
const input = element.querySelector("input");
const preview = element.querySelector("img");
const status = element.querySelector(".photo-status");
const { root, api_prefix: prefix = "" } = window.gradio_config;
let photos = []; // as kept_photos.js describes them; `sent` is the path of the server's copy
let chosen = null; // the one on show
let newest = 0; // the number of what was asked for last: an earlier photo that is opened later is not shown
let checking = false;

function say(sentence, state = "") {
  status.textContent = sentence;
  status.dataset.state = state;
  if (state === "failed") status.scrollIntoView({ block: "nearest" });
}

function show() {
  const photo = props.value;
  element.classList.toggle("filled", Boolean(photo));
  preview.alt = translate("photo");
  input.setAttribute("aria-label", translate("photo"));
  if (photo) preview.src = photo.preview.url;
  else preview.removeAttribute("src");
}

function setValue(opened) {
  props.value = opened;
  history.replaceState({ ...history.state, photo: chosen?.id }, ""); // each tab has its own on show
  show();
}

// Gradio's own `upload` tells failures in English.
async function send(file, name) {
  const form = new FormData();
  form.append("files", file, name);
  const answer = await fetch(`${root}${prefix}/upload`, { method: "POST", body: form });
  if (!answer.ok) throw new Error(answer.statusText);
  return (await answer.json())[0];
}

// What the server says about a photo. It is sent unless the server still has it.
async function open(photo) {
  const { bytes, megabytes } = props.limit;
  try {
    const known = photo.sent && (await server.open_photo({ path: photo.sent }));
    if (known && !known.error) return known;
    if (photo.example) return await server.open_example({ name: photo.example });
    if (photo.file.size > bytes) return { error: translate("photo_too_large", { name: photo.name, megabytes }) };
    return await server.open_photo({ path: await send(photo.file, photo.name) });
  } catch {
    return { error: translate("photo_not_sent") };
  }
}

// Opens a photo and shows it. Returns whether it could be opened, and nothing else was asked for meanwhile.
async function choose(photo) {
  const number = ++newest;
  say(translate("photo_opening"), "open");
  const opened = (await open(photo)) ?? { error: translate("photo_not_sent") }; // no answer is one, too
  if (number !== newest) return false;
  say(opened.error ?? opened.note, opened.error ? "failed" : "");
  if (opened.error) return false;
  opened.preview.url = `${root}${prefix}/file=${opened.preview.path}`;
  Object.assign(photo, { sent: opened.photo.path, used: Date.now() });
  chosen = photo;
  setValue(opened);
  return true;
}

// A new photo takes the place of the one on show.
async function bring(brought) {
  const now = Date.now();
  const photo = { id: `${now} ${Math.random()}`, brought: now, ...brought };
  const before = chosen;
  if (!(await choose(photo))) return;
  photos = [...photos.filter((one) => one !== before), photo];
  if (before) keptPhotos.remove(before.id);
  keptPhotos.put(photo);
}

function remove() {
  newest += 1;
  say("");
  if (chosen) keptPhotos.remove(chosen.id);
  photos = photos.filter((one) => one !== chosen);
  chosen = null;
  setValue(null);
}

// Nothing of any photo is left here; returns the paths of the server's copies.
function forgetHere() {
  const paths = [...photos.map(({ sent }) => sent), props.value?.photo.path].filter(Boolean);
  photos = [];
  remove();
  return paths;
}

async function forget() {
  const paths = forgetHere();
  const number = newest;
  say(translate("photo_forgotten_here"), "open");
  try {
    await keptPhotos.clear();
    await server.forget_photos({ paths });
    if (number === newest) say(translate("photo_forgotten"));
  } catch {
    if (number === newest) say(translate("photo_forgotten_here"));
  }
}

// Something failed: if the server has forgotten the photo, it is brought again.
async function checkPhoto() {
  if (checking || !chosen) return;
  checking = true;
  try {
    const there = await server.open_photo({ path: props.value.photo.path });
    if (there.error && chosen) await choose(chosen);
  } catch {
    // whatever failed has told so
  } finally {
    checking = false;
  }
}

async function restore() {
  const kept = await keptPhotos.all();
  if (newest) return; // the visitor was faster
  photos = kept;
  const mine = kept.find(({ id }) => id === history.state?.photo);
  const last = kept.reduce((one, two) => (one && one.used > two.used ? one : two), null);
  if (last) await choose(mine ?? last);
}

const bringFile = (file) => bring({ file, name: file.name });
Object.assign(window.stylize, {
  bringPhoto: bringFile,
  bringExample: (name) => bring({ example: name, name }),
  refusePhoto: (sentence) => say(sentence, "failed"),
  photosForgotten: forgetHere,
  checkPhoto,
});

async function paste() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith("image/"));
      if (type) return bringFile(new File([await item.getType(type)], `photo.${type.slice(6)}`, { type }));
    }
    say(translate("photo_not_pasted"), "failed");
  } catch {
    say(translate("photo_not_pasted"), "failed"); // the browser forbids it
  }
}

const camera = window.stylize.photoCamera(element.querySelector(".photo-camera"), bringFile, (sentence) => say(sentence, "failed"));
input.addEventListener("change", () => {
  const [file] = input.files;
  if (file) bringFile(file);
  input.value = ""; // the same file may be chosen again
});
const actions = { choose: () => input.click(), remove, paste, forget, ...camera };
element.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.action]?.());
watch("value", show);
show();
restore();
