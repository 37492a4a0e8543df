// Opening a visitor's photo: on the server, which is sent it, or on this device (device_photo.js) where it stays.
// `server` has the functions of photo_input.py, `limit` what may be sent; `made` is told of each copy on the server.
window.stylize.photoOpening = (server, { bytes, megabytes }, made) => {
  const { translate, openHere, staysHere } = window.stylize;
  const { root, api_prefix: prefix = "" } = window.gradio_config;
  let sending = new AbortController(); // gives up what is being sent

  const lost = () => ({ error: translate("photo_not_sent") });

  // Gradio's own `upload` tells failures in English.
  async function send(file, name) {
    const form = new FormData();
    form.append("files", file, name);
    const answer = await fetch(`${root}${prefix}/upload`, { method: "POST", body: form, signal: sending.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json())[0];
  }

  function addressed(opened) {
    if (opened?.preview) opened.preview.url = `${root}${prefix}/file=${opened.preview.path}`;
    return opened ?? lost();
  }

  // What the server says about a whole photo. It is sent unless the server still has it.
  async function openWholeThere(photo) {
    const known = photo.sent && (await server.open_photo({ path: photo.sent }));
    if (known && !known.error) return known;
    if (photo.example) return server.open_example({ name: photo.example });
    if (photo.file.size > bytes) return { error: translate("photo_too_large", { name: photo.name, megabytes }) };
    return server.open_photo({ path: await send(photo.file, photo.name) });
  }

  async function openThere(photo) {
    if (!photo.crop) return openWholeThere(photo);
    const known = photo.cropped && (await server.open_photo({ path: photo.cropped }));
    if (known && !known.error) return known;
    const whole = await openWholeThere(photo);
    if (whole.error) return whole;
    photo.sent = whole.photo.path;
    made(photo.sent);
    return server.crop({ path: photo.sent, ...photo.crop });
  }

  // An example comes from the server: it is nobody's photo.
  async function openItHere(photo) {
    if (!photo.example || photo.file) return openHere(photo);
    const { preview, photo: copy } = addressed(await server.open_example({ name: photo.example }));
    made(copy.path);
    return openHere({ ...photo, file: await (await fetch(preview.url)).blob() });
  }

  // Where the switch was turned meanwhile, what was opened is no longer where it shall be.
  async function opened(here, there) {
    for (;;) {
      const stays = staysHere();
      sending = new AbortController();
      let found;
      try {
        found = stays ? await here() : addressed(await there());
      } catch {
        found = lost();
      }
      if (stays === staysHere()) return found;
      if (found.photo && !stays) made(found.photo.path);
    }
  }

  document.addEventListener("stylize:device", () => {
    if (staysHere()) sending.abort();
  });

  return {
    // What is to be known of a photo, or of the part that is to be shown: {photo, preview, thumbnail, note} or {error}.
    open: (photo) => opened(() => openItHere(photo), () => openThere(photo)),
    // The same of the whole photo.
    openWhole: (photo) => opened(() => openItHere({ ...photo, crop: null }), () => openWholeThere(photo)),
  };
};
