// The painter's kernels in WGSL. Values lie as [channels / 4][rows][columns] of vec4f: four channels side by side, so
// that a product with a mat4x4f is a convolution's step for four channels at once.
//
// A kernel is a text of constants and code; `compute.js` makes a pipeline of each text once. With `half`, weights and what
// goes from layer to layer are of half precision (vec4h and mat4x4h); statistics, scales and shifts never are.

const SIZES = `
struct Sizes { width: u32, height: u32, out_width: u32, out_height: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
`;

// What a kernel begins with, and its kind of four values side by side.
const begun = (half) => `${half ? "enable f16;" : ""}${SIZES}`;
const four = (half) => (half ? "vec4h" : "vec4f");

// How many places beside each other one invocation of `convolution` computes: they share what is read.
export const ACROSS = 4;

// Convolution `x` -> `y` with weights [out / 4][in / 4][row][column] of mat4x4f (a column of it is one input channel).
// Beyond the border stand zeros, or, where `reflected`, the reflection. With `half`, the products of one row of the kernel
// are summed in half precision, and these sums in single.
export function convolution({ inputs, kernel, stride, padding, reflected, half }) {
  const reach = stride * (ACROSS - 1) + kernel;
  const lines = [];
  for (let i = 0; i < reach; i++) lines.push(`let v${i} = at(block, row, first + ${i});`);
  for (let k = 0; k < kernel; k++) {
    lines.push(`m = weights[place + ${k}u];`);
    for (let p = 0; p < ACROSS; p++) lines.push(`part${p} += m * v${p * stride + k};`);
  }
  for (let p = 0; p < ACROSS; p++) lines.push(`sum${p} += vec4f(part${p});`);
  const V = four(half);
  const M = half ? "mat4x4h" : "mat4x4f";
  const sums = Array.from({ length: ACROSS }, (_, p) => p);
  return `${begun(half)}
@group(0) @binding(1) var<storage, read> x: array<${V}>;
@group(0) @binding(2) var<storage, read> weights: array<${M}>;
@group(0) @binding(3) var<storage, read_write> y: array<${V}>;

fn at(block: u32, row: i32, column: i32) -> ${V} {
  let last = vec2i(i32(sizes.width) - 1, i32(sizes.height) - 1);
  let given = vec2i(column, row);
  ${reflected ? "let place = last - abs(last - abs(given));" : "let place = clamp(given, vec2i(0), last);"}
  ${reflected ? "" : `if (any(place != given)) { return ${V}(0); }`}
  return x[(block * sizes.height + u32(place.y)) * sizes.width + u32(place.x)];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x * ${ACROSS}u;
  if (column >= sizes.out_width || id.y >= sizes.out_height) { return; }
  ${sums.map((p) => `var sum${p} = vec4f(0);`).join(" ")}
  let first = i32(column) * ${stride} - ${padding};
  for (var block = 0u; block < ${inputs / 4}u; block++) {
    for (var k = 0u; k < ${kernel}u; k++) {
      let row = i32(id.y) * ${stride} + i32(k) - ${padding};
      let place = ((id.z * ${inputs / 4}u + block) * ${kernel}u + k) * ${kernel}u;
      var m: ${M};
      ${sums.map((p) => `var part${p} = ${V}(0);`).join(" ")}
      ${lines.join("\n      ")}
    }
  }
  let out = (id.z * sizes.out_height + id.y) * sizes.out_width + column;
  ${sums.map((p) => `if (column + ${p}u < sizes.out_width) { y[out + ${p}u] = ${V}(sum${p}); }`).join("\n  ")}
}`;
}

// `x` at twice the size, bilinear: between the middles of pixels, and no further than the border.
export function enlargement({ half } = {}) {
  return `${begun(half)}
@group(0) @binding(1) var<storage, read> x: array<${four(half)}>;
@group(0) @binding(2) var<storage, read_write> y: array<${four(half)}>;

fn neighbour(place: u32, length: u32) -> u32 {
  if (place % 2u == 1u) { return min(place / 2u + 1u, length - 1u); }
  return max(place / 2u, 1u) - 1u;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.out_width || id.y >= sizes.out_height) { return; }
  let top = (id.z * sizes.height + id.y / 2u) * sizes.width;
  let beside = (id.z * sizes.height + neighbour(id.y, sizes.height)) * sizes.width;
  let near = id.x / 2u;
  let far = neighbour(id.x, sizes.width);
  let upper = mix(x[top + far], x[top + near], 0.75);
  let lower = mix(x[beside + far], x[beside + near], 0.75);
  y[(id.z * sizes.out_height + id.y) * sizes.out_width + id.x] = mix(lower, upper, 0.75);
}`;
}

