// "Paint on my device": while it is on, no photo is sent to the server, whatever happens to the device. Here is what state
// that is in. device_switch.js shows it; photo_opening.js opens photos here, viewer_device.js and gallery_device.js paint.
(() => {
  const KEY = `stylize-on-device ${location.pathname}`;
  const AGAIN = 10_000; // milliseconds that a device must have painted to be opened anew without a word when it is lost
  let kept = recalled(); // "on", "slow" (on, and it may take its time), or ""
  // Off, opening, on; asking (nothing is painted until the visitor has decided); waiting (nothing is painted).
  let state = kept ? "opening" : "off";
  let question = ""; // what is asked: "off" (send what is here?), "slow", or "gone" (it cannot paint)
  let found = {}; // as `findDevice` has it
  let began = 0; // when the device began to paint
  let turns = null;

  function recalled() {
    try {
      return localStorage.getItem(KEY) ?? "";
    } catch {
      return "";
    }
  }

  function keep(value) {
    kept = value;
    try {
      if (value) localStorage.setItem(KEY, value);
      else localStorage.removeItem(KEY);
    } catch {
      // it lives as long as the page
    }
  }

  function enter(next, asked = "") {
    [state, question] = [next, asked];
    document.documentElement.classList.toggle("on-device", state !== "off");
    document.dispatchEvent(new Event("stylize:device"));
    const waits = state === "waiting" || (state === "asking" && question !== "off");
    if (waits) window.stylize.failHere(window.stylize.translate("device_waits"));
  }

  // Ask anew for what is to be seen: whoever paints now has not heard of it.
  const askAgain = () => document.querySelector('.request-status[data-kind="viewer"] button')?.click();

  function begin() {
    began = performance.now();
    enter("on");
    if (!window.stylize.reopenPhotos?.() && window.stylize.unansweredHere()) askAgain();
  }

  // What was brought meanwhile, or in a visit before, was not to be sent: then the visitor is asked.
  function settle(result, promised) {
    if (state !== "opening") return; // switched off meanwhile
    found = result;
    if (found.painter && (!found.why || kept === "slow")) begin();
    else if (found.painter) enter("asking", "slow");
    else if (promised || window.stylize.photosHere?.()) enter("asking", "gone");
    else leave();
  }

  async function open(promised) {
    enter("opening");
    settle(await window.stylize.findDeviceAgain(), promised);
  }

  function leave() {
    keep("");
    enter("off");
    if (!window.stylize.reopenPhotos?.() && window.stylize.askedHere()) askAgain();
  }

  const answers = {
    device_send: leave,
    device_keep() {
      if (question !== "off") enter("waiting");
      else if (found.painter) enter("on");
      else open(true);
    },
    device_paint_here() {
      keep("slow");
      begin();
    },
    device_again: () => open(true),
  };

  document.addEventListener("stylize:device-failed", () => {
    if (state !== "on") return;
    if (performance.now() - began > AGAIN) return open(true);
    found = { why: "device_lost" };
    enter("asking", "gone");
  });

  Object.assign(window.stylize, {
    // Whether photos stay here.
    staysHere: () => state !== "off",
    // The painter while the switch is on and it can paint, else null.
    painterHere: () => (state === "on" || question === "off" ? found.painter : null),
    // This painter has failed: it is not to be told of one that was given up before.
    lostHere(painter) {
      if (painter === found.painter) window.stylize.deviceFailed();
    },
    // What the switch shows.
    deviceState: () => ({ state, question, why: found.why ?? "", seconds: found.seconds ?? 0 }),
    switchDevice(on) {
      if (on) {
        keep("on");
        open(false);
      } else if (window.stylize.photosHere?.()) enter("asking", "off");
      else leave();
    },
    answerDevice: (key) => answers[key](),
    // One device paints one picture after another: what is asked for takes its turn.
    async turnsHere() {
      turns ??= window.stylize.deviceModule("turns").then(({ Turns }) => new Turns());
      return turns;
    },
    // The page is there: what was chosen in a visit before holds.
    resumeDevice: () => state === "opening" && open(true),
  });
  document.documentElement.classList.toggle("on-device", state !== "off");
})();
