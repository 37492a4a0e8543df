// The painter on the visitor's own device: opened once, by whoever first wants it. What is painted unasked (previews, the
// camera) is painted there only where it is right and quick.
(() => {
  const SLOW = 0.1; // seconds that the known picture may take: a slower device leaves painting to the server
  let model = null;
  let finding = null; // resolves to what was found, as `findDevice` does
  let quick = null; // resolves to the painter where it is right and quick, else to null

  const files = () => location.origin + new URL(`${window.gradio_config.root}/device/`, location.href).pathname;
  const load = (name) => import(`${files()}webgpu/${name}.js`);

  async function find() {
    if (!navigator.gpu) return { why: "device_none" };
    try {
      const [{ loadModel }, { openTested }] = await Promise.all(["painter", "tested"].map(load));
      model ??= await loadModel(`${files()}model/painter.json`);
      const found = await openTested(model);
      if (!found) return { why: "device_none" };
      if (!found.right) return { why: "device_wrong" };
      found.painter.lost.then(() => fail(found.painter));
      return { ...found, why: found.seconds > SLOW ? "device_slow" : "" };
    } catch {
      return { why: "device_not_loaded" };
    }
  }

  function seek(found) {
    finding = found;
    quick = found.then(({ painter, why }) => (painter && !why ? painter : null));
    return found;
  }

  // `painter` was lost: nothing is to be said if there is another one by now.
  async function fail(painter) {
    if (painter === (await finding)?.painter) window.stylize.deviceFailed();
  }

  Object.assign(window.stylize, {
    // A module of the device's painter. Rejects when the server is away.
    deviceModule: load,
    // What there is, sought now if nobody has: {painter, seconds, why}. There is no painter where it is wrong or cannot be
    // had; `why` is the key of a sentence that says what is amiss, and empty where it is right and quick.
    findDevice: () => finding ?? seek(find()),
    // The same, sought anew where there was none.
    async findDeviceAgain() {
      const found = await window.stylize.findDevice();
      return found.painter ? found : seek(find());
    },
    // The painter if it is right and quick, opened now if nobody has; resolves to null where nothing is to be painted here.
    openDevice: () => (window.stylize.findDevice(), quick),
    // That painter if it is open already, else null.
    openedDevice: () => Promise.race([quick, null]),
    // It cannot be relied on: from now on the server paints, unless the visitor has said that it must not.
    deviceFailed() {
      seek(Promise.resolve({ why: "device_lost" }));
      document.dispatchEvent(new Event("stylize:device-failed"));
    },
  });
})();