// How many places each workgroup of `moments` looks at.
export const PART = 4096;
const THREADS = 64;

// Of each part of `x`, mean and sum of squares around it for every channel: [parts][channels / 4] of two vec4f.
// `sizes.width` is the number of places, `sizes.height` that of blocks of channels.
export function moments({ half } = {}) {
  return `${begun(half)}
@group(0) @binding(1) var<storage, read> x: array<${four(half)}>;
@group(0) @binding(2) var<storage, read_write> found: array<vec4f>;
var<workgroup> sums: array<vec4f, ${THREADS}>;

fn total(thread: u32, value: vec4f) -> vec4f {
  workgroupBarrier();
  sums[thread] = value;
  for (var span = ${THREADS / 2}u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (thread < span) { sums[thread] += sums[thread + span]; }
  }
  workgroupBarrier();
  return sums[0];
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let start = group.y * sizes.width;
  let first = group.x * ${PART}u;
  let end = min(first + ${PART}u, sizes.width);
  var sum = vec4f(0);
  for (var i = first + thread; i < end; i += ${THREADS}u) { sum += vec4f(x[start + i]); }
  let mean = total(thread, sum) / f32(end - first);
  var squares = vec4f(0);
  for (var i = first + thread; i < end; i += ${THREADS}u) {
    let apart = vec4f(x[start + i]) - mean;
    squares += apart * apart;
  }
  let spread = total(thread, squares);
  if (thread == 0u) {
    let place = 2u * (group.x * sizes.height + group.y);
    found[place] = mean;
    found[place + 1u] = spread;
  }
}`;
}

// The parts of `moments` as mean and variance of each channel (Chan et al. 1979): statistics [2][blocks of the network],
// of which this layer's begin at `sizes.out_width`; `sizes.out_height` is the number of all blocks.
export function statistics() {
  return `${SIZES}
@group(0) @binding(1) var<storage, read> found: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> known: array<vec4f>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.height) { return; }
  var count = 0.0;
  var mean = vec4f(0);
  var squares = vec4f(0);
  for (var first = 0u; first < sizes.width; first += ${PART}u) {
    let place = 2u * (first / ${PART}u * sizes.height + id.x);
    let more = f32(min(${PART}u, sizes.width - first));
    let apart = found[place] - mean;
    let all = count + more;
    mean += apart * (more / all);
    squares += found[place + 1u] + apart * apart * (count * more / all);
    count = all;
  }
  known[sizes.out_width + id.x] = mean;
  known[sizes.out_height + sizes.out_width + id.x] = squares / count;
}`;
}

// Statistics and a style vector's scale and shift as one scale and one shift of each channel, [2][blocks].
// Only blocks from `sizes.width` to `sizes.height` are folded; `sizes.out_height` is the number of all blocks, and those
// from `sizes.out_width` on are not normalised.
export function fold({ epsilon }) {
  return `${SIZES}
@group(0) @binding(1) var<storage, read> known: array<vec4f>;
@group(0) @binding(2) var<storage, read> style: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> folded: array<vec4f>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = sizes.width + id.x;
  if (block >= sizes.height) { return; }
  var scale = style[block];
  var shift = style[sizes.out_height + block];
  if (block < sizes.out_width) {
    scale *= inverseSqrt(known[sizes.out_height + block] + ${epsilon});
    shift -= known[block] * scale;
  }
  folded[block] = scale;
  folded[sizes.out_height + block] = shift;
}`;
}

// `known` a share of the way to `others`: `sizes.width` values.
export function approach({ share }) {
  return `${SIZES}
@group(0) @binding(1) var<storage, read_write> known: array<vec4f>;
@group(0) @binding(2) var<storage, read> others: array<vec4f>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sizes.width) { known[id.x] = mix(known[id.x], others[id.x], ${share}); }
}`;
}

