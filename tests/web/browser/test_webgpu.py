"""The browser's painter: every kernel against NumPy, and the whole against ONNX Runtime."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from stylize import Stylizer, imaging
from stylize.inference.input_noise import FIELD, grain, grained
from stylize.inference.layers import shallow
from stylize.inference.painter import OnnxPainter, fine_painter
from stylize.inference.reflection import reflected
from stylize.inference.session import Device
from stylize.inference.style_vector import of_layers
from stylize.inference.upscale import enlarge
from stylize.paths import MODELS
from stylize.training.export.web_model import matrices

from .sites import hosted

STYLES = [style.id for style in Stylizer(device="cpu").styles]
WIDTH, HEIGHT = 96, 64
KERNEL = """async ([name, options, sizes, inputs, out, groups]) => {
  const kernels = await import("./webgpu/kernels.js");
  const { Compute, openDevice } = await import("./webgpu/compute.js");
  window.compute ??= new Compute(await openDevice());
  const [kind, bytes] = out;
  const result = compute.borrow(bytes);
  const arrays = { float: Float32Array, whole: Uint32Array };
  const buffers = inputs.map((x) => (x ? compute.constant(new arrays[x[0]](x[1])) : result));
  compute.run(kernels[name](options), sizes, buffers, groups);
  compute.send([result]);
  const found = new arrays[kind](await compute.read(result, bytes));
  compute.release(result);
  return [...found];
}"""
PAINT = """async ([pixels, width, height, act]) => {
  const { WebGpuPainter, loadModel } = await import("./webgpu/painter.js");
  window.painter ??= await WebGpuPainter.open(await loadModel("model/painter.json"));
  const image = new ImageData(new Uint8ClampedArray(pixels), width, height);
  const painted = await new Function("painter", "image", `return (async () => ${act})()`)(painter, image);
  return [...painted.data];
}"""


@pytest.fixture(scope="module")
def page(gpu_browser, tmp_path_factory):
    with hosted(tmp_path_factory.mktemp("host")) as address:
        page = gpu_browser.new_page()
        page.route("**/index.html", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto(address + "index.html")
        yield page
        page.close()


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(7)
    smooth = Image.fromarray(rng.integers(0, 256, (8, 12, 3), np.uint8)).resize((WIDTH, HEIGHT), 3)
    return np.asarray(smooth)


@pytest.fixture(scope="module")
def part(photo):
    """Enough of it for every layer: the painter adds the same to both around them."""
    return np.ascontiguousarray(photo[:32, :48])


@pytest.fixture(scope="module")
def exact():
    return OnnxPainter(MODELS, Device("cpu"), "float32")


def blocks(x):
    """[C, H, W] as the kernels keep it, [C / 4, H, W, 4], and channels that fill up a block."""
    x = np.pad(x, ((0, -len(x) % 4), (0, 0), (0, 0)))
    return x.reshape(-1, 4, *x.shape[1:]).transpose(0, 2, 3, 1).astype(np.float32)


def planes(values, height, width):
    return np.array(values, np.float32).reshape(-1, height, width, 4).transpose(0, 3, 1, 2).reshape(-1, height, width)


def floats(x):
    return ["float", np.asarray(x, np.float32).ravel().tolist()]


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def groups(width, height, depth):
    return [-(-width // 8), -(-height // 8), depth]


def run(page, name, options, sizes, inputs, size, count, kind="float"):
    return page.evaluate(KERNEL, [name, options, sizes, inputs, [kind, size * 4], count])


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 1), (4, 2, 1), (6, 2, 2)])
@pytest.mark.parametrize("reflected", [False, True])
def test_a_convolution(page, kernel, stride, padding, reflected):
    x, weight = random(8, 13, 22), random(12, 8, kernel, kernel)
    padded = np.pad(x, ((0, 0), (padding,) * 2, (padding,) * 2), "reflect" if reflected else "constant")
    windows = sliding_window_view(padded, (kernel, kernel), (1, 2))[:, ::stride, ::stride]
    weight = weight.astype(np.float16).astype(np.float32)  # as it is stored
    wanted = np.einsum("ihwyx,oiyx->ohw", windows, weight)
    height, width = wanted.shape[1:]
    options = {"inputs": 8, "kernel": kernel, "stride": stride, "padding": padding, "reflected": reflected}
    inputs = [floats(blocks(x)), floats(matrices(weight)), None]
    count = groups(-(-width // 4), height, 3)
    found = run(page, "convolution", options, [22, 13, width, height], inputs, wanted.size, count)
    np.testing.assert_allclose(planes(found, height, width), wanted, atol=1e-4)


def test_an_enlargement_is_bilinear(page):
    x = random(4, 5, 7)
    steps = [(np.arange(2 * n) + 0.5) / 2 - 0.5 for n in x.shape[1:]]
    low = [np.clip(np.floor(s).astype(int), 0, None) for s in steps]
    high = [np.clip(np.floor(s).astype(int) + 1, None, n - 1) for s, n in zip(steps, x.shape[1:], strict=True)]
    part = [(s - np.floor(s)).astype(np.float32) for s in steps]
    rows = x[:, low[0]] * (1 - part[0])[:, None] + x[:, high[0]] * part[0][:, None]
    wanted = rows[:, :, low[1]] * (1 - part[1]) + rows[:, :, high[1]] * part[1]
    found = run(page, "enlargement", {}, [7, 5, 14, 10], [floats(blocks(x)), None], wanted.size, groups(14, 10, 1))
    np.testing.assert_allclose(planes(found, 10, 14), wanted, atol=1e-6)


def test_moments_and_statistics_of_many_parts(page):
    places = 2 * 4096 + 100  # three parts, the last one small
    x = random(8, 1, places) * 3 + 50
    parts = run(page, "moments", {}, [places, 2, 0, 0], [floats(blocks(x)), None], 3 * 2 * 2 * 4, [3, 2])
    known = run(page, "statistics", {}, [places, 2, 0, 2], [floats(parts), None], 2 * 2 * 4, [1])
    mean, variance = np.array(known).reshape(2, 8)
    np.testing.assert_allclose(mean, x.mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, x.var((1, 2)), rtol=1e-3)


def test_a_style_is_folded_but_for_the_last_layer(page):
    known, style = np.abs(random(2, 3, 4)), random(2, 3, 4)
    found = run(page, "fold", {"epsilon": 1e-5}, [0, 3, 2, 3], [floats(known), floats(style), None], 24, [1])
    scale, shift = np.array(found).reshape(2, 3, 4)
    wanted = style[0] / np.sqrt(known[1] + 1e-5)
    np.testing.assert_allclose(scale[:2], wanted[:2], rtol=1e-4)
    np.testing.assert_allclose(shift[:2], (style[1] - known[0] * wanted)[:2], rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal([scale[2], shift[2]], style[:, 2])


def test_statistics_approach_others(page):
    now, before = random(70, 4), random(70, 4) + 1
    code = KERNEL.replace(
        "const result = compute.borrow(bytes);", "const result = compute.constant(new Float32Array(out[2]));"
    )
    sent = [
        "approach",
        {"share": 0.25},
        [70, 0, 0, 0],
        [None, floats(now)],
        ["float", 70 * 16, before.ravel().tolist()],
        [2],
    ]
    np.testing.assert_allclose(page.evaluate(code, sent), (0.75 * before + 0.25 * now).ravel(), atol=1e-6)


@pytest.mark.parametrize(("added", "rectified"), [(True, True), (True, False), (False, True)])
def test_what_follows_a_convolution(page, added, rectified):
    x, other, folded = random(8, 6, 9), random(8, 6, 9) + 1, random(2, 3, 4)
    scale, shift = folded[:, 1:].reshape(2, 8, 1, 1)
    wanted = x * scale + shift + (other if added else 0)
    wanted = np.maximum(wanted, 0) if rectified else wanted
    options = {"start": 1, "blocks": 3, "added": added, "rectified": rectified, "shuffled": 0}
    inputs = [floats(blocks(x)), floats(folded), None, *([floats(blocks(other))] if added else [])]
    found = run(page, "finish", options, [9, 6, 9, 6], inputs, wanted.size, groups(9, 6, 2))
    np.testing.assert_allclose(planes(found, 6, 9), wanted, atol=1e-5)


@pytest.mark.parametrize("channels", [32, 12])
def test_a_pixel_shuffle(page, channels):
    x, count = random(channels, 3, 5), channels // 4
    folded = np.stack([np.ones((count, 4)), np.zeros((count, 4))])
    wanted = x.reshape(count, 2, 2, 3, 5).transpose(0, 3, 1, 4, 2).reshape(count, 6, 10)
    options = {"start": 0, "blocks": count, "added": False, "rectified": False, "shuffled": count}
    depth = -(-count // 4)
    found = run(
        page,
        "finish",
        options,
        [5, 3, 10, 6],
        [floats(blocks(x)), floats(folded), None],
        depth * 240,
        groups(10, 6, depth),
    )
    np.testing.assert_allclose(planes(found, 6, 10)[:count], wanted, atol=1e-6)


def test_a_picture_is_reflected_and_grained_as_everywhere_else(page, photo, onnx_painter):
    small = np.ascontiguousarray(photo[:5, :7])  # smaller than the reflection: it is reflected again
    for picture in (photo, small):
        padded = reflected(picture, onnx_painter.pad, onnx_painter.multiple)
        height, width = padded.shape[:2]
        rgba = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).ravel().view(np.uint32).tolist()
        grain_field = grain(range(FIELD), range(FIELD)).ravel().view(np.uint32).tolist()
        options = {"pad": onnx_painter.pad, "side": FIELD}
        inputs = [["whole", rgba], ["whole", grain_field], None]
        sizes = [picture.shape[1], picture.shape[0], width, height]
        found = run(page, "grained", options, sizes, inputs, height * width * 4, groups(width, height, 1))
        wanted = grained(padded).transpose(2, 0, 1)
        np.testing.assert_allclose(planes(found, height, width)[:3] * 255, wanted, atol=1e-3)


def paint(page, photo, act):
    height, width = photo.shape[:2]
    rgba = np.dstack([photo, np.full((height, width), 200, np.uint8)])
    found = np.array(page.evaluate(PAINT, [rgba.ravel().tolist(), width, height, act]), np.uint8)
    found = found.reshape(height, width, 4)
    assert (found[..., 3] == 200).all()  # what was clear stays as clear
    return found[..., :3].astype(int)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_the_servers(page, photo, exact, painter, style):
    wanted = exact.measure(photo, painter.styles[style].vector)[0]
    found = paint(page, photo, f"painter.paint(image, painter.vector({{{style}: 1}}))")
    assert np.abs(found - wanted).max() <= 2


def test_the_photo_stays_the_photo(page, part):
    np.testing.assert_array_equal(paint(page, part, "painter.paint(image, painter.vector({udnie: 1}, 0))"), part)


def test_a_blend_at_half_strength(page, part, exact, painter):
    vector = painter.vector({"great_wave": 0.75, "the_kiss": 0.25}, strength=0.5)
    found = paint(page, part, "painter.paint(image, painter.vector({great_wave: 3, the_kiss: 1}, 0.5))")
    assert np.abs(found - exact.measure(part, vector)[0]).max() <= 2


def test_a_frame_with_the_statistics_of_the_one_before(page, photo, exact, painter):
    vector, before = painter.styles["the_scream"].vector, np.ascontiguousarray(photo[:, ::-1] // 2)
    wanted = exact.paint(photo, exact.fold(vector, exact.measure(before, vector)[1]))
    act = """{
      const vector = painter.vector({the_scream: 1});
      const before = new ImageData(image.width, image.height);
      for (let y = 0; y < image.height; y++) for (let x = 0; x < image.width; x++) for (let c = 0; c < 3; c++)
        before.data[4 * (y * image.width + x) + c] = image.data[4 * (y * image.width + image.width - 1 - x) + c] >> 1;
      const known = await painter.follow(before, vector, null, 1);
      const painted = await painter.paintWith(image, vector, known);
      painter.release(known);
      return painted;
    }"""
    assert np.abs(paint(page, photo, act) - wanted).max() <= 2


FRAME = """async ([pixels, width, height, side, strength]) => {
  const { WebGpuPainter, loadModel } = await import("./webgpu/painter.js");
  const { frameOf, put } = await import("./webgpu/pictures.js");
  window.painter ??= await WebGpuPainter.open(await loadModel("model/painter.json"));
  const [shown, seen] = [new OffscreenCanvas(1, 1), new OffscreenCanvas(1, 1)];
  put(shown, new ImageData(new Uint8ClampedArray(pixels), width, height));
  const frame = frameOf(shown, side);
  const vector = window.painter.vector({ great_wave: 1 }, strength);
  const known = await window.painter.followFrame(frame, vector, null, 1);
  put(seen, await window.painter.showFrame(frame, vector, known));
  window.painter.release(known);
  return [seen.width, seen.height, ...seen.getContext("2d").getImageData(0, 0, seen.width, seen.height).data];
}"""


def shown_frame(page, photo, side, strength):
    height, width = photo.shape[:2]
    rgba = np.dstack([photo, np.full((height, width), 255, np.uint8)]).ravel().tolist()
    width, height, *values = page.evaluate(FRAME, [rgba, width, height, side, strength])
    return np.array(values).reshape(height, width, 4)[..., :3]


def test_a_frame_that_stays_on_the_device_is_painted_as_others_are(page, photo, exact, painter):
    wanted = exact.measure(photo, painter.styles["great_wave"].vector)[0]
    assert np.abs(shown_frame(page, photo, HEIGHT, 1) - wanted).max() <= 2


def test_a_large_frame_is_made_small_on_the_device(page):
    large = np.random.default_rng(3).integers(0, 256, (96, 150, 3), np.uint8)
    found = shown_frame(page, large, 64, 0)  # a strength of 0 is the photo
    wanted = large.repeat(2, 0).repeat(2, 1).reshape(64, 3, 100, 3, 3).mean((1, 3))
    assert np.abs(found - wanted).max() <= 1


RESIZE = """async ([pixels, width, height, to]) => {
  const { bytes, resized } = await import("./webgpu/resize.js");
  return [...bytes(resized({ data: pixels, width, height }, ...to)).data];
}"""


@pytest.mark.parametrize("size", [(31, 20), (160, 90), (96, 30), (1, 1)])
def test_another_size_is_pillows(page, photo, size):
    given = Image.fromarray(np.dstack([photo, photo[..., 0]]), "RGBX")
    wanted = np.asarray(given.resize(size, Image.Resampling.BICUBIC)).astype(int)
    found = page.evaluate(RESIZE, [np.asarray(given).ravel().tolist(), WIDTH, HEIGHT, list(size)])
    assert np.abs(np.array(found).reshape(wanted.shape) - wanted).max() <= 1


FINISH = """async ([painted, photo, mask, width, height]) => {
  const { masked, recolored } = await import("./webgpu/finish.js");
  const image = (x) => new ImageData(new Uint8ClampedArray(x), width, height);
  const [one, other, shares] = [painted, photo, mask].map(image);
  return [recolored(one, other), masked(one, other, shares)].map(({ data }) => [...data]);
}"""


def test_colours_are_kept_and_a_mask_is_followed_as_on_the_server(page, photo):
    painted = np.ascontiguousarray(photo[::-1])
    mask = np.repeat(photo[..., :1], 3, axis=2)
    given = [np.dstack([x, np.full(x.shape[:2], 200, np.uint8)]).ravel().tolist() for x in (painted, photo, mask)]
    found = np.array(page.evaluate(FINISH, [*given, WIDTH, HEIGHT])).reshape(2, HEIGHT, WIDTH, 4)
    assert (found[..., 3] == 200).all()
    recolored, masked = found[..., :3]
    assert np.abs(recolored - imaging.recolor(painted, photo)).max() <= 3
    assert np.abs(masked - imaging.mix(photo, painted, mask[..., 0])).max() <= 1


@pytest.mark.parametrize("strength", [1, 0.6])
def test_a_painting_is_brought_to_the_photos_size_as_on_the_server(page, photo, exact, painter, strength):
    vector = painter.vector("udnie", strength=strength)
    small = np.asarray(Image.fromarray(photo).resize((48, 32), Image.Resampling.BICUBIC))
    painted = exact.measure(small, vector)[0]
    lighter = painter.vector("udnie", strength=strength / 2)
    fine = fine_painter(MODELS, Device("cpu"), "float32", exact)
    numbers = of_layers(lighter, exact.channels, shallow(exact.layers))
    wanted = enlarge(fine, painted, photo, small, numbers, strength)
    rgba = np.dstack([painted, np.full((32, 48), 255, np.uint8)]).ravel().tolist()
    act = f"""{{
      const {{ enlarge }} = await import(new URL("webgpu/enlarge.js", document.baseURI));
      const painted = new ImageData(new Uint8ClampedArray({rgba}), 48, 32);
      return enlarge(painter, painted, image, painter.vector({{udnie: 1}}, {strength}), {strength});
    }}"""
    difference = np.abs(paint(page, photo, act) - wanted)
    assert difference.max() <= 8
    assert difference.mean() < 0.5


def test_memory_stays_level_over_frames(page, part):
    act = """{
      const vector = painter.vector({udnie: 1});
      let [known, last] = [null, null];
      const seen = new Set();
      for (let i = 0; i < 6; i++) {
        if (i % 3 === 0) known = await painter.follow(image, vector, known, 0.3);
        last = await painter.paintWith(image, vector, known);
        if (i > 2) seen.add(painter.allocated);
      }
      painter.release(known);
      if (seen.size > 1) throw new Error(`bytes: ${[...seen]}`);
      painter.trim();
      return last;
    }"""
    paint(page, part, act)


def test_half_precision_where_the_device_has_it(page, photo, exact, painter):
    act = "{ const { openDevice } = await import(new URL('webgpu/compute.js', document.baseURI));"
    act += " return (await openDevice(['shader-f16'])) !== null; }"
    if not page.evaluate(f"async () => {act}"):
        pytest.skip("this device does not calculate in half precision")
    wanted = exact.measure(photo, painter.styles["great_wave"].vector)[0]
    code = PAINT.replace("window.painter ??=", "window.halfPainter ??=")
    code = code.replace('loadModel("model/painter.json"))', 'loadModel("model/painter.json"), true)')
    rgba = np.dstack([photo, np.full((HEIGHT, WIDTH), 200, np.uint8)]).ravel().tolist()
    asked = "window.halfPainter.paint(image, window.halfPainter.vector({great_wave: 1}))"
    found = np.array(page.evaluate(code, [rgba, WIDTH, HEIGHT, asked])).reshape(HEIGHT, WIDTH, 4)[..., :3]
    assert np.abs(found - wanted).max() <= 4
