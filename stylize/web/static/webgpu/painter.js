// Paint pictures on the visitor's own device: nothing leaves it. The networks' files are those of `stylize export web`.
import { Compute, openDevice } from "./compute.js";
import { Frames } from "./frames.js";
import * as kernels from "./kernels.js";
import { Network } from "./network.js";

const PHOTO = "photo"; // the zero of strength
const HALF = "shader-f16"; // what a device says that calculates in half precision
const ERRORS = ["validation", "out-of-memory"]; // that a device tells nobody who does not ask
const SIZES = 2; // of pictures for which memory is kept

// Read painter.json and what it names, relative to its own address. Throws a sentence when something is missing.
export async function loadModel(address) {
  const about = await (await fetched(address)).json();
  const beside = async (name) => (await fetched(new URL(name, new URL(address, document.baseURI)))).arrayBuffer();
  const files = [about.weights, about.vectors, about.grain, about.test.painted];
  if (about.fine) files.push(about.fine.weights);
  const [weights, styles, grain, expected, fine] = await Promise.all(files.map(beside));
  const vectors = new Float32Array(styles);
  about.styles.forEach((style, row) => {
    style.vector = vectors.subarray(row * about.style_size, (row + 1) * about.style_size);
  });
  return {
    about,
    weights: new Uint16Array(weights), // half precision
    fineWeights: fine && new Uint16Array(fine),
    grain: new Uint32Array(grain),
    expected: new Uint8Array(expected),
  };
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer;
}

// Half precision as single precision.
export function halves(bits) {
  const bytes = new Uint32Array(bits.length);
  bits.forEach((half, i) => {
    const sign = (half & 0x8000) << 16;
    const rest = half & 0x7fff;
    if (rest >= 0x7c00) bytes[i] = sign | 0x7f800000 | ((rest & 0x3ff) << 13);
    else if (rest >= 0x400) bytes[i] = sign | ((rest << 13) + 0x38000000);
    else bytes[i] = sign | new Uint32Array(new Float32Array([rest * 2 ** -24]).buffer)[0];
  });
  return new Float32Array(bytes.buffer);
}

export class WebGpuPainter {
  #compute;
  #network;
  #fine; // the network of second paintings, null when the model has none
  #grain;
  #frames;
  showsFrames = false; // whether frames can be shown that never leave the device: the self-test finds out
  #sizes = []; // of the last pictures

  // A painter for a model of `loadModel`, or null where the browser has no device for it; with `half`, where it has none
  // that calculates in half precision. It should be tried (tested.js): nothing else tells whether it is right.
  static async open(model, half = false) {
    const device = await openDevice(half ? [HALF] : []);
    return device && new WebGpuPainter(device, model, half);
  }

  constructor(device, { about, weights, fineWeights, grain }, half = false) {
    const given = (bits) => (half ? bits : halves(bits));
    this.about = about;
    this.half = half;
    this.device = device;
    this.styles = about.styles.filter((style) => style.id !== PHOTO);
    this.lost = device.lost; // resolves when the device is gone: then open another painter
    this.#compute = new Compute(device);
    this.#network = new Network(this.#compute, about, given(weights), half);
    this.#fine = about.fine ? new Network(this.#compute, { ...about, ...about.fine }, given(fineWeights), half) : null;
    this.#grain = this.#compute.constant(grain);
    this.#frames = new Frames(this.#compute);
  }

  get allocated() {
    return this.#compute.allocated;
  }

  // The vector of a blend: shares by style id, whose sum is brought to 1, at a strength of 0 (the photo) to 1.
  vector(shares, strength = 1) {
    const named = Object.fromEntries(this.about.styles.map((style) => [style.id, style.vector]));
    const sum = Object.values(shares).reduce((a, b) => a + b, 0);
    const mixed = new Float32Array(this.about.style_size);
    for (const [id, share] of Object.entries(shares)) {
      if (!named[id]) throw new Error(`There is no style ${id}.`);
      named[id].forEach((value, i) => (mixed[i] += (share * value) / sum));
    }
    return this.between(mixed, strength);
  }

  // A vector brought nearer to the photo's: a strength of 0 is the photo, 1 the vector itself.
  between(vector, strength) {
    const identity = this.about.styles.find((style) => style.id === PHOTO).vector;
    return vector.map((value, i) => strength * value + (1 - strength) * identity[i]);
  }

  // Paint an ImageData with a vector, normalised by what this picture has; resolves to one of the same size.
  async paint(image, vector) {
    const { painted, known } = await this.measure(image, vector);
    this.release(known);
    return painted;
  }

