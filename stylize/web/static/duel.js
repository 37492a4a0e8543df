// The duel: two paintings without names, one to be picked. The picks are held here and sent whole; the server answers what
// comes next after each answer, so that the next pair is there at once. At the end: the favourites.
const { translate, isNewest, answered, language, styleTitle, styleArtist } = window.stylize;
const part = (selector) => element.querySelector(selector);
const duel = part(".duel");
const pairBox = part(".duel-pair");
const sides = [...element.querySelectorAll(".duel-side")]; // A and B
const LETTERS = { 1: "A", 0: "B" }; // by the share of the first
const SURE = [[0.9, "duel_certain"], [0.75, "duel_likely"], [0.6, "duel_leaning"], [0, "duel_even"]];
const percent = new Intl.NumberFormat(language, { style: "percent" });
const addresses = new Map(); // of paintings, by style
let state = null; // as services/duel_state.py reads it; null before a duel
let pair = null; // on show
let ahead = {}; // the pair after each answer, by the share of the first
let wanted = 0; // picks in all
let look = null; // the controls' values of every painting here
let podium = ""; // which favourites are drawn; drawn anew, one that is just pressed would not open

function say(text) {
  part(".duel-said").textContent = text;
}

function send() {
  window.stylize.duelState = JSON.stringify({ ...state, asked: performance.now() }); // a repeated one counts, too
  trigger("ask", {});
}

function begin() {
  addresses.clear();
  [pair, ahead] = [null, {}];
  const seed = Math.floor(Math.random() * 2 ** 31);
  state = { seed, picks: [], more: 0, podium: [], look: null };
  showPair();
  pairBox.focus({ preventScroll: true });
  duel.scrollIntoView({ block: "start" });
  send();
}

const isReady = () => pair && sides.every((side) => side.firstChild.complete && side.firstChild.naturalWidth);

function answer(share) {
  if (!isReady()) return;
  state.picks.push([...pair, share]);
  [pair, ahead] = [ahead[String(share)] ?? null, {}];
  for (const side of sides) side.classList.remove("picked");
  void pairBox.offsetWidth; // the mark of the same side begins anew
  for (const side of sides) side.classList.toggle("picked", Number(side.dataset.share) === share);
  const said = translate(share in LETTERS ? "duel_picked" : "duel_picked_alike", { letter: LETTERS[share] });
  say(`${said} ${count(state.picks.length)}`);
  showPair();
  send();
}

function undo() {
  if (!state?.picks.length) return;
  const [first, second] = state.picks.pop();
  [pair, ahead] = [[first, second], {}];
  say(translate("duel_undone"));
  if (duel.dataset.state === "podium") pairBox.focus({ preventScroll: true });
  showPair();
  send();
}

// Not by `disabled`, which would take the focus away in the middle of a duel.
const enable = (button, isEnabled) => button.setAttribute("aria-disabled", String(!isEnabled));
const count = (number) => translate("duel_count", { number, count: wanted });

function fill(image, address) {
  if (!address) image.removeAttribute("src");
  else if (image.getAttribute("src") !== address) image.src = address;
}

function showPair() {
  duel.dataset.state = "pair";
  if (document.activeElement?.closest?.(".duel-podium")) pairBox.focus({ preventScroll: true });
  const done = state.picks.length;
  part(".duel-count").textContent = wanted ? count(Math.min(done + 1, wanted)) : "";
  part("progress").value = wanted ? done / wanted : 0;
  part("progress").setAttribute("aria-label", wanted ? count(done) : translate("duel_start"));
  enable(part(".duel-arena .duel-undo"), done > 0);
  sides.forEach((side, place) => {
    const address = pair && addresses.get(pair[place]);
    const image = side.firstChild;
    fill(image, address);
    image.alt = translate("duel_painting", { letter: "AB"[place] });
    enable(side, Boolean(address));
  });
  const isThere = Boolean(pair) && pair.every((style) => addresses.has(style));
  duel.classList.toggle("waits", !isThere);
  enable(part(".duel-alike"), isThere);
}

// All paintings of a photo have the shape of this one.
function fit({ naturalWidth, naturalHeight }) {
  duel.style.setProperty("--ratio", String(naturalWidth / naturalHeight));
  duel.classList.toggle("upright", naturalHeight > naturalWidth);
}

