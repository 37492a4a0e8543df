// A link to what is on show: "copied" is said when the clipboard took it; otherwise the link stands there.
const { translate } = window.stylize;
const button = element.querySelector("button");
const status = element.querySelector(".link-status");
const field = element.querySelector("input");
let shown = 0; // the timer that takes "copied" away

function say(key) {
  clearTimeout(shown);
  button.dataset.i18n = key;
  button.textContent = translate(key);
  if (key !== props.message) shown = setTimeout(() => say(props.message), 1600);
}

button.addEventListener("click", async () => {
  const query = document.querySelector(props.source).dataset.query;
  if (!query) return say("own_no_link");
  const link = `${location.origin}${location.pathname}?${query}`;
  try {
    await navigator.clipboard.writeText(link);
    status.textContent = "";
    field.hidden = true;
    say("link_copied");
  } catch { // the page may not use the clipboard, or has none without HTTPS
    status.textContent = translate("link_not_copied");
    field.hidden = false;
    field.value = link;
    field.setAttribute("aria-label", translate("link_not_copied"));
    field.focus();
    field.select();
  }
});
