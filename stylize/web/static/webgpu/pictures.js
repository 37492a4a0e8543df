// Pictures of the browser: files, video frames and canvases as ImageData of a size, and back.

// Decode a file, upright. Rejects when the browser cannot read it.
export function decoded(file) {
  return createImageBitmap(file, { imageOrientation: "from-image" });
}

// `source` (a bitmap, a video, a canvas) as ImageData whose shorter side is at most `side` pixels.
export function sized(source, side) {
  const [width, height] = [source.videoWidth || source.width, source.videoHeight || source.height];
  const scale = Math.min(1, side / Math.min(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// `source` as ImageData of its own size, or of `most` pixels.
export function full(source, most) {
  const scale = Math.min(1, Math.sqrt(most / (source.width * source.height)));
  return sized(source, Math.min(source.width, source.height) * scale);
}

// Show ImageData on a canvas, which takes its size.
export function put(canvas, image) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Have the browser save a blob as a file.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
