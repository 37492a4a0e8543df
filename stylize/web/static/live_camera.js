// The camera: the newest frame is painted on this device where it can, else on the server, and shown; then the next. With
// "Paint on my device" it is painted here or not at all.
const [select, video, canvas, rate, place] = ["select", "video", "canvas", ".camera-rate", ".camera-place"].map((name) =>
  element.querySelector(name),
);
const [button, turn, take, record] = ["start", "turn", "take", "record"].map((name) => element.querySelector(`.camera-${name}`));
const { translate, styleTitle } = window.stylize;
const { styles, selected, side } = props.value;
for (const style of styles) select.append(new Option(styleTitle(style), style.id, false, style.id === selected));

let isChosen = false; // whether the visitor has chosen a style for the camera; until then it has that of the easel
select.addEventListener("change", () => (isChosen = true));
document.addEventListener("stylize:request", ({ detail: { kind, state, values } }) => {
  if (kind !== "viewer" || state !== "open" || isChosen || camera) return;
  const [style] = values.slice(4); // as PaintTab.viewer_inputs of events.py
  if (styles.some(({ id }) => id === style)) select.value = style;
});

const SENT = { least: side, first: side, most: side }; // frames for the server; it makes them as small as it wants them

let camera = null;
let shown = 0; // frames, for whoever waits for one

function label(key, on = button) {
  on.dataset.i18n = key;
  on.textContent = translate(key);
}

function say(key, values) {
  rate.dataset.state = key;
  rate.textContent = translate(key, values);
}

function tell(key) {
  place.dataset.i18n = key;
  place.textContent = translate(key);
}

// What paints the frames of one scene: here as soon as there is a painter that knows the style, until then and after a
// failure on the server.
function openScene({ ScenePainter }, { SIDES }) {
  let here = null;
  let painter = null;
  const vectors = new Map();
  const vector = (id) => vectors.get(id) ?? vectors.set(id, painter.vector({ [id]: 1 })).get(id);
  async function paint(frame) {
    const found = await painterNow();
    if (painter !== found) [painter, here] = [found, found && new ScenePainter(found)];
    if (painter?.styles.some(({ id }) => id === select.value)) {
      if (camera.sides !== SIDES) {
        camera.sides = SIDES;
        return null; // the next frame has a size for this device
      }
      try {
        const painted = await here.paint(frame, vector(select.value));
        tell("camera_on_device");
        return count(painted);
      } catch {
        window.stylize.deviceFailed();
      }
    }
    if (window.stylize.staysHere()) throw translate("camera_not_here");
    camera.sides = SENT;
    tell("camera_on_server");
    return count(await sent(frame.image()));
  }
  return { paint, close: () => here?.close() };
}

// The painter that is there now, or null; where frames stay here, it is waited for, and may take its time.
async function painterNow() {
  if (!window.stylize.staysHere()) return window.stylize.openedDevice();
  while (window.stylize.deviceState().state === "opening") {
    await new Promise((told) => document.addEventListener("stylize:device", told, { once: true }));
  }
  return window.stylize.painterHere();
}

function count(painted) {
  if (painted) rate.dataset.frames = ++shown;
  return painted;
}

// A frame painted on the server, null when others are painted first. Throws a sentence.
async function sent(image) {
  const frame = document.createElement("canvas");
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  [frame.width, frame.height] = [image.width, image.height].map((length) => Math.round(length * scale));
  frame.getContext("2d").drawImage(await createImageBitmap(image), 0, 0, frame.width, frame.height);
  const answer = await server.paint_frame({ data: frame.toDataURL("image/jpeg", 0.85), style: select.value }).catch(() => null);
  if (!answer || answer.error) throw answer?.error ?? translate("camera_failed"); // null: the server is away
  if (answer.busy) {
    say("camera_waiting");
    return null;
  }
  const picture = new Image();
  picture.src = answer.picture;
  await picture.decode();
  frame.getContext("2d").drawImage(picture, 0, 0, frame.width, frame.height);
  return frame.getContext("2d").getImageData(0, 0, frame.width, frame.height);
}

function stop() {
  camera?.stop();
  rate.textContent = place.textContent = "";
  delete place.dataset.i18n;
  label("camera_start");
  label("camera_record", record);
  element.classList.remove("running");
}

// `error` is a sentence for the visitor, or whatever else went wrong.
function fail(key, error = null) {
  stop();
  say(key);
  if (typeof error === "string") rate.textContent = error;
  label("try_again");
}

async function start(begin) {
  say("camera_opening");
  window.stylize.openDevice();
  let started = null;
  try {
    started = await begin();
  } catch {
    return fail("camera_failed"); // the server is away, and with it the scripts
  }
  if (started === null) return; // asked for again meanwhile
  if (!started) return fail("camera_denied");
  label("camera_stop");
  canvas.parentElement.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  element.classList.toggle("mirrored", camera.mirrored);
  element.classList.add("running", "seen");
}

async function opened() {
  if (camera) return camera;
  const [module, scene] = await Promise.all(["camera", "scene"].map(window.stylize.deviceModule));
  camera = new module.Camera(video, canvas, {
    scene: () => openScene(scene, module),
    sides: SENT,
    watched: () => element.offsetParent && !document.hidden,
    told: (pace) => say("camera_rate", { rate: pace.toFixed(1) }),
    failed: (error) => (error ? fail("camera_failed", error) : stop()), // without one: nobody looks, and it is let go
  });
  return camera;
}

button.addEventListener("click", () => (camera?.running ? stop() : start(async () => (await opened()).start())));
turn.addEventListener("click", () => start(() => camera.turn()));
record.addEventListener("click", () => {
  if (camera.recording) camera.stopRecording();
  else camera.record();
  label(camera.recording ? "camera_record_stop" : "camera_record", record);
});
take.addEventListener("click", async () => {
  const bitmap = await camera.frame();
  stop();
  const frame = document.createElement("canvas");
  [frame.width, frame.height] = [bitmap.width, bitmap.height];
  frame.getContext("2d").drawImage(bitmap, 0, 0);
  frame.toBlob((data) => {
    document.querySelector("#tabs button[role=tab]").click(); // the tab where the photo is
    window.stylize.bringPhotos([new File([data], "camera.jpg", { type: data.type })]);
  }, "image/jpeg", 0.95);
});