// What follows a convolution: scale and shift of each channel (`start` is the layer's first block of `blocks`), the sum
// with another output, ReLU, and a pixel shuffle, which makes four channels one at twice the size.
export function finish({ start, blocks, added, rectified, shuffled, half }) {
  const V = four(half);
  const value = (block, place) => `
  ${block}Value = vec4f(x[${place}]) * folded[${start}u + ${block}] + folded[${blocks + start}u + ${block}];
  ${added ? `${block}Value += vec4f(other[${place}]);` : ""}
  ${rectified ? `${block}Value = max(${block}Value, vec4f(0));` : ""}`;
  const plain = `
  let place = (id.z * sizes.height + id.y) * sizes.width + id.x;
  let b = id.z;
  var bValue: vec4f;
  ${value("b", "place")}
  y[place] = ${V}(bValue);`;
  // the four channels of a block of the output are the four blocks of the input; where in a block, the place decides
  const shuffle = `
  let corner = (id.y % 2u) * 2u + id.x % 2u;
  var together: vec4f;
  for (var c = 0u; c < 4u; c++) {
    let b = id.z * 4u + c;
    if (b >= ${shuffled}u) { break; }
    let place = (b * sizes.height + id.y / 2u) * sizes.width + id.x / 2u;
    var bValue: vec4f;
    ${value("b", "place")}
    together[c] = bValue[corner];
  }
  y[(id.z * sizes.out_height + id.y) * sizes.out_width + id.x] = ${V}(together);`;
  return `${begun(half)}
@group(0) @binding(1) var<storage, read> x: array<${V}>;
@group(0) @binding(2) var<storage, read> folded: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<${V}>;
${added ? `@group(0) @binding(4) var<storage, read> other: array<${V}>;` : ""}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.out_width || id.y >= sizes.out_height) { return; }
  ${shuffled ? shuffle : plain}
}`;
}

const PICTURE = `
fn rgb(pixel: u32) -> vec4f {
  return vec4f(f32(pixel & 255u), f32((pixel >> 8u) & 255u), f32((pixel >> 16u) & 255u), 0);
}
`;

// A picture of RGBA bytes, reflected `pad` pixels outwards and on to whole multiples, with the grain of its places:
// what the convolutions see, in 0..1.
export function grained({ pad, side, half }) {
  return `${begun(half)}${PICTURE}
@group(0) @binding(1) var<storage, read> picture: array<u32>;
@group(0) @binding(2) var<storage, read> grain: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<${four(half)}>;

fn reflected(place: i32, length: i32) -> i32 {
  if (length == 1) { return 0; }
  let period = 2 * (length - 1);
  let index = ((place % period) + period) % period;
  return min(index, period - index);
}

fn level(index: u32) -> f32 {
  return f32(i32(grain[index / 4u] << (24u - 8u * (index % 4u))) >> 24u);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.out_width || id.y >= sizes.out_height) { return; }
  let column = reflected(i32(id.x) - ${pad}, i32(sizes.width));
  let row = reflected(i32(id.y) - ${pad}, i32(sizes.height));
  let first = ((id.y % ${side}u) * ${side}u + id.x % ${side}u) * 3u;
  let noise = vec4f(level(first), level(first + 1u), level(first + 2u), 0);
  let pixel = rgb(picture[u32(row) * sizes.width + u32(column)]);
  y[id.y * sizes.out_width + id.x] = ${four(half)}(clamp(pixel + noise, vec4f(0), vec4f(255)) / 255);
}`;
}

// What a texture shows as RGBA bytes of another size: each pixel is the mean of the box that it covers.
export function frame() {
  return `${SIZES}
@group(0) @binding(1) var shown: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.out_width || id.y >= sizes.out_height) { return; }
  let given = vec2f(f32(sizes.width), f32(sizes.height));
  let scale = given / vec2f(f32(sizes.out_width), f32(sizes.out_height));
  let start = vec2f(id.xy) * scale;
  let end = min(start + scale, given);
  var sum = vec3f(0);
  var area = 0.0;
  for (var row = u32(start.y); f32(row) < end.y; row++) {
    let high = min(end.y, f32(row) + 1) - max(start.y, f32(row));
    for (var column = u32(start.x); f32(column) < end.x; column++) {
      let share = high * (min(end.x, f32(column) + 1) - max(start.x, f32(column)));
      sum += share * textureLoad(shown, vec2u(column, row), 0).rgb;
      area += share;
    }
  }
  y[id.y * sizes.out_width + id.x] = pack4x8unorm(vec4f(sum / area, 1));
}`;
}

// The painting as RGBA bytes: what the last layer gives, without its border, and the gate's share of the picture, whose
// alpha is kept. `sizes.width` is that of `painted`, `sizes.out_width` and `sizes.out_height` are the picture's.
export function picture({ border, half }) {
  return `${begun(half)}${PICTURE}
@group(0) @binding(1) var<storage, read> painted: array<${four(half)}>;
@group(0) @binding(2) var<storage, read> picture: array<u32>;
@group(0) @binding(3) var<storage, read> gate: vec4f;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.out_width || id.y >= sizes.out_height) { return; }
  let place = id.y * sizes.out_width + id.x;
  let pixel = picture[place];
  let made = vec4f(painted[(id.y + ${border}u) * sizes.width + id.x + ${border}u]) * 255 + gate * rgb(pixel);
  let level = vec4u(clamp(round(made), vec4f(0), vec4f(255)));
  y[place] = level.x | (level.y << 8u) | (level.z << 16u) | (pixel & 0xff000000u);
}`;
}
