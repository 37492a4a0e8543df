// Does this device calculate what it should, and how fast? A known picture is painted and compared with what ONNX Runtime
// made of it when the model was exported.
import { frameOf, put } from "./pictures.js";

const TOLERANCE = 2; // levels of 0..255, mean over the picture
const KEY = "stylize-webgpu"; // what was found is remembered
const HOLDS = 24 * 3600 * 1000; // milliseconds: a device that was busy may be quick tomorrow
const RUNS = 3; // the quickest counts
const ENOUGH = 500; // milliseconds after which a device is not asked once more

// The known picture: colours that rise along rows, columns and both.
export function knownPicture({ width, height }) {
  const image = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      image.data.set([(x * 5) % 256, (y * 7) % 256, ((x + y) * 3) % 256, 255], i);
    }
  }
  return image;
}

// Whether the painter is right, and the seconds that the known picture takes: { right, seconds }. A painter that is right
// with frames, too, `showsFrames` from then on.
export async function selfTest(painter, expected) {
  const known = recalled(painter) ?? (await tried(painter, expected));
  painter.showsFrames = known.frames;
  return known;
}

async function tried(painter, expected) {
  const { about } = painter;
  const image = knownPicture(about.test);
  const vector = painter.vector({ [about.test.style]: 1 });
  await painter.paint(image, vector); // kernels are made the first time
  let [painted, seconds] = [null, Infinity];
  const began = performance.now();
  for (let run = 0; run < RUNS && performance.now() - began < ENOUGH; run++) {
    const start = performance.now();
    painted = await painter.paint(image, vector);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  const right = apart(painted.data, expected) <= TOLERANCE;
  const found = { right, seconds, frames: false };
  remember(painter, found); // a device that is lost by what comes next is not asked for it again
  if (right) found.frames = await showsFrames(painter, image, vector, expected).catch(() => false);
  remember(painter, found);
  return found;
}

// Whether the picture is right as a frame that never leaves the graphics processor.
async function showsFrames(painter, image, vector, expected) {
  const { width, height } = image;
  const [shown, seen] = [new OffscreenCanvas(width, height), new OffscreenCanvas(width, height)];
  put(shown, image);
  const frame = frameOf(shown, Math.min(width, height));
  const known = await painter.followFrame(frame, vector, null, 1);
  try {
    put(seen, await painter.showFrame(frame, vector, known));
  } finally {
    painter.release(known);
  }
  return apart(seen.getContext("2d").getImageData(0, 0, width, height).data, expected) <= TOLERANCE;
}

// The mean difference of a picture of RGBA from one of RGB, in levels.
function apart(data, expected) {
  let sum = 0;
  for (let i = 0, k = 0; i < data.length; i += 4, k += 3) {
    for (let c = 0; c < 3; c++) sum += Math.abs(data[i + c] - expected[k + c]);
  }
  return sum / expected.length;
}

// What was found holds for this model, browser, graphics processor and precision.
function place({ about, device, half }) {
  const { vendor, architecture, description } = device.adapterInfo ?? {};
  const key = [about.sha256.slice(0, 12), vendor, architecture, description, navigator.userAgent].join(" ");
  return [half ? `${KEY}-half` : KEY, key];
}

function recalled(painter) {
  const [name, key] = place(painter);
  try {
    const [known, found, since] = JSON.parse(localStorage.getItem(name)) ?? [];
    return known === key && Date.now() - since < HOLDS ? found : null;
  } catch {
    return null; // the browser lets nobody remember
  }
}

export function remember(painter, found) {
  const [name, key] = place(painter);
  try {
    localStorage.setItem(name, JSON.stringify([key, found, Date.now()]));
  } catch {
    // then it is tested again next time
  }
}
