// Files of a painting that was made on this device are made there, too (one script with downloads.js).
// Photo-like formats as a canvas writes them; a browser that cannot write one writes a PNG instead.
async function writtenHere({ format, quality, longer_side: longer }) {
  const { put, sized } = await window.stylize.deviceModule("pictures");
  const { image, name } = await window.stylize.wholeHere();
  const whole = document.createElement("canvas");
  put(whole, image);
  const scale = Number(longer) ? Math.min(1, longer / Math.max(image.width, image.height)) : 1;
  const sheet = document.createElement("canvas");
  put(sheet, scale < 1 ? sized(whole, Math.min(image.width, image.height) * scale) : image);
  const blob = await new Promise((done) => sheet.toBlob(done, TYPES[format], quality / 100));
  if (blob.type !== TYPES[format]) return null;
  return new File([blob], `${name}.${format === "jpeg" ? "jpg" : format}`, { type: blob.type });
}

async function makeHere(asked) {
  const { job, request, action } = asked;
  if (asked.format === "print") return say("download_failed", translate("device_no_format"));
  let file;
  try {
    file = await writtenHere(asked);
  } catch {
    return say("download_failed");
  }
  if (jobs !== job) return;
  if (!file) say("download_failed", translate("device_no_format"));
  else if (!isNewest("viewer", request)) say("download_old");
  else if (action === "share") await hand(file, request);
  else save(file);
}

// The button for the PNG has the server's file: here it is another.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#png") || !window.stylize.staysHere()) return;
  event.preventDefault();
  event.stopPropagation();
  make("save", { format: "png", longer_side: 0, quality: 100 });
}, true);
