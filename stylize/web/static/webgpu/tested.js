// The painter of this device, opened and tried.
import { WebGpuPainter } from "./painter.js";
import { selfTest } from "./self_test.js";

// Resolves to { painter, right, seconds } for a model of `loadModel`, or to null where the browser has no device for it.
// Half precision is taken where the device has it and is right in it, else single.
export async function openTested(model) {
  for (const half of [true, false]) {
    const painter = await WebGpuPainter.open(model, half);
    if (!painter) continue;
    const found = await selfTest(painter, model.expected).catch(() => ({ right: false, seconds: 0 }));
    if (found.right || !half) return { painter, ...found };
    painter.close();
  }
  return null;
}
