// What every kernel needs of a device: pipelines made once, buffers used again, sizes, and a run that is sent at once.

// Limits that larger pictures want, as far as the adapter has them.
const WANTED = ["maxBufferSize", "maxStorageBufferBindingSize"];

// Resolves to a device with these features, or to null where there is none: no WebGPU, no adapter, or it will not be had.
export async function openDevice(requiredFeatures = []) {
  try {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter || !requiredFeatures.every((name) => adapter.features.has(name))) return null;
    const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch {
    return null;
  }
}

export class Compute {
  #pipelines = new Map(); // by the kernel's text
  #free = new Map(); // buffers that nobody uses, by size
  #lent = new Set(); // those of the run in progress
  #kept = new Set(); // those that outlive their run
  #encoder = null;

  constructor(device) {
    this.device = device;
    this.allocated = 0; // bytes of all buffers: it must not grow from one frame to the next
  }

  // A buffer of values that stay, such as weights: `data` is a typed array.
  constant(data, usage = 0) {
    const size = Math.ceil(data.byteLength / 16) * 16;
    const buffer = this.#make(size, usage);
    this.device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  // A buffer of `size` bytes, lent until the run ends or `release` gives it back.
  borrow(size) {
    const waiting = this.#free.get(size);
    const buffer = waiting?.pop() ?? this.#make(size);
    this.#lent.add(buffer);
    return buffer;
  }

  release(buffer) {
    if (!this.#lent.delete(buffer) && !this.#kept.delete(buffer)) return;
    if (!this.#free.has(buffer.size)) this.#free.set(buffer.size, []);
    this.#free.get(buffer.size).push(buffer);
  }

  // Run a kernel: `sizes` are the four numbers of `Sizes`, `given` the buffers and views of textures that it sees, `groups`
  // the workgroups along each axis.
  run(kernel, sizes, given, groups) {
    const pipeline = this.#pipeline(kernel);
    const bound = this.#bound(pipeline, sizes, given);
    const pass = this.#encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bound);
    pass.dispatchWorkgroups(...groups);
    pass.end();
  }

  // Draw one triangle with a render pipeline onto the view of a texture.
  draw(pipeline, sizes, given, view) {
    const bound = this.#bound(pipeline, sizes, given);
    const colorAttachments = [{ view, loadOp: "clear", storeOp: "store" }];
    const pass = this.#encoder.beginRenderPass({ colorAttachments });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bound);
    pass.draw(3);
    pass.end();
  }

  #bound(pipeline, sizes, given) {
    this.#encoder ??= this.device.createCommandEncoder();
    const uniform = this.borrow(16);
    this.device.queue.writeBuffer(uniform, 0, new Uint32Array(sizes));
    const resources = [uniform, ...given].map((one) => (one instanceof GPUBuffer ? { buffer: one } : one));
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    return this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  }

  // Send everything that `run` was told, and give back what was lent. Buffers to `keep` are the caller's to release.
  send(keep = []) {
    if (this.#encoder) this.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    for (const buffer of keep) if (this.#lent.delete(buffer)) this.#kept.add(buffer);
    for (const buffer of [...this.#lent]) this.release(buffer);
  }

  // The bytes of a buffer, from the first on, as an ArrayBuffer.
  async read(buffer, size) {
    const copy = this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
    this.device.queue.submit([encoder.finish()]);
    try {
      await copy.mapAsync(GPUMapMode.READ);
      return copy.getMappedRange().slice(0);
    } finally {
      copy.destroy();
    }
  }

  // Let go of what only the last picture's size needed.
  trim() {
    for (const buffer of [...this.#free.values()].flat()) {
      this.allocated -= buffer.size;
      buffer.destroy();
    }
    this.#free.clear();
  }

  #make(size, usage = 0) {
    this.allocated += size;
    const all = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    return this.device.createBuffer({ size, usage: usage || all });
  }

  #pipeline(kernel) {
    if (!this.#pipelines.has(kernel)) {
      const module = this.device.createShaderModule({ code: kernel });
      this.#pipelines.set(kernel, this.device.createComputePipeline({ layout: "auto", compute: { module } }));
    }
    return this.#pipelines.get(kernel);
  }
}
