// The visitor's photos: opened by the server or on this device (photo_opening.js), shown by a preview, kept by the browser
// (kept_photos.js). What cannot be read leaves the last one. `sent` is the path of the server's copy of a photo, `thumbnail`
// a data URL; a photo without one was never opened, and `replaces` is the photo whose place it takes once it is. Where it has
// a `crop` (photo_crop.js), that part is shown, and `cropped` is the path of the server's copy of it.
const { translate, keptPhotos, isHere } = window.stylize;
const input = element.querySelector("input");
const preview = element.querySelector(".photo-frame img");
const status = element.querySelector(".photo-status");
const { open, openWhole } = window.stylize.photoOpening(server, props.limit, (path) => copies.add(path));
const strip = window.stylize.photoStrip(element.querySelector(".photo-strip"), choose, remove);
const cropping = window.stylize.photoCrop(element.querySelector(".photo-crop"), crop);
let photos = []; // in the order of the strip
let wanted = null; // the one that is to be on show
let chosen = null; // the one on show
let failures = new Set(); // sentences, told once nothing is being opened any more
let note = ""; // of the one on show, likewise
let adding = false; // whether what the file dialog brings leaves the one on show in its place
let inDialog = null; // the one that is being cropped
let checking = false;
let isTurning = false; // the one on show is being opened where the switch wants it
let forgotten = false;
const copies = new Set(); // paths of all that the server was given or made by itself
const newId = () => `${Date.now()} ${Math.random()}`;
const isOpening = () => wanted !== chosen || photos.some(({ thumbnail }) => !thumbnail);
const placeOf = (photo) => (photo ? photos.findIndex((one) => one === photo || one.replaces === photo) : -1);

function say(sentence, state = "") {
  status.textContent = sentence;
  status.dataset.state = state;
  if (state === "failed") status.scrollIntoView({ block: "nearest" });
}

function show() {
  const photo = props.value;
  element.classList.toggle("filled", Boolean(photo));
  element.classList.toggle("kept", photos.length > 0);
  preview.alt = translate("photo");
  input.setAttribute("aria-label", translate("photo"));
  if (photo) preview.src = photo.preview.url;
  else preview.removeAttribute("src");
  strip.draw(photos, chosen, wanted);
}

function setValue(opened, said = "") {
  props.value = opened;
  note = said;
  window.stylize.remember({ photo: chosen?.id, wanted: undefined }); // each tab has its own on show
  show();
}

// Opens photos one after the other, and shows the wanted one.
async function openAll(list) {
  for (const [index, photo] of list.entries()) {
    const count = list.length;
    if (!photos.includes(photo)) continue;
    say(count > 1 ? translate("photos_opening", { number: index + 1, count }) : translate("photo_opening"), "open");
    show();
    const opened = await open(photo);
    if (!photos.includes(photo)) letGo(opened);
    else if (opened.error) fail(photo, opened.error, list[index + 1]);
    else accept(photo, opened);
  }
  if (isOpening() || (!failures.size && status.dataset.state !== "open")) return;
  say([...failures, note].filter(Boolean).join(" "), failures.size ? "failed" : "");
  failures = new Set();
}

const forgetCopies = (paths) => paths.length && server.forget_photos({ paths }).catch(() => {}); // else within the hour
// What was removed or replaced before it was opened is nobody's.
const letGo = ({ photo }) => photo && forgetCopies([photo.path]);

function fail(photo, sentence, next) {
  failures.add(sentence);
  if (!photo.thumbnail) {
    photos.splice(photos.indexOf(photo), 1, ...(photo.replaces ? [photo.replaces] : []));
    keptPhotos.removeUnopened(photo.id);
  }
  if (wanted === photo) wanted = [next, chosen].find((one) => placeOf(one) >= 0) ?? null;
  if (!wanted && photo.replaces) return choose(photo.replaces); // the page was loaded anew meanwhile
  if (chosen && wanted === chosen && window.stylize.staysHere() !== isHere(props.value.photo)) return failTurned(sentence);
  if (wanted || !chosen) return show();
  chosen = null; // it was removed, and this one was to be shown in its place
  setValue(null);
}

