// Pictures of the browser: files, video frames and canvases as ImageData of a size, and back.

// Decode a file, upright. Rejects when the browser cannot read it.
export function decoded(file) {
  return createImageBitmap(file, { imageOrientation: "from-image" });
}

// The size of `source` (a bitmap, a video, a canvas) at which its shorter side is at most `side` pixels.
function sizeAt(source, side) {
  const [width, height] = [source.videoWidth || source.width, source.videoHeight || source.height];
  const scale = Math.min(1, side / Math.min(width, height));
  return [width, height].map((length) => Math.max(1, Math.round(length * scale)));
}

// `source` as ImageData whose shorter side is at most `side` pixels.
export function sized(source, side) {
  return stretched(source, ...sizeAt(source, side));
}

// What `source` shows now, at the size at which `sized` would have it, and `image`, which makes ImageData of it. Who asks
// often brings a canvas that is used again: browsers are slow to let go of one.
export function frameOf(source, side, sheet) {
  const [width, height] = sizeAt(source, side);
  return { source, width, height, image: () => stretched(source, width, height, sheet) };
}

// `source` as ImageData of exactly this size.
export function stretched(source, width, height, sheet = new OffscreenCanvas(width, height)) {
  resize(sheet, width, height);
  const context = sheet.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.globalCompositeOperation = "copy"; // nothing shines through from before
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// `source` as ImageData of its own size, or of `most` pixels.
export function full(source, most) {
  const scale = Math.min(1, Math.sqrt(most / (source.width * source.height)));
  return sized(source, Math.min(source.width, source.height) * scale);
}

// Show ImageData, or an ImageBitmap, which is closed, on a canvas, which takes its size.
export function put(canvas, image) {
  resize(canvas, image.width, image.height);
  const context = canvas.getContext("2d");
  if (image instanceof ImageData) return context.putImageData(image, 0, 0);
  context.drawImage(image, 0, 0);
  image.close();
}

// Have the browser save a blob as a file.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
