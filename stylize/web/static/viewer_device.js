// Previews by this device: what is asked for with the controls is painted here, at the size that the brush works at, and
// shown until the server's answer is there. It follows viewer.js in the same script and shares its names.
const WORKING_SIDE = 512; // shorter side that is painted at brush 1, as on the server
const PREVIEW_MOST = 768; // pixels of a shorter side that a device is asked for
let asking = null; // the values of the newest request, null when it is answered
let isPreviewing = false;
let previewUrl = "";

const controls = document.getElementById("controls");
for (const kind of ["pointerdown", "focusin"]) {
  controls?.addEventListener(kind, () => window.stylize.openDevice(), { once: true });
}

document.addEventListener("stylize:request", ({ detail: { kind, state, values } }) => {
  if (kind !== "viewer") return;
  asking = state === "open" ? values : null;
  if (asking && !isPreviewing) previewNewest();
});

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
  const [, mask, , , style, second, secondShare, third, thirdShare, strength, brush, keepColors, regions] = values;
  const side = WORKING_SIDE / brush;
  const painter = await window.stylize.openedDevice();
  if (!painter || mask || regions || keepColors || side > PREVIEW_MOST || photoShown !== photoWanted) return;
  const shares = blend(style, [[second, secondShare], [third, thirdShare]]);
  if (!Object.keys(shares).every((id) => painter.styles.some((one) => one.id === id))) return;
  const { put, sized } = await window.stylize.deviceModule("pictures");
  const painted = await painter.paint(sized(await createImageBitmap(photo), side), painter.vector(shares, strength));
  const canvas = document.createElement("canvas");
  put(canvas, painted);
  const url = URL.createObjectURL(await new Promise((made) => canvas.toBlob(made)));
  await window.stylize.loadImage(url);
  if (asking !== values) return URL.revokeObjectURL(url);
  URL.revokeObjectURL(previewUrl);
  painting.src = previewUrl = url;
  tell("preview");
  viewer.dataset.previews = Number(viewer.dataset.previews || 0) + 1;
}

// What share each style has: the main one what the others leave, as `ControlValues.options` has it.
function blend(style, others) {
  const mixed = Object.fromEntries(others.filter(([id, share]) => id && id !== style && share));
  const rest = 1 - Object.values(mixed).reduce((sum, share) => sum + share, 0);
  return rest > 0.005 ? { [style]: rest, ...mixed } : mixed;
}
