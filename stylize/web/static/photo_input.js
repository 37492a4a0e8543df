// The visitor's photo: sent, opened by the server, shown by a preview. What cannot be read leaves the last one.
const { translate } = window.stylize;
const input = element.querySelector("input");
const preview = element.querySelector("img");
const status = element.querySelector(".photo-status");
const dialog = element.querySelector("dialog");
const video = element.querySelector("video");
const { root, api_prefix: prefix = "" } = window.gradio_config;
let newest = 0; // the number of the photo brought last: an earlier one that is opened later is not shown

function say(sentence, state = "") {
  status.textContent = sentence;
  status.dataset.state = state;
  if (state === "failed") status.scrollIntoView({ block: "nearest" });
}

function show() {
  const photo = props.value;
  element.classList.toggle("filled", Boolean(photo));
  preview.alt = translate("photo");
  input.setAttribute("aria-label", translate("photo"));
  if (photo) preview.src = photo.preview.url;
  else preview.removeAttribute("src");
}

// Gradio's own `upload` tells failures in English.
async function send(file) {
  const form = new FormData();
  form.append("files", file, file.name);
  const answer = await fetch(`${root}${prefix}/upload`, { method: "POST", body: form });
  if (!answer.ok) throw new Error(answer.statusText);
  return (await answer.json())[0];
}

async function open(file) {
  const { bytes, megabytes } = props.limit;
  if (file.size > bytes) return { error: translate("photo_too_large", { name: file.name, megabytes }) };
  return server.open_photo({ path: await send(file) });
}

// `work` resolves to what a function of the server says about a photo.
async function bring(work) {
  const number = ++newest;
  say(translate("photo_opening"), "open");
  let opened;
  try {
    opened = await work();
  } catch {
    opened = { error: translate("photo_not_sent") };
  }
  if (number !== newest) return;
  say(opened.error ?? opened.note, opened.error ? "failed" : "");
  if (opened.error) return;
  opened.preview.url = `${root}${prefix}/file=${opened.preview.path}`;
  props.value = opened;
  show();
}

const bringFile = (file) => bring(() => open(file));
Object.assign(window.stylize, {
  bringPhoto: bringFile,
  bringExample: (name) => bring(() => server.open_example({ name })),
  refusePhoto: (sentence) => say(sentence, "failed"),
});

function remove() {
  newest += 1;
  say("");
  props.value = null;
  show();
}

async function paste() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith("image/"));
      if (type) return bringFile(new File([await item.getType(type)], `photo.${type.slice(6)}`, { type }));
    }
    say(translate("photo_not_pasted"), "failed");
  } catch {
    say(translate("photo_not_pasted"), "failed"); // the browser forbids it
  }
}

async function openCamera() {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
    dialog.showModal();
    await video.play();
  } catch {
    dialog.close();
    say(translate("camera_denied"), "failed");
  }
}

function takePhoto() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  if (!canvas.width) return; // the camera has shown nothing yet
  canvas.getContext("2d").drawImage(video, 0, 0);
  dialog.close();
  canvas.toBlob((data) => bringFile(new File([data], "camera.jpg", { type: data.type })), "image/jpeg", 0.95);
}

dialog.addEventListener("close", () => {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
});
input.addEventListener("change", () => {
  const [file] = input.files;
  if (file) bringFile(file);
  input.value = ""; // the same file may be chosen again
});
const actions = {
  choose: () => input.click(),
  remove,
  paste,
  camera: openCamera,
  take: takePhoto,
  cancel: () => dialog.close(),
};
element.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.action]?.());
watch("value", show);
show();
