// The caption of what this device has painted (one script with address_bar.js), as caption.py writes that of the server.
const { translate } = window.stylize;

function line(tag, text, attributes) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made.outerHTML;
}

// The query of a link to this look, as `to_query` of share.py writes it.
function query({ shares, strength, brush, keepColors }) {
  const round = (number) => Number(number.toFixed(2));
  const parts = Object.entries(shares);
  const style = parts.length > 1 ? parts.map(([id, share]) => `${id}=${round(share)}`).join(",") : parts[0][0];
  const values = { style };
  if (strength !== 1) values.strength = round(strength);
  if (brush !== 1) values.brush = round(brush);
  if (keepColors) values.keep_colors = 1;
  return new URLSearchParams(values).toString();
}

document.addEventListener("stylize:painting", ({ detail: { here, size, title } }) => {
  if (!here) return;
  const values = { seconds: here.seconds.toFixed(2), width: size[0], height: size[1] };
  const told = { class: "facts", "data-i18n": "painted_here" };
  for (const [name, value] of Object.entries(values)) told[`data-${name}`] = value;
  window.stylize.followLook(query(here));
  props.value =
    line("h2", title, { "data-query": query(here) }) +
    line("p", window.stylize.stylesArtist(here.shares), { class: "artist" }) +
    line("p", translate("painted_here", values), told);
});
