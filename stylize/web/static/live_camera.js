// The camera: grab the latest frame, have it painted, show it, again.
const select = element.querySelector("select");
const button = element.querySelector(".camera-start");
const video = element.querySelector("video");
const canvas = element.querySelector("canvas");
const rate = element.querySelector(".camera-rate");
const { translate, styleTitle } = window.stylize;
const { styles, selected, side } = props.value;
for (const style of styles) select.append(new Option(styleTitle(style), style.id, false, style.id === selected));

let stream = null;

function label(key) {
  button.dataset.i18n = key;
  button.textContent = translate(key);
}

function say(key, values) {
  rate.dataset.state = key;
  rate.textContent = translate(key, values);
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  rate.textContent = "";
  label("camera_start");
  element.classList.remove("running");
}

function fail(key, sentence = translate(key)) {
  stop();
  say(key);
  rate.textContent = sentence;
  label("try_again");
}

async function start() {
  say("camera_opening");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 640 }, audio: false });
  } catch {
    return fail("camera_denied");
  }
  video.srcObject = stream;
  await video.play();
  label("camera_stop");
  element.classList.add("running", "seen");
  paint(stream);
}

async function paint(current) {
  const frame = document.createElement("canvas");
  const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight));
  frame.width = canvas.width = Math.round(video.videoWidth * scale);
  frame.height = canvas.height = Math.round(video.videoHeight * scale);
  let last = performance.now();
  let pace = 0;
  while (stream === current) {
    if (!element.offsetParent || document.hidden) return stop(); // nobody looks: let go of the camera
    frame.getContext("2d").drawImage(video, 0, 0, frame.width, frame.height);
    const sent = server.paint_frame({ data: frame.toDataURL("image/jpeg", 0.85), style: select.value });
    const answer = (await sent.catch(() => null)) ?? { error: translate("camera_failed") }; // null: the server is away
    if (stream !== current) return;
    if (answer.error) return fail("camera_failed", answer.error);
    if (answer.busy) {
      say("camera_waiting");
      continue;
    }
    const picture = new Image();
    picture.src = answer.picture;
    await picture.decode();
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const now = performance.now();
    pace = pace ? 0.8 * pace + 0.2 * (now - last) : now - last;
    last = now;
    say("camera_rate", { rate: (1000 / pace).toFixed(1), ms: Math.round(answer.seconds * 1000) });
    rate.dataset.frames = Number(rate.dataset.frames || 0) + 1;
  }
}

button.addEventListener("click", () => (stream ? stop() : start()));
