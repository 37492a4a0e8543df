// A photo from the camera: the dialog that shows what the camera sees.
// `bring` gets the file, `fail` a sentence. Returns what the buttons do.
window.stylize.photoCamera = (dialog, bring, fail) => {
  const video = dialog.querySelector("video");

  async function open() {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
      dialog.showModal();
      await video.play();
    } catch {
      dialog.close();
      fail(window.stylize.translate("camera_denied"));
    }
  }

  function take() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    if (!canvas.width) return; // the camera has shown nothing yet
    canvas.getContext("2d").drawImage(video, 0, 0);
    dialog.close();
    canvas.toBlob((data) => bring(new File([data], "camera.jpg", { type: data.type })), "image/jpeg", 0.95);
  }

  dialog.addEventListener("close", () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  });
  return { camera: open, take, cancel: () => dialog.close() };
};
