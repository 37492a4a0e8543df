// The painter's layers on a device: measured and normalised by what the picture itself has, or folded, as plain
// convolutions. The layers come from a description (`stylize export web`), so another painter needs no other code.
import * as kernels from "./kernels.js";

const VALUE = 16; // bytes of a vec4f, in which statistics, scales and shifts are kept
const PICTURE = -1; // the source that is no layer

const groups = (width, height, depth) => [Math.ceil(width / 8), Math.ceil(height / 8), depth];

export class Network {
  #compute;
  #layers;
  #weights;
  #half;
  #value; // bytes of four values that go from layer to layer

  // `description` is that of painter.json, `weights` those of all layers in mat4x4f order: a Float32Array, or where all is
  // `half` precision the bits of it in a Uint16Array.
  constructor(compute, description, weights, half = false) {
    this.#compute = compute;
    this.#half = half;
    this.#value = half ? 8 : 16;
    this.#layers = described(description.layers);
    this.epsilon = description.epsilon;
    this.blocks = this.#layers.reduce((sum, layer) => sum + layer.blocks, 0);
    this.normalised = this.blocks - this.#layers.at(-1).blocks; // the last layer is scaled and shifted only
    this.#weights = this.#layers.map((layer) => compute.constant(weights.subarray(layer.first, layer.first + layer.size)));
  }

  // Room for statistics, or for folded scales and shifts: two values of each channel.
  room() {
    return this.#compute.borrow(2 * this.blocks * VALUE);
  }

  // Paint `picture` (width x height of vec4f, already reflected and grained) and resolve nothing: kernels are queued.
  // `folded` says what is multiplied and added after each convolution. With `style` it is filled on the way, layer by
  // layer, from what the layers see of this picture, and `known` with these statistics.
  paint(picture, width, height, folded, style = null, known = null) {
    const values = this.#layers.map(() => null);
    const uses = uses_of(this.#layers);
    const seen = (source) => (source === PICTURE ? { buffer: picture, width, height } : values[source]);
    const used = (source) => {
      if (source !== PICTURE && --uses[source] === 0) this.#compute.release(values[source].buffer);
    };
    this.#layers.forEach((layer, index) => {
      let x = seen(layer.source);
      if (layer.enlarged) x = this.#enlarged(x, layer.inputs / 4);
      const raw = this.#convolved(layer, this.#weights[index], x);
      if (layer.enlarged) this.#compute.release(x.buffer);
      if (style) this.#measured(layer, index === this.#layers.length - 1, raw, folded, style, known);
      values[index] = this.#finished(layer, raw, folded, layer.added === null ? null : seen(layer.added));
      this.#compute.release(raw.buffer);
      used(layer.source);
      if (layer.added !== null) used(layer.added);
    });
    return values.at(-1);
  }

  // Statistics and a style as what is multiplied and added after each convolution.
  fold(known, style, folded) {
    this.#fold(known, style, folded, 0, this.blocks);
  }

  // Bring statistics a `share` of the way to others.
  follow(known, others, share) {
    const count = 2 * this.blocks;
    this.#compute.run(kernels.approach({ share }), [count, 0, 0, 0], [known, others], [Math.ceil(count / 64)]);
  }

  #enlarged(x, blocks) {
    const [width, height] = [2 * x.width, 2 * x.height];
    const buffer = this.#compute.borrow(width * height * blocks * this.#value);
    const sizes = [x.width, x.height, width, height];
    this.#compute.run(kernels.enlargement({ half: this.#half }), sizes, [x.buffer, buffer], groups(width, height, blocks));
    return { buffer, width, height };
  }

  #convolved(layer, weights, x) {
    const after = (side) => Math.floor((side + 2 * layer.padding - layer.kernel) / layer.stride) + 1;
    const [width, height] = [after(x.width), after(x.height)];
    const buffer = this.#compute.borrow(width * height * layer.blocks * this.#value);
    const sizes = [x.width, x.height, width, height];
    const across = Math.ceil(width / kernels.ACROSS);
    const kernel = kernels.convolution({ ...layer, half: this.#half });
    this.#compute.run(kernel, sizes, [x.buffer, weights, buffer], groups(across, height, layer.blocks));
    return { buffer, width, height };
  }

  #measured(layer, last, raw, folded, style, known) {
    const places = raw.width * raw.height;
    if (!last) {
      const parts = Math.ceil(places / kernels.PART);
      const found = this.#compute.borrow(2 * parts * layer.blocks * VALUE);
      const kernel = kernels.moments({ half: this.#half });
      this.#compute.run(kernel, [places, layer.blocks, 0, 0], [raw.buffer, found], [parts, layer.blocks]);
      const sizes = [places, layer.blocks, layer.start, this.blocks];
      this.#compute.run(kernels.statistics(), sizes, [found, known], [Math.ceil(layer.blocks / 64)]);
      this.#compute.release(found);
    }
    this.#fold(known, style, folded, layer.start, layer.start + layer.blocks);
  }

  #fold(known, style, folded, first, end) {
    const sizes = [first, end, this.normalised, this.blocks];
    const kernel = kernels.fold({ epsilon: this.epsilon });
    this.#compute.run(kernel, sizes, [known, style, folded], [Math.ceil((end - first) / 64)]);
  }

  #finished(layer, raw, folded, other) {
    const blocks = layer.shuffled ? Math.ceil(layer.blocks / 4) : layer.blocks;
    const [width, height] = layer.shuffled ? [2 * raw.width, 2 * raw.height] : [raw.width, raw.height];
    const buffer = this.#compute.borrow(width * height * blocks * this.#value);
    const kernel = kernels.finish({
      start: layer.start,
      blocks: this.blocks,
      added: other !== null,
      rectified: layer.rectified,
      shuffled: layer.shuffled ? layer.blocks : 0,
      half: this.#half,
    });
    const buffers = [raw.buffer, folded, buffer, ...(other ? [other.buffer] : [])];
    this.#compute.run(kernel, [raw.width, raw.height, width, height], buffers, groups(width, height, blocks));
    return { buffer, width, height };
  }
}

// The layers with what follows from their order: channels that they see, and where their weights and blocks begin.
function described(layers) {
  const outputs = [];
  let [first, start] = [0, 0];
  return layers.map((layer) => {
    const inputs = layer.source === PICTURE ? 4 : outputs[layer.source]; // a picture has three, and one of zeros
    const blocks = layer.channels / 4;
    const size = inputs * layer.channels * layer.kernel ** 2;
    const complete = { ...layer, inputs, blocks, first, size, start };
    outputs.push(layer.shuffled ? layer.channels / 4 : layer.channels);
    [first, start] = [first + size, start + blocks];
    return complete;
  });
}

// How often each layer's output is read.
function uses_of(layers) {
  const uses = layers.map(() => 0);
  for (const { source, added } of layers) {
    if (source !== PICTURE) uses[source]++;
    if (added !== null) uses[added]++;
  }
  uses[layers.length - 1]++;
  return uses;
}
