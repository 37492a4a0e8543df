// What was asked for comes into view: below the fold it would seem not to have come.
Object.assign(window.stylize, {
  reveal: (part) => part.scrollIntoView({ block: "nearest" }),
  // On a phone the painting lies below the photo; from another tab one may come scrolled past it.
  revealViewer() {
    const viewer = document.getElementById("viewer");
    const top = viewer?.getBoundingClientRect().top ?? 0;
    if (top >= 0 && top < innerHeight / 2) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    viewer.scrollIntoView({ block: "start", behavior });
  },
});
