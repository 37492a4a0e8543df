// The grid: fills as it is painted; a cell opens in the viewer; magnified, all cells show the same place; two are compared.
const head = element.querySelector("thead");
const body = element.querySelector("tbody");
const magnify = element.querySelector(".grid-magnify");
const numbers = element.querySelector(".grid-number");
const { translate } = window.stylize;
const chooserOf = window.stylize.differenceChooser();
const place = { x: 0.5, y: 0.5 };
let drawn = ""; // which columns and rows the table has

function header(text, scope, column) {
  const cell = document.createElement("th");
  cell.scope = scope;
  if (scope === "col") cell.dataset.column = column;
  cell.textContent = text;
  return cell;
}

function layOut({ columns, rows }) {
  const top = document.createElement("tr");
  top.append(document.createElement("td"), ...columns.map((text, column) => header(text, "col", column)));
  head.replaceChildren(top);
  body.replaceChildren(...rows.map((label) => {
    const row = document.createElement("tr");
    row.append(header(label, "row"), ...columns.map((title, column) => {
      const cell = document.createElement("td");
      cell.dataset.column = column;
      const button = document.createElement("button");
      const named = [title, label].join(translate("between_facts"));
      Object.assign(button, { type: "button", className: "grid-cell", disabled: true });
      button.setAttribute("aria-label", `${translate("grid_waiting")}: ${named}`);
      button.dataset.title = named;
      cell.append(button);
      return cell;
    }));
    return row;
  }));
}

function show() {
  const grid = props.value;
  if (!grid || !window.stylize.isNewest("grid", grid.request)) return;
  element.classList.toggle("empty", !grid.columns.length);
  const wanted = JSON.stringify([grid.request, grid.columns, grid.rows]);
  if (wanted !== drawn) layOut(grid);
  drawn = wanted;
  for (const { row, column, photo, look, picture } of grid.cells) {
    const button = body.rows[row].querySelector(`[data-column="${column}"]`).firstChild;
    if (!button.disabled) continue;
    const image = document.createElement("img");
    image.src = picture.url;
    image.alt = "";
    image.draggable = false;
    // What is still to come takes the place of a picture, so that nothing moves.
    image.onload = () => body.style.setProperty("--cell-shape", `${image.naturalWidth} / ${image.naturalHeight}`);
    button.replaceChildren(image);
    Object.assign(button, { look, photo });
    button.disabled = false;
    button.setAttribute("aria-label", translate("grid_open", { title: button.dataset.title }));
    button.setAttribute("aria-keyshortcuts", "C");
    button.after(chooserOf({ title: button.dataset.title, url: picture.url }));
  }
  element.querySelector(".grid-tools").dataset.query = grid.query;
  numbers.disabled = !grid.complete || !grid.cells.length;
  if (grid.error) window.stylize.failed("grid", grid.request, grid.error);
  else if (grid.complete) window.stylize.answered("grid", grid.request);
}

function move(x, y) {
  place.x = Math.max(0, Math.min(1, x));
  place.y = Math.max(0, Math.min(1, y));
  body.style.setProperty("--at", `${place.x * 100}% ${place.y * 100}%`);
}

const isMagnified = () => magnify.getAttribute("aria-pressed") === "true";
magnify.addEventListener("click", () => {
  magnify.setAttribute("aria-pressed", String(!isMagnified()));
  body.classList.toggle("magnified", isMagnified());
});
body.addEventListener("pointermove", (event) => {
  const button = event.target.closest(".grid-cell");
  if (!isMagnified() || !button) return;
  const box = button.getBoundingClientRect();
  move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
});
body.addEventListener("keydown", (event) => {
  if (event.key === "c" && !event.ctrlKey && !event.metaKey) return event.target.nextSibling?.click();
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!isMagnified() || !step) return;
  event.preventDefault();
  move(place.x + step[0] * 0.1, place.y + step[1] * 0.1);
});
body.addEventListener("click", (event) => {
  const button = event.target.closest(".grid-cell");
  if (!button || (isMagnified() && event.detail)) return; // a tap looks closer; Enter still opens
  window.stylize.openedCell = button.look;
  window.stylize.choosePhoto(button.photo);
  trigger("open", {});
});
// What a request for a grid needs besides the page's components: its first input.
window.stylize.fillGrid = async ([, photo, own, styles, rows, ...look]) => {
  const photos = rows === "photo" ? await window.stylize.photoPaths() : [];
  return [{ photos, shown: props.value.names }, photo, own, styles, rows, ...look];
};
numbers.addEventListener("click", () => trigger("numbers", {}));
element.querySelector(".request-status button").addEventListener("click", () => trigger("retry", {}));
watch("value", show);
move(0.5, 0.5);
show();
