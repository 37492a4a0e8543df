// Frames that never leave the graphics processor: what a video shows becomes a picture on the device, and a painting there
// an ImageBitmap.
import * as kernels from "./kernels.js";

const SHOW = `
struct Sizes { width: u32, height: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> picture: array<u32>;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f { // one triangle over all of the canvas
  return vec4f(f32(index & 1u) * 4 - 1, f32(index >> 1u) * 4 - 1, 0, 1);
}

@fragment
fn color(@builtin(position) place: vec4f) -> @location(0) vec4f {
  return vec4f(unpack4x8unorm(picture[u32(place.y) * sizes.width + u32(place.x)]).rgb, 1);
}`;

export class Frames {
  #compute;
  #texture = null; // what a video shows, at its own size
  #sheet = null; // for browsers that take a canvas and no video
  #canvas = null;
  #context = null;
  #pipeline = null;

  constructor(compute) {
    this.#compute = compute;
  }

  // Queue what `source` (a video, a canvas, a bitmap) shows now into the buffer `picture`, at width x height.
  bring(source, width, height, picture) {
    const [sourceWidth, sourceHeight] = [source.videoWidth || source.width, source.videoHeight || source.height];
    const texture = this.#textureOf(sourceWidth, sourceHeight);
    const size = [sourceWidth, sourceHeight];
    const { queue } = this.#compute.device;
    try {
      queue.copyExternalImageToTexture({ source }, { texture }, size);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      queue.copyExternalImageToTexture({ source: this.#drawn(source, ...size) }, { texture }, size);
    }
    const groups = [Math.ceil(width / 8), Math.ceil(height / 8), 1];
    this.#compute.run(kernels.frame(), [...size, width, height], [texture.createView(), picture], groups);
  }

  // Draw the buffer `picture` and send everything; an ImageBitmap of it. Buffers to `keep` are as for `Compute.send`.
  shown(picture, width, height, keep) {
    const canvas = this.#canvasOf(width, height);
    const view = this.#context.getCurrentTexture().createView();
    this.#compute.draw(this.#pipeline, [width, height, 0, 0], [picture], view);
    this.#compute.send(keep);
    return canvas.transferToImageBitmap();
  }

  // Let go of what the last video needed.
  close() {
    this.#texture?.destroy();
    this.#texture = null;
  }

  #textureOf(width, height) {
    if (this.#texture?.width !== width || this.#texture.height !== height) {
      this.close();
      const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT;
      this.#texture = this.#compute.device.createTexture({ size: [width, height], format: "rgba8unorm", usage });
    }
    return this.#texture;
  }

  #drawn(source, width, height) {
    if (this.#sheet?.width !== width || this.#sheet.height !== height) this.#sheet = new OffscreenCanvas(width, height);
    this.#sheet.getContext("2d").drawImage(source, 0, 0);
    return this.#sheet;
  }

  #canvasOf(width, height) {
    if (!this.#canvas) {
      const { device } = this.#compute;
      const format = navigator.gpu.getPreferredCanvasFormat();
      this.#canvas = new OffscreenCanvas(width, height);
      this.#context = this.#canvas.getContext("webgpu");
      this.#context.configure({ device, format, alphaMode: "opaque" });
      const module = device.createShaderModule({ code: SHOW });
      const [vertex, fragment] = [{ module }, { module, targets: [{ format }] }];
      this.#pipeline = device.createRenderPipeline({ layout: "auto", vertex, fragment });
    }
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    return this.#canvas;
  }
}
