"""The camera's way over many frames: nothing piles up on the device or in the page."""

import pytest
from playwright.sync_api import Browser

from .scripts import script_page

SETTLED = 50  # frames after which nothing may be new

# A painter of three small layers, since a processor computes the shipped one's in a second a frame; all that makes and
# lets go of memory is the shipped code. Frames that stay on the device come from a canvas: of a video, a processor
# needs a second to make a texture.
WATCH = """async ([frames, settled, showsFrames]) => {
  const live = { buffers: 0, textures: 0, canvases: 0, bitmaps: 0 };
  const count = (kind, name, step, type) => {
    const act = type.prototype[name];
    type.prototype[name] = function (...given) {
      live[kind] += step;
      return act.apply(this, given);
    };
  };
  count("buffers", "createBuffer", 1, GPUDevice);
  count("textures", "createTexture", 1, GPUDevice);
  count("buffers", "destroy", -1, GPUBuffer);
  count("textures", "destroy", -1, GPUTexture);
  count("bitmaps", "transferToImageBitmap", 1, OffscreenCanvas);
  count("bitmaps", "close", -1, ImageBitmap);
  const create = document.createElement;
  document.createElement = function (name) {
    live.canvases += name === "canvas";
    return create.call(this, name);
  };
  const Sheet = OffscreenCanvas;
  window.OffscreenCanvas = function (...size) {
    live.canvases++;
    return new Sheet(...size);
  };
  const modules = ["camera", "painter", "scene"].map((name) => import(`./webgpu/${name}.js`));
  const [{ Camera }, { WebGpuPainter }, { ScenePainter }] = await Promise.all(modules);
  const layer = { reflected: true, added: null, rectified: true, enlarged: false, shuffled: false };
  const layers = [
    { ...layer, source: -1, channels: 4, kernel: 4, stride: 2, padding: 1 },
    { ...layer, source: 0, channels: 4, kernel: 3, stride: 1, padding: 1, added: 0 },
    { ...layer, source: 1, channels: 12, kernel: 3, stride: 1, padding: 1, rectified: false, shuffled: true },
  ];
  const size = 2 * (4 + 4 + 12) + 3;
  const styles = ["photo", "one"].map((id) => ({ id, vector: new Float32Array(size).fill(0.5) }));
  const about = { layers, styles, style_size: size, epsilon: 1e-5, grain_side: 4, pad: 4, border: 4, multiple: 2 };
  const model = { about, weights: new Uint16Array(4 * 4 * (16 + 9 + 3 * 9)), grain: new Uint32Array(12) };
  const painter = await WebGpuPainter.open(model);
  painter.showsFrames = showsFrames;
  const vector = painter.vector({ one: 1 });
  const still = new Sheet(32, 24);
  still.getContext("2d").fillRect(0, 0, 9, 9);
  const found = [];
  let painted = 0;
  const sides = { least: 8, first: 8, most: 8 };
  await new Promise((done, failed) => {
    const scene = () => {
      const here = new ScenePainter(painter);
      const paint = async (frame) => {
        if (showsFrames) frame.source = still;
        const made = await here.paint(frame, vector);
        painted++;
        if (painted === settled || painted === frames) found.push({ ...live, bytes: painter.allocated });
        if (painted === frames) done();
        return made;
      };
      return { paint, close: () => here.close() };
    };
    const [video, canvas] = ["video", "canvas"].map((name) => document.querySelector(name));
    video.hidden = true;
    window.camera = new Camera(video, canvas, { scene, told() {}, failed, sides });
    window.camera.start();
  });
  window.camera.stop();
  let most = 0;
  for (let side = 8; side < 40; side++) {
    await painter.paint(new ImageData(side, side), vector);
    most = Math.max(most, painter.allocated);
  }
  painter.trim();
  const kept = painter.allocated;
  await painter.paint(new ImageData(39, 39), vector);
  return { found, most: most - kept, one: painter.allocated - kept };
}"""


@pytest.mark.parametrize(("shows_frames", "frames"), [(True, 500), (False, 150)])
def test_nothing_piles_up_over_500_frames(gpu_browser: Browser, shows_frames: bool, frames: int) -> None:
    page = script_page(gpu_browser)
    told = page.evaluate(WATCH, [frames, SETTLED, shows_frames])
    early, late = told["found"]
    assert late == early
    assert early["buffers"] > 0
    assert early["bytes"] > 0
    assert told["most"] <= 3 * told["one"]  # pictures of many sizes, one after another
    page.close()
