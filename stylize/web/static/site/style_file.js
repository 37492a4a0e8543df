// A style file of the command or the page: safetensors with one float32 tensor `vector` (stylize/styles.py).
const MAX = 64 * 1024; // bytes

// The style of a file, as those of painter.json; null when it is none, or was made for another painter.
export async function readStyle(file, about) {
  if (file.size > MAX) return null;
  const bytes = await file.arrayBuffer();
  try {
    const length = Number(new DataView(bytes).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
    const [first, end] = header.vector.data_offsets;
    const vector = new Float32Array(bytes.slice(8 + length + first, 8 + length + end));
    const { painter, id, title, artist = "", year = "" } = header.__metadata__;
    const fits = header.vector.dtype === "F32" && painter === about.sha256 && vector.length === about.style_size;
    if (!fits || !vector.every((value) => Math.abs(value) <= 1000)) return null;
    return { id: `own-${id}`, title: title || id, artist, year, vector };
  } catch {
    return null;
  }
}
