// Number fields that are being typed in: what is empty or out of range on the way is not sent, and what is left so becomes
// the last value, or the nearest that may be.
(() => {
  const isUnfinished = ({ value, validity }) => value === "" || validity.rangeUnderflow || validity.rangeOverflow;
  const fieldOf = ({ target }) => (target.matches?.('input[type="number"]') ? target : null);

  function finish(field) {
    const range = field.closest(".block")?.querySelector('input[type="range"]'); // Gradio's slider has both
    const { min, max } = field;
    const typed = field.value === "" ? Number(range?.value ?? min) : Number(field.value);
    field.value = String(Math.min(max === "" ? typed : Number(max), Math.max(min === "" ? typed : Number(min), typed)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Before Gradio hears of it.
  document.addEventListener("input", (event) => {
    const field = fieldOf(event);
    if (field && isUnfinished(field)) event.stopImmediatePropagation();
  }, true);
  for (const left of ["change", "focusout"]) {
    document.addEventListener(left, (event) => {
      const field = fieldOf(event);
      if (field && isUnfinished(field)) finish(field);
    }, true);
  }
})();
