// What was asked for, by number (see services/requests.py): what is open, answered or failed, and what is closed meanwhile.
(() => {
  const { translate } = window.stylize;
  const closed = { viewer: ["downloads", "copy-link"], gallery: ["gallery-sheet"], compare: ["comparison-sheet"], grid: ["grid-downloads", "copy-grid-link"], duel: ["duel-take"] };
  const wanted = {}; // the number of the newest request of each kind
  const tell = {}; // what else is told a sentence when a request of a kind has failed
  const states = {}; // of each kind, as `show` has it
  const interrupted = new Set(); // kinds whose newest request a lost connection has ended
  const here = new Set(); // kinds whose newest request this device answers, or nobody: the photo stays here
  const PAINTED_HERE = ["viewer", "gallery"];
  let last = 0;
  let retrying;

  // The state of a kind in words, and whether its downloads may be used: `open`, `answered` or `failed`. Others hear of it
  // by the event "stylize:request"; `values` are what a request that is open now depends on, `isHere` whether this device
  // is to answer it.
  function show(kind, state, sentence = "", values = undefined) {
    states[kind] = state;
    if (state !== "failed") interrupted.delete(kind);
    for (const id of closed[kind] ?? []) {
      const element = document.getElementById(id);
      if (element) element.inert = state !== "answered";
    }
    for (const status of document.querySelectorAll(`.request-status[data-kind="${kind}"]`)) {
      status.dataset.state = state;
      status.firstChild.textContent = state === "open" ? translate("request_open") : sentence;
      status.lastChild.hidden = state !== "failed";
    }
    const detail = { kind, state, values, number: wanted[kind], isHere: here.has(kind) };
    document.dispatchEvent(new CustomEvent("stylize:request", { detail }));
  }

  // A photo that stays here, and a mask, which shows its shapes, are nothing for the server.
  const withoutPhoto = (value) => (value?.photo ? null : typeof value === "string" && value.startsWith("data:") ? "" : value);

  // Press the buttons of what has failed.
  function retry() {
    const button = (kind) =>
      document.querySelector(`.request-status[data-kind="${kind}"][data-state="failed"] button`);
    (button("viewer") ?? button("gallery"))?.click(); // either asks for both
    for (const kind of ["compare", "grid", "duel"]) button(kind)?.click();
  }

  Object.assign(window.stylize, {
    // A new request of this kind, or of none; returns what the server is sent: its number, and what it depends on. A number
    // of 0 is none that the server answers.
    ask(kind, values) {
      last += 1;
      if (!kind) return [last, ...values];
      wanted[kind] = last;
      here.delete(kind);
      const isOfHere = values.some((value) => window.stylize.isHere(value?.photo)); // also while it is being sent
      if (isOfHere || window.stylize.staysHere()) here.add(kind);
      if (isOfHere && !window.stylize.staysHere()) window.stylize.reopenPhotos(); // it did not reach the server
      show(kind, "open", "", values);
      if (!here.has(kind)) return [last, ...values];
      if (!PAINTED_HERE.includes(kind)) window.stylize.failed(kind, last, translate("device_closed"));
      return [0, ...values.map(withoutPhoto)];
    },
    // The number of the newest request, of all by kind that the server is to answer still, and whether an answer is to the
    // newest; what the page opened with has the number 0.
    newest: (kind) => wanted[kind] ?? 0,
    openRequests: () => Object.fromEntries(Object.entries(wanted).filter(([kind]) => states[kind] === "open" && !here.has(kind))),
    isNewest: (kind, number) => number >= (wanted[kind] ?? 0),
    answered(kind, number) {
      if (window.stylize.isNewest(kind, number)) show(kind, "answered");
    },
    // For a kind whose view tells no number: what was asked for has been answered, or nothing is wanted any more.
    ended(kind) {
      if (states[kind] === "open") show(kind, "answered");
    },
    failed(kind, number = wanted[kind], sentence = translate("failed")) {
      if (!window.stylize.isNewest(kind, number)) return;
      show(kind, "failed", sentence);
      tell[kind]?.(sentence);
      window.stylize.checkPhoto?.();
      if (!interrupted.delete(kind)) return;
      clearTimeout(retrying);
      retrying = setTimeout(retry); // once all of them have failed
    },
    // Whether anything on show is of this device, and whether it owes an answer.
    askedHere: () => here.size > 0,
    unansweredHere: () => [...here].some((kind) => states[kind] !== "answered"),
    // This device cannot paint what it was to answer.
    failHere(sentence) {
      for (const kind of here) if (states[kind] === "open") window.stylize.failed(kind, wanted[kind], sentence);
    },
    // The connection was lost: what is open fails now, and is asked for again.
    interrupt() {
      for (const kind of Object.keys(states)) if (states[kind] === "open" && !here.has(kind)) interrupted.add(kind);
    },
    onFailure: (kind, listener) => (tell[kind] = listener),
  });
})();
