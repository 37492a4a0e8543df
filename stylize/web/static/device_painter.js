// The painter on the visitor's own device: opened once, by whoever first wants it, and only where it is right and quick.
(() => {
  const SLOW = 0.1; // seconds that the known picture may take: a slower device leaves painting to the server
  let painter = null; // resolves to null where nothing paints here

  const files = () => location.origin + new URL(`${window.gradio_config.root}/device/`, location.href).pathname;
  const load = (name) => import(`${files()}webgpu/${name}.js`);

  async function open() {
    if (!navigator.gpu) return null;
    try {
      const [{ WebGpuPainter, loadModel }, { selfTest }] = await Promise.all(["painter", "self_test"].map(load));
      const model = await loadModel(`${files()}model/painter.json`);
      const opened = await WebGpuPainter.open(model);
      if (!opened) return null;
      opened.lost.then(window.stylize.deviceFailed);
      const { right, seconds } = await selfTest(opened, model.expected);
      return right && seconds <= SLOW ? opened : null;
    } catch {
      return null;
    }
  }

  Object.assign(window.stylize, {
    // A module of the device's painter. Rejects when the server is away.
    deviceModule: load,
    // The painter, opened now if nobody has; resolves to null where nothing paints here.
    openDevice: () => (painter ??= open()),
    // The painter if it is open already, else null.
    openedDevice: () => Promise.race([painter, null]),
    // It cannot be relied on: from now on the server paints.
    deviceFailed: () => (painter = Promise.resolve(null)),
  });
})();
