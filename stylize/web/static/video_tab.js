// A video: how far it is, and then the video itself.
const video = element.querySelector("video");
const status = element.querySelector(".video-status");
const bar = element.querySelector("progress");
const { translate, showProgress } = window.stylize;

function show() {
  const view = props.value;
  if (!view) return;
  showProgress(status, bar, view);
  video.hidden = !view.video;
  video.setAttribute("aria-label", translate("video_head"));
  if (view.video && video.src !== view.video.url) video.src = view.video.url;
  element.querySelector(".video-note").textContent = view.note ?? "";
  const tab = document.getElementById("video");
  if (tab) tab.dataset.busy = view.busy;
}
watch("value", show);
show();
