// The painter of this device in the viewer (one script with viewer.js). It previews what the controls ask for until the
// server's answer is there; and where the photo stays here, its painting is the answer.
const PREVIEW_MOST = 768; // pixels of a shorter side that a device is asked for unasked
const WORKING_SIDE = 512; // shorter side that is painted at brush 1, as on the server
let asking = null; // the values of the newest request to the server, null when it is answered
let isPreviewing = false;
let paintedUrl = "";
let made = null; // the newest painting made here, and all that it takes to make it at full size

const controls = document.getElementById("controls");
for (const kind of ["pointerdown", "focusin"]) {
  controls?.addEventListener(kind, () => window.stylize.openDevice(), { once: true });
}

document.addEventListener("stylize:request", ({ detail: { kind, state, values, number, isHere } }) => {
  if (kind !== "viewer") return;
  asking = state === "open" && !isHere ? values : null;
  if (asking && !isPreviewing) previewNewest();
  if (state === "open" && isHere) paintHere(number, wish(values));
});

// What is asked for, by name, as PaintTab.viewer_inputs of events.py and `ControlValues.options` have it.
function wish(values) {
  const [file, mask, , , style, second, secondShare, third, thirdShare, strength, brush, keepColors, regions] = values;
  const mixed = [[second, secondShare], [third, thirdShare]].filter(([id, share]) => id && id !== style && share);
  const shares = Object.fromEntries(mixed);
  const rest = 1 - Object.values(shares).reduce((sum, share) => sum + share, 0);
  return {
    path: file?.photo?.path, mask, strength, brush, keepColors, regions, side: WORKING_SIDE / brush,
    shares: rest > 0.005 ? { [style]: rest, ...shares } : shares,
  };
}

const knows = (painter, { shares }) => Object.keys(shares).every((id) => painter.styles.some((one) => one.id === id));

// Preview what is asked for now, and what was asked for meanwhile.
async function previewNewest() {
  isPreviewing = true;
  let done = null;
  while (asking && asking !== done) {
    done = asking;
    await preview(done).catch(window.stylize.deviceFailed);
  }
  isPreviewing = false;
}

async function preview(values) {
  const wanted = wish(values);
  const painter = await window.stylize.openedDevice();
  if (!painter || wanted.mask || wanted.regions || wanted.keepColors || wanted.side > PREVIEW_MOST) return;
  if (!knows(painter, wanted) || photoShown !== photoWanted) return;
  const { sized } = await window.stylize.deviceModule("pictures");
  const image = sized(await createImageBitmap(photo), wanted.side);
  const url = await address(await painter.paint(image, painter.vector(wanted.shares, wanted.strength)));
  await window.stylize.loadImage(url);
  if (asking !== values) return URL.revokeObjectURL(url);
  painting.src = replacePainted(url);
  tell("preview");
  viewer.dataset.previews = Number(viewer.dataset.previews || 0) + 1;
}

// An address of a picture that is nowhere but here.
async function address(image) {
  const { put } = await window.stylize.deviceModule("pictures");
  const sheet = document.createElement("canvas");
  put(sheet, image);
  return URL.createObjectURL(await new Promise((done) => sheet.toBlob(done)));
}

function replacePainted(url) {
  URL.revokeObjectURL(paintedUrl);
  return (paintedUrl = url);
}

// Paint what is wanted, when its turn comes, and show it.
async function paintHere(number, wanted) {
  const { state } = window.stylize.deviceState();
  const fail = (key, values) => window.stylize.failed("viewer", number, translate(key, values));
  const painter = window.stylize.painterHere();
  if (!painter && ["asking", "waiting"].includes(state)) return fail("device_waits");
  if (!painter) return; // asked again once there is one, or the photo is on the server
  if (wanted.regions) return fail("device_no_regions");
  if (!knows(painter, wanted)) return fail("device_no_style");
  const turns = await window.stylize.turnsHere();
  const work = () => paintedHere(painter, wanted);
  turns.ask("viewer", work, (found) => showMade(number, found), () => window.stylize.lostHere(painter), true);
}

async function paintedHere(painter, wanted) {
  const source = await window.stylize.sourceHere(wanted.path);
  if (!source) return null; // another photo is shown by now
  const { sized } = await window.stylize.deviceModule("pictures");
  const began = performance.now();
  const image = sized(source.canvas, wanted.side);
  const vector = painter.vector(wanted.shares, wanted.strength);
  const painted = await painter.paint(image, vector);
  const url = await address(await finished(painted, image, wanted));
  return { painter, wanted, source, vector, painted, url, seconds: (performance.now() - began) / 1000 };
}

// With the photo's colours, and its mask, where they are asked for.
async function finished(painted, image, { keepColors, mask }) {
  const [{ recolored, masked }, { stretched }] = await Promise.all(["finish", "pictures"].map(window.stylize.deviceModule));
  const colored = keepColors ? recolored(painted, image) : painted;
  if (!mask) return colored;
  return masked(colored, image, stretched(await window.stylize.loadImage(mask), image.width, image.height));
}

function showMade(number, found) {
  if (!found || !isNewest("viewer", number) || !window.stylize.staysHere()) return;
  made = { ...found, number };
  const { source, wanted, seconds, url } = found;
  const title = window.stylize.stylesTitle(wanted.shares);
  show({
    request: number, photo: { url: source.url }, painting: { url: replacePainted(url) }, final: true, whole: "here", title,
    size: [source.canvas.width, source.canvas.height], here: { ...wanted, seconds },
  });
  window.stylize.answered("viewer", number);
}

// The newest painting at the photo's size, as an ImageData, and its name without an ending.
async function wholeHere() {
  const { painter, wanted, source, vector, painted } = made;
  const [{ enlarge }, { full }] = await Promise.all(["enlarge", "pictures"].map(window.stylize.deviceModule));
  const photoWhole = full(source.canvas, Infinity);
  const isLarger = photoWhole.width > painted.width || photoWhole.height > painted.height;
  const turns = await window.stylize.turnsHere();
  const large = await new Promise((done, failed) => {
    const work = () => (isLarger ? enlarge(painter, painted, photoWhole, vector, wanted.strength) : painted);
    turns.ask(`whole ${performance.now()}`, work, done, failed, true);
  });
  const stem = source.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_.-]+/gu, "-") || "photo";
  return { image: await finished(large, photoWhole, wanted), name: `${stem}-${Object.keys(wanted.shares).join("-")}` };
}
window.stylize.wholeHere = wholeHere;
