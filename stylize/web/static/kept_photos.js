// The photos that a visitor brought and the styles that were made for them, kept in their own browser: neither a reload nor
// a server that has forgotten loses one.
// A browser that keeps nothing (a private window, a full disk) is no error: then they live as long as the page.
(() => {
  const DAY = 24 * 3600 * 1000; // milliseconds; what is older is nobody's any more
  const name = `stylize ${location.pathname}`; // another page of the same host has its own
  let opening;

  const open = () =>
    (opening ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(name, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("photos", { keyPath: "id" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    }));

  // Resolves once it is on the disk, or to undefined.
  async function run(mode, use) {
    try {
      const transaction = (await open()).transaction("photos", mode);
      return await new Promise((resolve, reject) => {
        const asked = use(transaction.objectStore("photos"));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch {
      return undefined;
    }
  }

  const others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null; // the same page in other tabs
  if (others) others.onmessage = () => window.stylize.photosForgotten?.();

  // A photo is {id, name, file or example, brought (its place in the order), used (milliseconds), thumbnail,
  // sent, crop, cropped}; photo_input.js says what the last four are. One that is still to be opened has the id of the photo
  // whose place it then takes as `inPlaceOf`.
  window.stylize.keptPhotos = {
    async all() {
      const photos = (await run("readonly", (store) => store.getAll())) ?? [];
      const old = photos.filter(({ used }) => used < Date.now() - DAY);
      for (const { id } of old) await this.remove(id);
      return photos.filter((photo) => !old.includes(photo)).sort((one, two) => one.brought - two.brought);
    },
    put: (photo) => run("readwrite", (store) => store.put(photo)),
    putUnopened({ replaces, ...photo }, mostBytes) {
      if (photo.file?.size > mostBytes) return; // it will be refused
      run("readwrite", (store) => store.put({ ...photo, inPlaceOf: replaces?.id }));
    },
    remove: (id) => run("readwrite", (store) => store.delete(id)),
    removeUnopened: (id) => window.stylize.isLeaving() || window.stylize.keptPhotos.remove(id),
    // All photos as they were before the page was loaded anew, and the one to be shown.
    async restored() {
      const kept = await this.all();
      for (const photo of kept) {
        const replaces = kept.find(({ id }) => id === photo.inPlaceOf);
        delete photo.inPlaceOf;
        if (replaces) photo.replaces = replaces;
      }
      const photos = kept.filter((photo) => !kept.some(({ replaces }) => replaces === photo));
      const { wanted, photo: shown } = history.state ?? {};
      const mine = [wanted, shown].map((id) => photos.find((photo) => photo.id === id)).find(Boolean);
      return { photos, wanted: mine ?? photos.reduce((one, two) => (one && one.used > two.used ? one : two), null) };
    },
    async clear() {
      await run("readwrite", (store) => store.clear());
      others?.postMessage("forgotten");
    },
  };

  // The look on the page, as the controls' values: of this entry of the history, and of whoever comes without a look.
  window.stylize.keepLook = (...values) => {
    window.stylize.remember({ look: values });
    try {
      localStorage.setItem(name, JSON.stringify(values));
    } catch {
      // not kept
    }
  };
  window.stylize.keptLook = () => {
    if (history.state?.look) return JSON.stringify(history.state.look);
    if (new URLSearchParams(location.search).has("style")) return ""; // a link says what to show
    try {
      return localStorage.getItem(name) ?? "";
    } catch {
      return "";
    }
  };

  // Own styles, as JSON of style files by id. Another tab may have kept others, which stay, and removed some, which are
  // not kept again.
  const styles = `${name} styles`;
  let mine = []; // ids of those that this tab has
  const stored = () => Object.entries(JSON.parse(localStorage.getItem(styles) ?? "{}"));
  const isFresh = ([, { used }]) => used > Date.now() - DAY;
  window.stylize.keepStyles = (text) => {
    document.dispatchEvent(new CustomEvent("stylize:styles"));
    const files = JSON.parse(text);
    try {
      const before = stored();
      const isThere = (id) => before.some(([one]) => one === id);
      const others = before.filter((one) => isFresh(one) && !mine.includes(one[0]) && !(one[0] in files));
      const now = Object.entries(files).filter(([id]) => !mine.includes(id) || isThere(id));
      const used = Date.now();
      const kept = [...others, ...now.map(([id, file]) => [id, { file, used }])];
      localStorage.setItem(styles, JSON.stringify(Object.fromEntries(kept)));
      mine = Object.keys(files);
    } catch {
      // not kept
    }
  };
  window.stylize.keptStyles = () => {
    try {
      const kept = stored().filter(isFresh);
      return kept.length ? JSON.stringify(Object.fromEntries(kept.map(([id, { file }]) => [id, file]))) : "";
    } catch {
      return "";
    }
  };
})();
