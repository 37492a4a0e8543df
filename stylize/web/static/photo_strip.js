// The strip of a visitor's photos: a tap shows one, its cross or the Delete key removes it.
// `choose` and `remove` get the photo. Returns `draw`, for the photos in their order, the one on show, and the one that is
// to be on show.
window.stylize.photoStrip = (list, choose, remove) => {
  const { translate } = window.stylize;
  const items = new WeakMap(); // <li> by photo: drawn again, each keeps its buttons

  function button(className, act) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className });
    made.addEventListener("click", act);
    return made;
  }

  function itemOf(photo) {
    if (items.has(photo)) return items.get(photo);
    const item = document.createElement("li");
    const thumbnail = button("photo-thumbnail", () => choose(photo));
    thumbnail.append(document.createElement("img"));
    thumbnail.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") remove(photo);
    });
    const cross = button("photo-cross", () => remove(photo));
    cross.textContent = "×";
    item.append(thumbnail, cross);
    items.set(photo, item);
    return item;
  }

  function update(photo, values, isChosen, isOpening) {
    const item = itemOf(photo);
    const [thumbnail, cross] = item.children;
    thumbnail.classList.toggle("opening", isOpening || !photo.thumbnail);
    thumbnail.setAttribute("aria-label", translate("photo_of", values));
    thumbnail.setAttribute("aria-current", String(isChosen));
    thumbnail.title = photo.name;
    cross.setAttribute("aria-label", translate("photo_remove_one", values));
    const image = thumbnail.firstChild;
    image.alt = "";
    if (photo.thumbnail && image.src !== photo.thumbnail) image.src = photo.thumbnail;
    return item;
  }

  function draw(photos, chosen, wanted) {
    const focused = document.activeElement;
    const place = [...list.children].indexOf(focused?.closest?.("li"));
    const count = photos.length;
    const drawn = photos.map((photo, index) => {
      const isChosen = photo === chosen || (chosen !== null && photo.replaces === chosen);
      return update(photo, { name: photo.name, number: index + 1, count }, isChosen, photo === wanted && wanted !== chosen);
    });
    list.hidden = count < 2;
    list.setAttribute("aria-label", translate("photos"));
    if (drawn.length === list.children.length && drawn.every((item, index) => item === list.children[index])) return;
    list.replaceChildren(...drawn);
    if (place < 0) return;
    const next = list.contains(focused) ? focused : drawn[Math.min(place, count - 1)]?.firstChild;
    next?.focus({ preventScroll: true });
  }

  return { draw };
};