// The one on show cannot be opened where the switch wants it: what no longer is on the server is not shown.
function failTurned(sentence) {
  window.stylize.failHere(sentence);
  if (!window.stylize.staysHere()) return;
  wanted = chosen = null;
  setValue(null);
}

function accept(photo, opened) {
  const { thumbnail, note: said, ...value } = opened;
  const { replaces } = photo;
  delete photo.replaces;
  photo.thumbnail = thumbnail;
  if (!isHere(value.photo)) {
    photo[photo.crop ? "cropped" : "sent"] = value.photo.path;
    copies.add(value.photo.path);
  }
  if (replaces && replaces === wanted) wanted = photo;
  if (photo === wanted) {
    photo.used = Date.now();
    chosen = photo;
    setValue(value, said);
  } else show();
  window.stylize.keepHere(props.value?.photo?.path);
  keptPhotos.put(photo);
  if (replaces) keptPhotos.remove(replaces.id);
}

function choose(photo) {
  if (photo === wanted) return;
  wanted = photo;
  if (photo.thumbnail) openAll([photo]);
  else show(); // it is shown as soon as it is there
}

// New photos: the first takes the place of the one on show, unless they are only added.
async function bring(brought, add = false) {
  await restored;
  const now = Date.now();
  const most = props.limit.photos;
  const place = add ? -1 : placeOf(wanted);
  const made = brought.map((one, index) => ({ id: newId(), brought: now + index, used: now, ...one }));
  const left = made.splice(place < 0 ? Math.max(0, most - photos.length) : Math.max(1, most - photos.length + 1));
  if (left.length) failures.add(translate("photos_too_many", { most, count: left.length }));
  const [first] = made;
  if (place >= 0) takePlace(place, first);
  photos.push(...made.slice(place >= 0));
  wanted = first ?? wanted;
  for (const photo of made) keptPhotos.putUnopened(photo, props.limit.bytes);
  if (first) window.stylize.remember({ wanted: first.id });
  await openAll(made);
  if (first && chosen === first) window.stylize.revealViewer();
}

function takePlace(place, photo) {
  const old = photos[place];
  Object.assign(photo, { brought: old.brought, replaces: old.thumbnail ? old : old.replaces });
  photos.splice(place, 1, photo);
}

async function openCrop() {
  if (!chosen || wanted !== chosen) return;
  inDialog = chosen;
  try {
    const { preview: whole } = chosen.crop ? await openWhole(chosen) : props.value;
    await cropping.open(whole.url, chosen.crop);
  } catch {
    say(translate("photo_not_sent"), "failed");
  }
}

// A part of a photo is another photo in its place.
function crop(part) {
  const place = placeOf(inDialog);
  if (place < 0 || (!part && !inDialog.crop)) return;
  wanted = { ...inDialog, id: newId(), crop: part, cropped: undefined, thumbnail: undefined };
  takePlace(place, wanted);
  openAll([wanted]);
}

// The one in its place is shown, where it was the wanted one and there is another.
function remove(photo = wanted) {
  const place = placeOf(photo);
  if (place < 0) return;
  const [gone] = photos.splice(place, 1);
  for (const one of [gone, gone.replaces]) if (one) keptPhotos.remove(one.id);
  if (wanted === gone || wanted === gone.replaces) {
    wanted = placeOf(chosen) < 0 ? null : chosen;
    const next = photos[Math.min(place, photos.length - 1)];
    if (!wanted && next) return choose(next);
  }
  if (!wanted) chosen = null;
  if (!isOpening()) say("");
  if (wanted) show();
  else setValue(null);
}

