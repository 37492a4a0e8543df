// Buttons beside paintings that choose two of them, one after the other: the second opens the dialog of their difference
// (difference_view.js), and the first stays chosen, to be compared with others.
window.stylize.differenceChooser = () => {
  const { translate } = window.stylize;
  let chosen = null; // {button, painting}
  const press = (button, isPressed) => button.setAttribute("aria-pressed", String(isPressed));

  async function choose(button, painting) {
    if (chosen && !chosen.button.isConnected) chosen = null; // another grid has taken its place
    if (chosen?.button === button) {
      press(button, false);
      chosen = null;
      return;
    }
    press(button, true);
    if (!chosen) {
      chosen = { button, painting };
      return;
    }
    const dialog = await window.stylize.showDifference(chosen.painting, painting);
    dialog.addEventListener("close", () => press(button, false), { once: true });
  }

  // The button of a painting, {title, url}.
  return (painting) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "difference-choose" });
    button.title = translate("difference_choose", painting);
    button.setAttribute("aria-label", button.title);
    press(button, false);
    button.addEventListener("click", () => choose(button, painting));
    return button;
  };
};
