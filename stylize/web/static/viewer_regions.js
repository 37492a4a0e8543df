// By regions: what the photo shows as chips, each with a style of its own (one script with viewer.js).
// The styles are text in a hidden control, as options.py reads it: "subject=udnie@0.6;background".
const panel = element.querySelector(".regions");
const opener = element.querySelector(".regions-open");
const cutOut = panel.querySelector(".regions-cut-out");
const keepFaces = panel.querySelector(".regions-faces input");
const regionsStatus = panel.querySelector(".regions-status");
const retryRegions = panel.querySelector(".regions-retry");
const drawSubject = panel.querySelector(".regions-draw");
const chips = panel.querySelector(".regions-chips");
const detail = panel.querySelector(".region-detail");
const strength = detail.querySelector(".region-strength input");
const veil = element.querySelector(".region-veil");
const OTHER_NAMES = { faces: "face", people: "person" }; // of the same region, as region_engine.py has them
const GLIMPSE = 1500; // milliseconds that a tapped region is seen
let choices = new Map(); // {style, strength} by region; without a style the photo stays
let found = null; // {photo, error, masks: addresses by region} of the photo on show
let finding = null; // {photo} that is being looked at
let active = null; // the region that the wall and the detail are for
let isCutOutWanted = false; // asked for before it was known what the photo shows
let look = props.first; // the controls' values
let glimpse = 0; // the timer that ends one

const regionTitle = (name) => translate(`region_${name}`).replace(/^region_/, "").replaceAll("_", " ");
const isPhoto = (name) => choices.has(name) && !choices.get(name).style;
const isCutOut = () => isPhoto("background") && !isPhoto("subject");
const isFound = () => found !== null && found.photo === photoShown && !isOld();

function readChoices(text) {
  const parts = text.split(";").map((part) => part.trim()).filter(Boolean);
  return new Map(parts.map((part) => {
    const [name, ...rest] = part.split("=").map((one) => one.trim());
    const [style, share] = rest.join("=").split("@");
    return [OTHER_NAMES[name] ?? name, style ? { style, strength: share } : {}];
  }));
}

function writeChoices() {
  const write = ([name, { style, strength: share }]) => (style ? `${name}=${style}${share ? `@${share}` : ""}` : name);
  return [...choices].map(write).join(";");
}

function sendRegions() {
  window.stylize.byRegion = [writeChoices(), writeCorrections()];
  trigger("region", {}); // it carries nothing: a quick second one might be dropped with it
  drawRegions();
}

function setChoice(name, choice) {
  if (choice) choices.set(name, choice);
  else choices.delete(name);
  sendRegions();
}

function titleOf({ style, strength: share }) {
  if (!style) return translate("view_photo");
  const titles = style.split(",").map((part) => window.stylize.tileTitle?.(part.split("=")[0]) ?? part);
  return titles.join(" + ") + (share ? ` ${Math.round(100 * share)}%` : "");
}

// What the photo shows; the newest photo's answer counts.
async function find() {
  if (panel.hidden || isOld() || finding?.photo === photoShown || (isFound() && !found.error)) return drawRegions();
  if (window.stylize.staysHere?.()) {
    found = { photo: photoShown, error: translate("device_no_regions"), masks: new Map() };
    return drawRegions();
  }
  const asked = (finding = { photo: photoShown });
  drawRegions();
  const answer = await server.find_regions(asked).catch(() => ({ error: translate("failed") }));
  if (finding !== asked) return;
  finding = null;
  const masks = new Map((answer.regions ?? []).map(({ name, mask }) => [name, mask]));
  found = { photo: asked.photo, error: answer.error, masks };
  if (answer.error) window.stylize.checkPhoto?.();
  if (isCutOutWanted) takeOut();
  else drawRegions();
}

// The subject is painted and the rest stays the photo.
function takeOut() {
  isCutOutWanted = false;
  if (found.error || !(found.masks.has("subject") || corrections.subject)) return drawRegions();
  if (isPhoto("subject")) choices.delete("subject");
  choices.set("background", {});
  active = "subject";
  sendRegions();
}

// Another photo: nothing is known of it. A cut that was asked for is for this one, as one that was made would be.
function forgetRegions() {
  found = finding = null;
  forgetCorrections();
  unveil();
  drawRegions();
}

function openRegions(isOpen = true) {
  panel.hidden = !isOpen;
  opener.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) return find();
  activate(null);
}

function activate(name) {
  active = name;
  if (correcting && correcting.name !== name) stopCorrecting();
  if (!name) unveil();
  drawRegions();
}

async function showVeil(name) {
  veil.dataset.region = name;
  const mask = await maskAddress(name);
  if (veil.dataset.region !== name) return;
  veil.style.maskImage = `url("${mask}"), linear-gradient(#000, #000)`; // all but the region, by mask-composite
  viewer.dataset.veil = "on";
}

function unveil() {
  clearTimeout(glimpse);
  delete veil.dataset.region;
  delete viewer.dataset.veil;
}

function chipOf(name) {
  const chip = document.createElement("button");
  chip.append(document.createElement("span"), document.createElement("small"));
  Object.assign(chip, { type: "button", className: "region-chip" });
  chip.dataset.region = name;
  chip.addEventListener("click", () => activate(active === name ? null : name));
  chip.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && showVeil(name));
  chip.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && unveil());
  chip.addEventListener("focus", () => chip.matches(":focus-visible") && showVeil(name));
  chip.addEventListener("blur", unveil);
  chip.addEventListener("pointerup", (event) => {
    if (event.pointerType === "mouse") return;
    showVeil(name);
    clearTimeout(glimpse);
    glimpse = setTimeout(unveil, GLIMPSE);
  });
  return chip;
}

