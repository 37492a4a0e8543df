// The dialog that crops and turns a photo, over its preview. The server makes the crop of the whole photo (photo_crop.py),
// so a crop is {turns, box}: quarter turns clockwise, and left, top, width and height as shares of the turned picture.
// `apply` gets a crop, or null for the whole photo.
window.stylize.photoCrop = (dialog, apply) => {
  const { translate } = window.stylize;
  const LEAST = 0.04; // of a side
  const STEP = 0.01; // of a side, a key
  const stage = dialog.querySelector(".crop-stage");
  const canvas = dialog.querySelector("canvas");
  const frame = dialog.querySelector(".crop-box");
  const select = dialog.querySelector("select");
  let preview; // the whole photo
  let turns = 0;
  let box = [0, 0, 1, 1];
  let dragged = null; // {handle, x, y, box} where the pointer went down

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const isWhole = () => turns === 0 && box.join() === "0,0,1,1";

  // Width over height of the box, both as shares; null where every ratio is right. Tall pictures have tall boxes.
  function ratio() {
    if (!select.value) return null;
    const [long, short] = select.value.split(":").map(Number);
    const wide = canvas.width >= canvas.height ? long / short : short / long;
    return (wide * canvas.height) / canvas.width;
  }

  function place() {
    const [left, top, width, height] = box.map((share) => `${100 * share}%`);
    Object.assign(frame.style, { left, top, width, height });
    const percent = (share) => `${Math.round(100 * share)}%`;
    const size = translate("crop_size", { width: percent(box[2]), height: percent(box[3]) });
    dialog.querySelector(".crop-size").textContent = size;
  }

  function draw() {
    const { naturalWidth: width, naturalHeight: height } = preview;
    [canvas.width, canvas.height] = turns % 2 ? [height, width] : [width, height];
    stage.style.setProperty("--aspect", canvas.width / canvas.height);
    const context = canvas.getContext("2d");
    context.translate(canvas.width / 2, canvas.height / 2);
    context.rotate((turns * Math.PI) / 2);
    context.drawImage(preview, -width / 2, -height / 2);
    place();
  }

  function move(from, across, down) {
    const [left, top, width, height] = from;
    box = [clamp(left + across, 0, 1 - width), clamp(top + down, 0, 1 - height), width, height];
    place();
  }

  // The sides that the handle names move; those opposite stay.
  function resize(from, handle, across, down) {
    const [left, top, wide, high] = from;
    const [west, north] = [handle.includes("w"), handle.includes("n")];
    const [mostWide, mostHigh] = [west ? left + wide : 1 - left, north ? top + high : 1 - top];
    let width = clamp(wide + (west ? -across : handle.includes("e") ? across : 0), LEAST, mostWide);
    let height = clamp(high + (north ? -down : handle.includes("s") ? down : 0), LEAST, mostHigh);
    const wanted = ratio();
    if (wanted) {
      if (handle === "n" || handle === "s") width = height * wanted;
      width = Math.min(width, mostWide, mostHigh * wanted);
      height = width / wanted;
    }
    box = [west ? left + wide - width : left, north ? top + high - height : top, width, height];
    place();
  }

  // A box of the chosen ratio, about as large and at the same place.
  function fitRatio() {
    const wanted = ratio();
    if (!wanted) return;
    const [left, top, wide, high] = box;
    const width = Math.min(Math.sqrt(wide * high * wanted), 1, wanted);
    const height = width / wanted;
    box = [left + (wide - width) / 2, top + (high - height) / 2, width, height];
    move(box, 0, 0);
  }

  function turn(quarters) {
    turns = (turns + quarters + 4) % 4;
    const [left, top, width, height] = box;
    box = quarters > 0 ? [1 - top - height, left, height, width] : [top, 1 - left - width, height, width];
    draw();
    fitRatio();
  }

  frame.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    frame.focus();
    frame.setPointerCapture(event.pointerId);
    dragged = { handle: event.target.dataset.handle, x: event.clientX, y: event.clientY, box };
  });
  frame.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const { width, height } = stage.getBoundingClientRect();
    const [across, down] = [(event.clientX - dragged.x) / width, (event.clientY - dragged.y) / height];
    if (dragged.handle) resize(dragged.box, dragged.handle, across, down);
    else move(dragged.box, across, down);
  });
  for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, () => (dragged = null));
  frame.addEventListener("keydown", (event) => {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    if (across === undefined) return;
    event.preventDefault();
    if (event.shiftKey) resize(box, across ? "e" : "s", STEP * across, STEP * down);
    else move(box, STEP * across, STEP * down);
  });
  select.addEventListener("change", fitRatio);

  function finish(crop) {
    dialog.close();
    apply(crop);
  }

  const actions = {
    left: () => turn(-1),
    right: () => turn(1),
    apply: () => finish(isWhole() ? null : { turns, box }),
    whole: () => finish(null),
    cancel: () => dialog.close(),
  };
  dialog.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.crop]?.());

  return {
    // Shows the preview of a whole photo, and the crop that it has. Rejects if the preview cannot be fetched.
    async open(url, crop) {
      preview = await window.stylize.loadImage(url);
      turns = crop?.turns ?? 0;
      box = crop?.box ?? [0, 0, 1, 1];
      select.value = "";
      frame.setAttribute("aria-label", translate("crop_box"));
      draw();
      if (!dialog.open) dialog.showModal();
    },
    close: () => dialog.close(),
  };
};
