// Pictures at another size: bicubic, seen through as much of the picture as the new size wants, as Pillow does.
// Pictures are { data, width, height } with four numbers a pixel, of any kind; the result has Float32Array data.
const REACH = 2; // of the cubic, source pixels or, when made smaller, pixels of the result

function cubic(x) {
  const t = Math.abs(x); // a = -0.5
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

// For each of `to` places: the first of the `from` places that it is made of, and their weights.
function taps(from, to) {
  const scale = from / to;
  const wide = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(middle - REACH * wide + 0.5));
    const end = Math.min(from, Math.floor(middle + REACH * wide + 0.5));
    const weights = Array.from({ length: end - first }, (_, i) => cubic((first + i + 0.5 - middle) / wide));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

export function resized({ data, width, height }, toWidth, toHeight) {
  const rows = along(data, height, width, 4, width * 4, toWidth);
  return { data: along(rows, toWidth, height, toWidth * 4, 4, toHeight), width: toWidth, height: toHeight };
}

// `data` with another number of places along one axis: `lines` lines of `from` places, `step` numbers from one place to
// the next, `skip` from one line to the next. The result lies as before, with `to` places.
function along(data, lines, from, step, skip, to) {
  const result = new Float32Array(lines * to * 4);
  const out = step === 4 ? { step: 4, skip: to * 4 } : { step, skip };
  taps(from, to).forEach(({ first, weights }, place) => {
    for (let line = 0; line < lines; line++) {
      const target = line * out.skip + place * out.step;
      let [r, g, b, a] = [0, 0, 0, 0];
      for (let i = 0, source = line * skip + first * step; i < weights.length; i++, source += step) {
        const weight = weights[i];
        r += weight * data[source];
        g += weight * data[source + 1];
        b += weight * data[source + 2];
        a += weight * data[source + 3];
      }
      result[target] = r;
      result[target + 1] = g;
      result[target + 2] = b;
      result[target + 3] = a;
    }
  });
  return result;
}

// A picture of any numbers as ImageData: rounded, and limited to 0..255.
export function bytes({ data, width, height }) {
  return new ImageData(Uint8ClampedArray.from(data), width, height);
}