function make(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function sureness(above) {
  const [, key] = SURE.find(([least]) => above >= least);
  return translate(key, { percent: percent.format(Math.round(above * 100) / 100) });
}

function favourite(style, place) {
  const title = styleTitle(style);
  const item = make("li", "duel-place");
  const frame = make("button", "duel-open");
  const image = make("img", "");
  Object.assign(image, { alt: translate("painting_alt", { title }), draggable: false });
  image.addEventListener("load", () => fit(image));
  frame.type = "button";
  frame.setAttribute("aria-label", translate("grid_open", { title }));
  frame.append(image, make("span", "duel-open-word", translate("duel_open")));
  frame.addEventListener("click", () => {
    window.stylize.openedFavourite = [style.id, ...look.slice(1)];
    trigger("open", {});
  });
  const caption = make("div", "duel-caption");
  caption.append(make("span", "duel-number", String(place + 1)), make("strong", "", title));
  caption.append(make("span", "duel-artist", styleArtist(style)));
  if (style.above !== null) caption.append(make("span", "duel-sure", sureness(style.above)));
  item.append(frame, caption);
  return item;
}

function showPodium(value) {
  const isNew = duel.dataset.state !== "podium";
  duel.dataset.state = "podium";
  part(".duel-podium h3").textContent = translate(value.linked ? "duel_linked" : "duel_podium");
  part(".duel-lead").textContent = translate(value.linked ? "duel_linked_lead" : "duel_podium_lead", { count: value.picks });
  const places = part(".duel-places");
  if (podium !== JSON.stringify(value.favourites)) places.replaceChildren(...value.favourites.map(favourite));
  podium = JSON.stringify(value.favourites);
  places.querySelectorAll("img").forEach((image, place) => fill(image, addresses.get(value.favourites[place].id)));
  part(".duel-rest").hidden = !value.rest.length;
  const list = part(".duel-rest ol");
  list.start = value.favourites.length + 1;
  list.replaceChildren(...value.rest.map((style) => make("li", "", styleTitle(style))));
  part("[data-query]").dataset.query = value.query;
  part(".duel-more").hidden = !value.more;
  part(".duel-more").textContent = translate("duel_more", { count: value.more });
  part(".duel-podium .duel-undo").hidden = value.linked;
  part(".duel-again").textContent = translate(value.linked ? "duel_start" : "duel_again");
  part(".duel-again").classList.toggle("duel-start", value.linked);
  duel.classList.toggle("waits", value.favourites.some(({ id }) => !addresses.has(id)));
  if (isNew && !value.linked) part(".duel-podium h3").focus();
}

function show() {
  const value = props.value;
  if (!value || !isNewest("duel", value.request)) return;
  if (!value.begun) {
    [state, pair, ahead] = [null, null, {}];
    addresses.clear();
    duel.dataset.state = "";
    if (value.request) answered("duel", value.request);
    return;
  }
  for (const [style, { url }] of Object.entries(value.pictures)) {
    if (!addresses.has(style)) new Image().src = url; // at hand when its pair comes
    addresses.set(style, url);
  }
  [pair, ahead, wanted, look] = [value.pair, value.ahead, value.wanted, value.look];
  if (value.linked) state = null;
  if (state) state.look = look;
  if (value.favourites.length) showPodium(value);
  else showPair();
}

const KEYS = { ArrowLeft: () => answer(1), ArrowRight: () => answer(0), ArrowDown: () => answer(0.5), ArrowUp: undo };
document.addEventListener("keydown", (event) => {
  const { top, bottom } = pairBox.getBoundingClientRect(); // both 0 while another tab is open
  const isSeen = event.target === document.body && bottom > 0 && top < innerHeight;
  const isOurs = element.contains(event.target) || (isSeen && /Left|Right/.test(event.key)); // up and down scroll the page
  if (!isOurs || duel.dataset.state !== "pair") return;
  if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (!event.repeat) KEYS[event.key]();
});
for (const side of sides) {
  side.addEventListener("click", (event) => {
    if (event.detail) pairBox.focus({ preventScroll: true }); // else keys that follow a tap mark the tapped side
    answer(Number(side.dataset.share));
  });
}
for (const side of sides) side.firstChild.addEventListener("load", () => fit(side.firstChild));
part(".duel-alike").addEventListener("click", () => answer(0.5));
for (const button of element.querySelectorAll(".duel-undo")) button.addEventListener("click", undo);
for (const selector of [".duel-intro .duel-start", ".duel-again"]) part(selector).addEventListener("click", begin);
part(".duel-more").addEventListener("click", () => {
  state.more += props.value.more;
  [pair, ahead] = [null, {}];
  pairBox.focus({ preventScroll: true });
  showPair();
  send();
});
watch("value", show);
show();
