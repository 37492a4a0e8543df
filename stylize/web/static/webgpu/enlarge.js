// Bring a painting to the photo's size and keep it crisp, as the server does (stylize/inference/upscale.py): enlarged and
// painted once more, lightly; what that changes at the size of the first painting is taken back.
import { bytes, resized } from "./resize.js";

const FINE_STRENGTH = 0.5; // of the style in the second painting

// `painted` and `photo` are ImageData, `vector` and `strength` those of the painting. Resolves to ImageData of the
// photo's size. At less than full strength the photo's own detail shows through.
export async function enlarge(painter, painted, photo, vector, strength = 1) {
  const { width, height } = photo;
  const large = resized(painted, width, height);
  if (strength < 1) {
    const plain = bytes(resized(photo, painted.width, painted.height));
    const blurred = resized(plain, width, height).data;
    large.data.forEach((value, i) => (large.data[i] = value + (1 - strength) * (photo.data[i] - blurred[i])));
  }
  const fine = await painter.paintFine(bytes(large), painter.between(vector, FINE_STRENGTH));
  const change = resized(fine, painted.width, painted.height);
  change.data.forEach((value, i) => (change.data[i] = painted.data[i] - value));
  const correction = resized(change, width, height);
  correction.data.forEach((value, i) => (correction.data[i] = i % 4 === 3 ? photo.data[i] : value + fine.data[i]));
  return bytes(correction);
}