// The paths of the server's copies.
const pathsThere = () => [...copies, ...photos.flatMap(({ sent, cropped }) => [sent, cropped])].filter(Boolean);

// Nothing of any photo is left here; returns the paths of the server's copies.
function forgetHere() {
  cropping.close();
  const paths = pathsThere();
  copies.clear();
  failures = new Set();
  photos = [];
  wanted = chosen = null;
  forgotten = true;
  say("");
  setValue(null);
  return paths;
}

async function forget() {
  const paths = forgetHere();
  say(translate("photo_forgotten_here"), "open");
  try {
    await keptPhotos.clear();
    await server.forget_photos({ paths });
    if (!wanted) say(translate("photo_forgotten"));
  } catch {
    if (!wanted) say(translate("photo_forgotten_here"));
  }
}

// Something failed: if the server has forgotten the photo, it is brought again.
async function checkPhoto() {
  if (checking || !chosen || isHere(props.value.photo)) return;
  checking = true;
  try {
    const there = await server.open_photo({ path: props.value.photo.path });
    if (there.error && chosen && wanted === chosen) await openAll([chosen]);
  } catch {
    // whatever failed has told so
  } finally {
    checking = false;
  }
}

// The switch was turned: what is on show is opened where it shall be now; returns whether there is anything. Copies on the
// server are deleted at once where photos stay on this device.
function reopen() {
  const here = window.stylize.staysHere();
  const turned = Boolean(wanted && chosen && here !== isHere(props.value?.photo));
  if (here) {
    forgetCopies(pathsThere());
    copies.clear();
    for (const photo of photos) {
      photo.sent = photo.cropped = undefined;
      if (photo.thumbnail) keptPhotos.put(photo);
    }
  }
  if (turned && !isTurning) {
    isTurning = true;
    openAll([wanted]).finally(() => (isTurning = false));
  }
  return turned;
}

async function restore() {
  const kept = await keptPhotos.restored();
  if (!forgotten) ({ photos, wanted } = kept);
}

const pathOf = ({ crop, cropped, sent }) => (crop ? cropped : sent);

// The paths of all photos, which the server has opened anew where it had forgotten them.
async function photoPaths() {
  if (window.stylize.staysHere()) return [];
  await openAll(photos.filter((photo) => photo !== chosen));
  return photos.filter(({ thumbnail }) => thumbnail).map(pathOf);
}

const refuse = (sentence) => say(sentence, "failed");
const bringFiles = (files, add) => bring([...files].map((file) => ({ file, name: file.name })), add);
Object.assign(window.stylize, {
  bringPhotos: bringFiles,
  bringExample: (name) => bring([{ example: name, name }]),
  refusePhoto: refuse,
  photosForgotten: forgetHere,
  reopenPhotos: reopen,
  photosHere: () => photos.some(({ sent, cropped, example }) => !sent && !cropped && !example),
  checkPhoto, photoPaths, choosePhoto: (path) => photos.filter((photo) => pathOf(photo) === path).map(choose),
});

async function paste() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith("image/"));
      if (type) return bringFiles([new File([await item.getType(type)], `photo.${type.slice(6)}`, { type })]);
    }
  } catch {
    // the browser forbids it
  }
  refuse(translate("photo_not_pasted"));
}

function pick(add) {
  adding = add;
  input.click();
}

const camera = window.stylize.photoCamera(element.querySelector(".photo-camera"), (file) => bringFiles([file]), refuse);
input.addEventListener("change", () => {
  if (input.files.length) bringFiles(input.files, adding);
  adding = false;
  input.value = ""; // the same file may be chosen again
});
const actions = { choose: () => pick(false), add: () => pick(true), remove: () => remove(), crop: openCrop, paste, forget, ...camera };
element.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.action]?.());
watch("value", show);
show();
const restored = restore();
restored.then(() => wanted && openAll([wanted, ...photos.filter((one) => one !== wanted && !one.thumbnail)]));