function drawChips() {
  const known = isFound() ? [...found.masks.keys()] : [];
  const names = [...new Set([...known, ...choices.keys(), ...Object.keys(corrections)])];
  const before = new Map([...chips.children].map((chip) => [chip.dataset.region, chip]));
  const drawn = names.map((name) => before.get(name) ?? chipOf(name));
  if (drawn.length !== chips.children.length || drawn.some((chip, at) => chip !== chips.children[at])) chips.replaceChildren(...drawn);
  for (const chip of drawn) {
    const name = chip.dataset.region;
    const isThere = name === "background" || corrections[name] || !isFound() || found.error || found.masks.has(name);
    chip.firstChild.textContent = regionTitle(name);
    chip.lastChild.textContent = choices.has(name) ? titleOf(choices.get(name)) : "";
    chip.setAttribute("aria-pressed", String(name === active));
    chip.classList.toggle("missing", !isThere);
    chip.title = isThere ? "" : translate("regions_missing");
  }
}

function drawDetail() {
  detail.hidden = !active;
  if (!active) return;
  const choice = choices.get(active);
  const kind = choice ? (choice.style ? "style" : "photo") : "rest";
  detail.querySelector("legend").textContent = regionTitle(active);
  detail.querySelector(`[value="${kind}"]`).checked = true;
  detail.dataset.choice = kind;
  if (!strength.matches(":active")) strength.value = choice?.strength ?? look[5] ?? 1; // as ControlValues has it
  detail.querySelector("output").textContent = `${Math.round(100 * strength.value)}%`;
  detail.querySelector(".region-correct").setAttribute("aria-pressed", String(correcting?.name === active));
  detail.querySelector(".region-uncorrect").hidden = !corrections[ownerOf(active)];
}

function drawRegions() {
  opener.querySelector(".regions-count").textContent = choices.size ? ` · ${choices.size}` : "";
  cutOut.setAttribute("aria-pressed", String(isCutOut() || isCutOutWanted));
  keepFaces.checked = isPhoto("face");
  const isNothing = isFound() && !found.error && !found.masks.has("subject") && !corrections.subject;
  const isLooking = !panel.hidden && !isFound();
  const noFace = keepFaces.checked && isFound() && !found.error && !found.masks.has("face") && !corrections.face;
  const said = isLooking ? "regions_finding" : isNothing ? "regions_none" : noFace ? "regions_no_face" : active ? "" : "regions_choose";
  regionsStatus.textContent = (isFound() && found.error) || (said && translate(said));
  regionsStatus.dataset.state = said;
  retryRegions.hidden = !(isFound() && found.error);
  drawSubject.hidden = !isNothing;
  drawChips();
  drawDetail();
  window.stylize.showWallRegion?.(active && regionTitle(active));
  const chosen = active && choices.get(active);
  window.stylize.selectStyle?.(chosen ? (chosen.style ?? "").split(/[=,]/)[0] : look[0]);
}

// A style of the wall is for the active region, if there is one.
window.stylize.styleRegion = (style) => {
  if (!active) return false;
  setChoice(active, { style, strength: choices.get(active)?.strength });
  return true;
};
window.stylize.leaveRegion = () => activate(null);

opener.addEventListener("click", async () => {
  const found = openRegions(panel.hidden);
  if (panel.hidden) return;
  window.stylize.reveal(panel);
  await found;
  if (!panel.hidden) window.stylize.reveal(panel);
});
retryRegions.addEventListener("click", find);
cutOut.addEventListener("click", () => {
  if (isCutOut()) return setChoice("background", null);
  isCutOutWanted = !isCutOutWanted;
  if (isCutOutWanted && isFound() && !found.error) takeOut();
  else find();
});
keepFaces.addEventListener("change", () => setChoice("face", keepFaces.checked ? {} : null));
detail.addEventListener("change", ({ target }) => {
  if (target === strength) return setChoice(active, { ...choices.get(active), strength: String(Number(strength.value)) });
  if (target.value === "rest") return setChoice(active, null);
  setChoice(active, target.value === "photo" ? {} : { style: mainStyle() });
});
strength.addEventListener("input", () => {
  detail.querySelector("output").textContent = `${Math.round(100 * strength.value)}%`;
});
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !active) return;
  const chip = chips.querySelector(`[data-region="${active}"]`);
  activate(null);
  chip?.focus();
});
drawSubject.addEventListener("click", () => {
  activate("subject");
  startCorrecting("subject");
});

// The style of the rest as text.
function mainStyle() {
  const [style, second, secondShare, third, thirdShare] = look;
  const shares = Object.entries(blend(style, [[second, secondShare], [third, thirdShare]]));
  return shares.length === 1 ? shares[0][0] : shares.map(([id, share]) => `${id}=${Number(share.toFixed(2))}`).join(",");
}

document.addEventListener("stylize:request", ({ detail: { kind, state, values } }) => {
  if (kind !== "viewer" || state !== "open") return;
  look = values.slice(4); // as PaintTab.viewer_inputs of events.py
  const text = look[8] ?? "";
  if (text !== writeChoices()) {
    choices = readChoices(text); // a link, or a look from before
    if (text && panel.hidden) openRegions();
  }
  drawRegions();
});
document.addEventListener("stylize:painting", () => {
  if (found && found.photo !== photoShown) found = null;
  find();
});
chips.setAttribute("aria-label", translate("regions_open"));
