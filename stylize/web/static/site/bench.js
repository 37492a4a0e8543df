// `?bench`: what this device does, to be copied into a report. Resolves to false: nothing else is to be done.
const SIZES = [[256, 192], [640, 360], [1280, 720]];
const RUNS = 10;

export async function bench(painter, out, copy) {
  const { vendor, architecture, description } = painter.device.adapterInfo ?? {};
  const adapter = [vendor, architecture, description].filter(Boolean).join(" ") || "a graphics processor without a name";
  const lines = [navigator.userAgent, `${adapter}, ${painter.half ? "half" : "single"} precision`, ""];
  const write = (line) => {
    lines.push(line);
    out.textContent = lines.join("\n");
  };
  out.hidden = false;
  const vector = painter.vector({ [painter.styles[0].id]: 1 });
  write("size        measured and painted      painted with known statistics");
  for (const [width, height] of SIZES) {
    const image = new ImageData(width, height);
    image.data.forEach((_, i) => (image.data[i] = i % 4 === 3 ? 255 : (i * 2654435761) >>> 24));
    const { known } = await painter.measure(image, vector);
    const whole = await perSecond(() => painter.paint(image, vector));
    const folded = await perSecond(() => painter.paintWith(image, vector, known));
    painter.release(known);
    write(`${`${width}x${height}`.padEnd(12)}${whole.toFixed(1).padStart(8)} a second${folded.toFixed(1).padStart(20)} a second`);
  }
  write("");
  write(`${(painter.allocated / 2 ** 20).toFixed(0)} MB on the device`);
  copy.hidden = false;
  copy.addEventListener("click", () => navigator.clipboard.writeText(out.textContent));
  return false;
}

async function perSecond(act) {
  await act();
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  return 1000 / times.sort((a, b) => a - b)[RUNS >> 1];
}
