// What comes after painting, as the server does it (stylize/stylizer.py): the photo's colours, and a mask. Pictures are
// ImageData of one size.

// The painting's luminance with the photo's chroma (YCbCr of ITU-R BT.601, as in JPEG), rounded down on the way as Pillow
// rounds.
export function recolored(painted, photo) {
  const made = new ImageData(painted.width, painted.height);
  for (let i = 0; i < made.data.length; i += 4) {
    const light = Math.floor(luminance(painted.data, i));
    const own = luminance(photo.data, i);
    const blue = Math.floor((photo.data[i + 2] - own) / 1.772);
    const red = Math.floor((photo.data[i] - own) / 1.402);
    made.data[i] = light + Math.floor(1.402 * red);
    made.data[i + 1] = light - Math.ceil(0.34414 * blue + 0.71414 * red);
    made.data[i + 2] = light + Math.floor(1.772 * blue);
    made.data[i + 3] = painted.data[i + 3];
  }
  return made;
}

const luminance = (data, i) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];

// The painting where the mask's red is 255, the photo where it is 0, in proportion between.
export function masked(painted, photo, mask) {
  const made = new ImageData(painted.width, painted.height);
  for (let i = 0; i < made.data.length; i += 4) {
    const share = mask.data[i] / 255;
    for (let c = 0; c < 3; c++) {
      made.data[i + c] = Math.round(share * painted.data[i + c] + (1 - share) * photo.data[i + c]);
    }
    made.data[i + 3] = painted.data[i + 3];
  }
  return made;
}
