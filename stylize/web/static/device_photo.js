// Photos on this device: read by the browser, which sends them nowhere. Their paths are names that no server knows.
(() => {
  const MOST = 3_000_000; // pixels that are kept of a photo
  const THUMBNAIL = 160; // pixels of its longer side in the strip
  const PATH = "device:";
  const { translate } = window.stylize;
  const sources = new Map(); // {canvas, url, name} by path

  // A part of a picture, turned: a crop as photo_crop.py has it, with at most so many pixels.
  function drawn(picture, { turns = 0, box = [0, 0, 1, 1] } = {}, most = MOST) {
    const [width, height] = turns % 2 ? [picture.height, picture.width] : [picture.width, picture.height];
    const span = (start, length, size) => {
      const first = Math.min(Math.max(Math.round(start * size), 0), size - 1);
      return [first, Math.max(first + 1, Math.min(Math.round((start + length) * size), size)) - first];
    };
    const [left, wide] = span(box[0], box[2], width);
    const [top, high] = span(box[1], box[3], height);
    const scale = Math.min(1, Math.sqrt(most / (wide * high)));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [wide, high].map((side) => Math.max(1, Math.round(side * scale)));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.scale(canvas.width / wide, canvas.height / high);
    context.translate(width / 2 - left, height / 2 - top);
    context.rotate((turns * Math.PI) / 2);
    context.drawImage(picture, -picture.width / 2, -picture.height / 2);
    return { canvas, isSmaller: scale < 1 };
  }

  const blobOf = (canvas) => new Promise((made) => canvas.toBlob(made, "image/webp", 0.95));

  async function openHere({ id, file, name, crop }) {
    const { decoded } = await window.stylize.deviceModule("pictures");
    const bitmap = await decoded(file).catch(() => null);
    if (!bitmap) return { error: translate("device_unread", { name }) };
    const { canvas, isSmaller } = drawn(bitmap, crop ?? {});
    bitmap.close();
    const sides = [canvas.width, canvas.height];
    const { canvas: thumbnail } = drawn(canvas, {}, (THUMBNAIL ** 2 * Math.min(...sides)) / Math.max(...sides));
    const path = PATH + id;
    drop(path);
    sources.set(path, { canvas, url: URL.createObjectURL(crop ? await blobOf(canvas) : file), name });
    return {
      photo: { path },
      preview: { url: sources.get(path).url },
      thumbnail: thumbnail.toDataURL("image/webp", 0.9),
      note: isSmaller ? translate("device_smaller", { megapixels: MOST / 1e6 }) : "",
    };
  }

  function drop(path) {
    if (!sources.has(path)) return;
    URL.revokeObjectURL(sources.get(path).url);
    sources.delete(path);
  }

  // The picture that the page opens with: it is nobody's.
  async function opening() {
    const { url } = window.stylize.firstPhoto;
    const canvas = drawn(await createImageBitmap(await (await fetch(url)).blob())).canvas;
    return { canvas, url, name: "photo" };
  }

  Object.assign(window.stylize, {
    // What is to be known of a photo that is opened here, as `describe_photo` of photo_input.py tells it.
    openHere,
    // Whether a photo of the page is one that stays on this device.
    isHere: (photo) => Boolean(photo?.path?.startsWith(PATH)),
    // Let go of all others: a photo is opened anew when it is chosen.
    keepHere(path) {
      for (const other of [...sources.keys()]) if (other !== path) drop(other);
    },
    // Resolves to {canvas, url, name} of the photo with this path, or of the one that the page opens with; to undefined if
    // it was let go.
    sourceHere: async (path) => (path ? sources.get(path) : opening()),
  });
})();
