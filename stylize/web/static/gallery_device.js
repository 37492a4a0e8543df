// The gallery of a photo that stays here (one script with style_gallery.js): this device paints one tile after another.
const TILE = 256; // pixels of a tile's shorter side
const examples = props.value; // what the page opens with
let tilesAsked = 0; // the number of the newest request
let hung = { path: undefined, urls: new Map() }; // the tiles of a photo that were painted here, by style

const known = () => new Map(examples.tiles.map((tile) => [tile.id, tile]));

document.addEventListener("stylize:request", ({ detail: { kind, state, values, number, isHere } }) => {
  if (kind !== "gallery" || state !== "open" || !isHere) return;
  tilesAsked = number;
  const path = values[0]?.photo?.path; // as the gallery's inputs of events.py
  if (path !== hung.path) takeDown(path);
  if (path) paintTiles(number, path);
  else hang(number, "gallery_example", examples.tiles);
});

function takeDown(path) {
  for (const url of hung.urls.values()) URL.revokeObjectURL(url);
  hung = { path, urls: new Map() };
}

function hang(number, state, tiles) {
  render({ request: number, state, tiles });
}

async function paintTiles(number, path) {
  const painter = window.stylize.painterHere();
  const ids = new Set(painter?.styles.map(({ id }) => id));
  const { urls } = hung;
  const tiles = examples.tiles.filter(({ id }) => !painter || ids.has(id)).map((tile) => ({
    ...tile, ready: urls.has(tile.id), picture: urls.has(tile.id) ? { url: urls.get(tile.id) } : null,
  }));
  const missing = tiles.filter(({ ready }) => !ready);
  const state = () => (tiles.every(({ ready }) => ready) ? "gallery_done" : "gallery_busy");
  hang(number, painter ? state() : "gallery_waiting", tiles);
  if (!painter || !missing.length) return; // without one it is asked again once there is one
  const turns = await window.stylize.turnsHere();
  const { put, sized } = await window.stylize.deviceModule("pictures");
  const source = await window.stylize.sourceHere(path);
  if (!source || tilesAsked !== number) return;
  const image = sized(source.canvas, TILE);
  for (const tile of missing) {
    const show = async (painted) => {
      if (tilesAsked !== number || !window.stylize.staysHere()) return;
      const sheet = document.createElement("canvas");
      put(sheet, painted);
      urls.set(tile.id, URL.createObjectURL(await new Promise((done) => sheet.toBlob(done))));
      Object.assign(tile, { ready: true, picture: { url: urls.get(tile.id) } });
      hang(number, state(), tiles);
    };
    const work = () => painter.paint(image, painter.vector({ [tile.id]: 1 }));
    turns.ask(`tile ${tile.id}`, work, show, () => window.stylize.lostHere(painter));
  }
}

Object.assign(window.stylize, {
  // Title and artists of a blend, as `AppContext.title` and `artists` have them.
  stylesTitle(shares) {
    const parts = Object.entries(shares).map(([id, share]) => [styleTitle(known().get(id)), Math.round(100 * share)]);
    return parts.length > 1 ? parts.map(([title, percent]) => `${title} ${percent}%`).join(" + ") : parts[0][0];
  },
  stylesArtist: (shares) => [...new Set(Object.keys(shares).map((id) => styleArtist(known().get(id))))].filter(Boolean).join(" + "),
});
