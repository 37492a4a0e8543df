// A file of the painting in the viewer, made on request: saved, or handed to the system's share sheet.
const { translate, isNewest, newest } = window.stylize;
const form = element.querySelector("form");
const share = element.querySelector(".download-share");
const status = element.querySelector(".download-status");
const TYPES = { jpeg: "image/jpeg", png: "image/png", webp: "image/webp", avif: "image/avif", print: "application/pdf" };
const FIELDS = { // that each format has, besides itself
  jpeg: ["longer_side", "quality"], webp: ["longer_side", "quality"], avif: ["longer_side", "quality"],
  png: ["longer_side"], print: ["paper", "quality"],
};
let jobs = 0;
let open = null; // the job that is waited for
let unshared = null; // a finished file and its request, which the browser would share only right after a click

function say(key, text = key ? translate(key) : "") {
  status.textContent = text;
  status.dataset.state = key;
}

function chosen() {
  return Object.fromEntries(new FormData(form));
}

function showFields() {
  const shown = ["format", ...FIELDS[form.elements.format.value]];
  for (const field of form.querySelectorAll("[data-field]")) field.hidden = !shown.includes(field.dataset.field);
  form.querySelector("output").textContent = form.elements.quality.value;
  const type = TYPES[form.elements.format.value];
  share.hidden = !navigator.canShare?.({ files: [new File([], "a", { type })] });
}

function make(action, options = chosen()) {
  const asked = { ...options, job: (jobs += 1), request: newest("viewer"), action, type: TYPES[options.format] };
  unshared = null;
  say("download_making");
  if (window.stylize.staysHere()) return makeHere(asked);
  open = asked;
  trigger("make", { ...options, job: asked.job, request: asked.request });
}

function save(file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it after the click
  say("download_done", translate("download_done", { name: file.name }));
}

async function hand(file, request) {
  try {
    await navigator.share({ files: [file] });
    say("");
  } catch (error) {
    if (error.name === "AbortError") return say(""); // the visitor closed the sheet
    if (error.name !== "NotAllowedError") return say("download_failed");
    unshared = { file, request }; // the click was too long ago
    say("download_share_ready");
  }
}

watch("value", async () => {
  const asked = open;
  const { job, file, error } = props.value;
  if (!asked || job !== asked.job) return;
  open = null;
  if (error) return say("download_failed", error);
  try {
    const answer = await fetch(file.url);
    if (!answer.ok) throw new Error(answer.statusText);
    const made = new File([await answer.blob()], file.orig_name, { type: asked.type });
    if (jobs !== asked.job) return; // another one was asked for meanwhile
    if (!isNewest("viewer", asked.request)) return say("download_old");
    if (asked.action === "share") await hand(made, asked.request);
    else save(made);
  } catch {
    say("download_failed");
  }
});

window.stylize.downloadFailed = () => {
  open = null;
  say("download_failed");
};
form.addEventListener("submit", (event) => {
  event.preventDefault();
  make("save");
});
form.addEventListener("input", () => {
  unshared = null;
  showFields();
});
share.addEventListener("click", () => {
  if (unshared && isNewest("viewer", unshared.request)) hand(unshared.file, unshared.request);
  else make("share");
});
showFields();
