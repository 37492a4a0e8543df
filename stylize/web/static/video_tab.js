// A video: how far it is, and then the video itself.
const video = element.querySelector("video");
const { translate, showProgress, onFailure } = window.stylize;

function show(view = props.value) {
  if (!view) return;
  showProgress(element, view);
  video.hidden = !view.video;
  video.setAttribute("aria-label", translate("video_head"));
  if (view.video && video.src !== view.video.url) video.src = view.video.url;
  element.querySelector(".video-note").textContent = view.note ?? "";
  const tab = document.getElementById("video");
  if (tab) tab.dataset.busy = view.busy;
}
onFailure("video", (error) => {
  show({ ...props.value, state: "video_failed", error, retry: "video", busy: false, share: null });
});
element.querySelector(".work-retry").addEventListener("click", () => document.getElementById("video-start").click());
watch("value", () => show());
show();
