// Photos dropped or pasted anywhere on the page are the visitor's; a drop never opens a file in the tab.
(() => {
  const { translate } = window.stylize;
  let dragsOwn = false; // what is dragged began on this page: a tile is no photo

  // Fields for a painting and a film take their files themselves, and fields for text their text.
  const isTaken = (target) =>
    target.closest?.(".block:not(#photo):has(input[type=file])") || target.closest?.("input[type=text], textarea");
  const isAddress = (data) =>
    data.types.includes("text/uri-list") || /<img\b/i.test(data.getData("text/html"));

  function bring(data) {
    if (!data.files.length && !isAddress(data)) return false;
    document.querySelector("#tabs button[role=tab]")?.click(); // the tab where the photo is
    if (data.files.length) window.stylize.bringPhotos?.(data.files);
    else window.stylize.refusePhoto?.(translate("photo_address"));
    return true;
  }

  const mark = (on) => document.documentElement.classList.toggle("dropping", on);
  document.addEventListener("dragstart", () => (dragsOwn = true));
  document.addEventListener("dragend", () => (dragsOwn = false));
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (event.target.closest?.("input[type=text], textarea")) return;
      event.preventDefault();
      mark(!dragsOwn && !isTaken(event.target));
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(false); // out of the window
  });
  // First of all listeners: those of a field may keep a drop from coming any further.
  document.addEventListener("drop", (event) => {
    mark(false);
    if (!event.target.closest?.("input[type=text], textarea")) event.preventDefault();
    if (!dragsOwn && !isTaken(event.target)) bring(event.dataTransfer);
    dragsOwn = false;
  }, true);
  document.addEventListener("paste", (event) => {
    if (!isTaken(event.target) && bring(event.clipboardData)) event.preventDefault();
  });
})();
