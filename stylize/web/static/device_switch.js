// The switch "Paint on my device": what it says in each state, and what it asks (on_device.js).
const { translate, deviceState } = window.stylize;
const box = element.querySelector("input");
const line = element.querySelector(".device-state");
const answers = element.querySelector(".device-answers");
const notThere = element.querySelector(".device-not-there");
const ANSWERS = { // to each question, and while nothing is painted
  off: ["device_send", "device_keep"],
  slow: ["device_paint_here", "device_send"],
  gone: ["device_send", "device_keep"],
  waiting: ["device_again", "device_send"],
};
const QUESTIONS = { off: "device_ask_off", slow: "device_ask_slow", gone: "device_ask_gone" };

function sentence({ state, question, why, seconds }) {
  if (state === "opening") return translate("device_opening");
  if (state === "on") return translate("device_on");
  if (state === "waiting") return translate("device_waiting");
  if (state === "off") return translate(why && why !== "device_slow" ? why : "device_off");
  const reason = question === "gone" && why ? [translate(why)] : [];
  return [...reason, translate(QUESTIONS[question], { seconds: seconds.toFixed(1) })].join(" ");
}

function button(key) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: translate(key) });
  made.dataset.answer = key;
  made.addEventListener("click", () => window.stylize.answerDevice(key));
  return made;
}

function show() {
  const found = deviceState();
  const keys = ANSWERS[{ asking: found.question, waiting: "waiting" }[found.state]] ?? [];
  element.dataset.state = found.state;
  box.checked = found.state !== "off";
  line.textContent = sentence(found);
  answers.replaceChildren(...keys.map(button));
  answers.hidden = !keys.length;
  notThere.hidden = found.state !== "on";
}

box.addEventListener("change", () => window.stylize.switchDevice(box.checked));
document.addEventListener("stylize:device", show);
show();
window.stylize.resumeDevice();