  // The same with the network that is for second paintings; without one, with the painter.
  async paintFine(image, vector) {
    if (!this.#fine) return this.paint(image, vector);
    const known = this.#fine.room();
    const numbers = Float32Array.from(this.about.fine.numbers, (place) => vector[place]);
    const painted = await this.#painted(this.#fine, this.about.fine, image, numbers, known, true);
    this.release(known);
    return painted;
  }

  // The same, and the statistics that it took, for `paintWith`: a buffer on the device, to be given to `release`.
  async measure(image, vector) {
    const known = this.#network.room();
    const painted = await this.#painted(this.#network, this.about, image, vector, known, true);
    return { painted, known };
  }

  // Paint with the statistics of another picture, such as the frame before: convolutions alone.
  async paintWith(image, vector, known) {
    return this.#painted(this.#network, this.about, image, vector, known, false);
  }

  // The same of what the video of a `frame` (pictures.js) shows now; resolves to an ImageBitmap, which is the caller's to
  // close. Nothing leaves the graphics processor.
  async showFrame(frame, vector, known) {
    const { width, height } = frame;
    const [shown, checked] = this.#checked(() => {
      const picture = this.#brought(frame);
      const result = this.#queued(this.#network, this.about, { width, height, picture }, vector, known, false);
      return this.#frames.shown(result, width, height, [known]);
    });
    // waited for, or frames would pile up on a device that is slower than the camera
    await Promise.all([checked, this.device.queue.onSubmittedWorkDone()]);
    return shown;
  }

  // Statistics that follow a scene: those of `image`, or, of those `known` before, a `share` of the way to them.
  async follow(image, vector, known, share) {
    return this.#follow((await this.measure(image, vector)).known, known, share);
  }

  // The same with what the video of a `frame` shows now.
  async followFrame(frame, vector, known, share) {
    const { width, height } = frame;
    const [now, checked] = this.#checked(() => {
      const picture = this.#brought(frame);
      const found = this.#network.room();
      this.#queued(this.#network, this.about, { width, height, picture }, vector, found, true);
      this.#compute.send([found]);
      return found;
    });
    await checked;
    return this.#follow(now, known, share);
  }

  #follow(now, known, share) {
    if (!known) return now;
    this.#network.follow(known, now, share);
    this.#compute.send([known]);
    this.#compute.release(now);
    return known;
  }

  // Give back statistics; null is nothing to give back.
  release(known) {
    if (known) this.#compute.release(known);
  }

  // Give up the device: nothing can be painted any more.
  close() {
    this.device.destroy();
  }

  // Let go of memory that only the last size of picture needed.
  trim() {
    this.#frames.close();
    this.#compute.trim();
  }

  async #painted(network, about, image, vector, known, measuring) {
    const { width, height } = image;
    const size = 4 * width * height;
    const [result, checked] = this.#checked(() => {
      const picture = this.#compute.borrow(size);
      const bytes = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
      this.#compute.device.queue.writeBuffer(picture, 0, bytes);
      const made = this.#queued(network, about, { width, height, picture }, vector, known, measuring);
      this.#compute.send([known, made]);
      return made;
    });
    try {
      const [made] = await Promise.all([this.#compute.read(result, size), checked]);
      return new ImageData(new Uint8ClampedArray(made), width, height);
    } finally {
      this.#compute.release(result);
    }
  }

  #brought({ source, width, height }) {
    const picture = this.#compute.borrow(4 * width * height);
    this.#frames.bring(source, width, height, picture);
    return picture;
  }

  // What `act` gives, and a promise that rejects with what the device says against it: else there would be black pictures.
  #checked(act) {
    const { device } = this.#compute;
    for (const kind of ERRORS) device.pushErrorScope(kind);
    try {
      return [act(), this.#accepted()];
    } catch (error) {
      this.#accepted().catch(() => {});
      throw error;
    }
  }

  async #accepted() {
    const found = await Promise.all(ERRORS.map(() => this.#compute.device.popErrorScope()));
    for (const error of found) if (error) throw new Error(error.message);
  }

  // Queue the kernels that paint the buffer `picture`, and return the buffer of the painting, both RGBA bytes.
  #queued(network, { pad, multiple, border }, { width, height, picture }, vector, known, measuring) {
    const compute = this.#compute;
    const [wide, high] = [width, height].map((side) => side + 2 * pad + mod(-side, multiple));
    this.#tidy(`${wide} ${high}`);
    const { style, gate } = this.#styled(vector);
    const noisy = compute.borrow(wide * high * (this.half ? 8 : 16));
    const kernel = kernels.grained({ pad, side: this.about.grain_side, half: this.half });
    const groups = (w, h) => [Math.ceil(w / 8), Math.ceil(h / 8), 1];
    compute.run(kernel, [width, height, wide, high], [picture, this.#grain, noisy], groups(wide, high));
    const folded = network.room();
    if (!measuring) network.fold(known, style, folded);
    const last = network.paint(noisy, wide, high, folded, measuring ? style : null, known);
    const result = compute.borrow(4 * width * height);
    const sizes = [last.width, last.height, width, height];
    compute.run(kernels.picture({ border, half: this.half }), sizes, [last.buffer, picture, gate, result], groups(width, height));
    return result;
  }

  // Two sizes may take turns, such as small paintings and a large one; what a third finds is let go.
  #tidy(size) {
    if (this.#sizes.includes(size)) return;
    if (this.#sizes.length === SIZES) {
      this.#compute.trim();
      this.#sizes = [];
    }
    this.#sizes.push(size);
  }

  // A style vector on the device: scales and shifts by block of four channels, and the gate.
  #styled(vector) {
    const gate = new Float32Array([...vector.subarray(-3), 0]);
    const [style, at] = [this.#compute.borrow(vector.length * 4 - 12), this.#compute.borrow(16)];
    this.#compute.device.queue.writeBuffer(style, 0, vector, 0, vector.length - 3);
    this.#compute.device.queue.writeBuffer(at, 0, gate);
    return { style, gate: at };
  }
}

const mod = (value, by) => ((value % by) + by) % by;
