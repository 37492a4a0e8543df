// The numbers of the grid's cells: written under each, told by a sentence each, and sorted by (grid_numbers.py).
const { translate } = window.stylize;
const legend = element.querySelector(".number-legend");
const buttons = [...legend.querySelectorAll("button")];
const names = buttons.map((button) => button.dataset.number);
const MORE_IS_NEARER = new Set(["ssim"]);
const table = () => document.querySelector(".grid-table");
let numbers = []; // [row, column, texts]

const cellAt = (row, column) => table().tBodies[0].rows[row]?.querySelector(`[data-column="${column}"]`);

function write([row, column, texts]) {
  const values = Object.fromEntries(names.map((name, at) => [name, texts[at] || "–"]));
  const cell = cellAt(row, column);
  if (!cell || cell.querySelector(".cell-numbers")) return;
  const text = document.createElement("p");
  text.className = "cell-numbers";
  text.textContent = `${translate("number_of_style", values)}\n${translate("number_of_photo", values)}`;
  cell.append(text);
}

// The mean of one number over the rows of a column; what is not known comes last.
function meanOf(column, name) {
  const at = names.indexOf(name);
  const known = numbers.filter((one) => one[1] === column && one[2][at] !== "").map((one) => Number(one[2][at]));
  const mean = known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : Infinity;
  return MORE_IS_NEARER.has(name) && known.length ? -mean : mean;
}

// Columns in the order of a number, nearest first; or as they were chosen.
function sort(name) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.number === name));
  const columns = [...new Set(numbers.map((one) => one[1]))].sort((one, two) => one - two);
  if (name) columns.sort((one, two) => meanOf(one, name) - meanOf(two, name) || one - two);
  for (const row of table().rows) row.append(...columns.map((column) => row.querySelector(`[data-column="${column}"]`)));
}

legend.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) sort(button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.number);
});

function show() {
  const { request, complete, error } = props.value;
  if (!request || !window.stylize.isNewest("grid_numbers", request)) return;
  numbers = props.value.numbers;
  numbers.forEach(write);
  element.classList.toggle("numbered", complete && numbers.length > 0);
  if (error) window.stylize.failed("grid_numbers", request, error);
  else if (complete) window.stylize.answered("grid_numbers", request);
}

document.addEventListener("stylize:request", ({ detail: { kind, state } }) => {
  if (kind === "grid" && state === "open") { // another grid: these numbers are of the last one
    numbers = [];
    element.classList.remove("numbered");
    for (const button of buttons) button.setAttribute("aria-pressed", "false");
    if (window.stylize.newest("grid_numbers")) window.stylize.answered("grid_numbers", window.stylize.newest("grid_numbers"));
  }
});
element.querySelector(".request-status button").addEventListener("click", () => trigger("retry", {}));
watch("value", show);
