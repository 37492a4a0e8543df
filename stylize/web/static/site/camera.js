// The live camera: the newest frame is painted, with statistics that follow the scene slowly, so that nothing flickers.
import { put, save, sized } from "./pictures.js";

const SIDE = 256; // shorter side of a frame, pixels; slow devices get less, quick ones more
const LEAST = 128;
const MOST = 480;
const SLOW = 1 / 12; // seconds a frame
const FAST = 1 / 40;
const REMEASURED = 8; // frames between two looks at what the scene's statistics are now
const SHARE = 0.35; // of the new ones

export class Camera {
  #video;
  #canvas;
  #stream = null;
  #facing = "user";
  #recorder = null;
  #asked = 0; // how often the camera was asked for, or stopped: only the newest wish gets it

  // `vector` and `painter` give what counts now; `told` is told pictures a second, each second, and `failed` what went
  // wrong, or with nothing when the page is hidden and the camera let go. A `slow` device begins with the smallest frames.
  constructor(video, canvas, { vector, painter, told, failed, slow }) {
    this.#video = video;
    this.#canvas = canvas;
    Object.assign(this, { vector, painter, told, failed, slow });
  }

  get running() {
    return this.#stream !== null;
  }

  get recording() {
    return this.#recorder !== null;
  }

  // Resolves to whether the visitor and the browser allowed it, or to null if it was asked for again or stopped meanwhile.
  async start() {
    this.stop();
    const asked = this.#asked;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: this.#facing, width: 1280 }, audio: false });
    } catch {
      return asked === this.#asked ? false : null;
    }
    if (asked !== this.#asked) {
      stream.getTracks().forEach((track) => track.stop());
      return null;
    }
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#run(stream);
    return true;
  }

  stop() {
    this.#asked++;
    this.stopRecording();
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
  }

  turn() {
    this.#facing = this.#facing === "user" ? "environment" : "user";
    return this.start();
  }

  // The frame that the camera sees now, at its own size.
  frame() {
    return createImageBitmap(this.#video);
  }

  record() {
    const pieces = [];
    const recorder = new MediaRecorder(this.#canvas.captureStream());
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => {
      const kind = recorder.mimeType.includes("mp4") ? "mp4" : "webm";
      save(new Blob(pieces, { type: recorder.mimeType }), `stylize.${kind}`);
    };
    recorder.start();
    this.#recorder = recorder;
  }

  stopRecording() {
    this.#recorder?.stop();
    this.#recorder = null;
  }

  async #run(stream) {
    let [side, known, count, shown, since, painted] = [this.slow ? LEAST : SIDE, null, 0, 0, performance.now(), null];
    try {
      while (this.#stream === stream) {
        if (document.hidden) return this.failed();
        const began = performance.now();
        const [painter, vector] = [this.painter(), this.vector()];
        if (painted !== vector) painter.release(known); // statistics are those of a style
        if (painted !== vector) [known, painted, count] = [null, vector, 0];
        const image = sized(this.#video, side);
        if (count++ % REMEASURED === 0) known = await painter.follow(image, vector, known, SHARE);
        const result = await painter.paintWith(image, vector, known);
        if (this.#stream !== stream) break;
        put(this.#canvas, result);
        shown++;
        const now = performance.now();
        if (now - since > 1000) {
          const pace = (now - since) / 1000 / shown;
          this.told(1 / pace);
          if (!this.recording && pace > SLOW) side = Math.max(LEAST, side - 32);
          if (!this.recording && pace < FAST) side = Math.min(MOST, side + 32);
          [since, shown] = [now, 0];
        }
        await new Promise((next) => setTimeout(next, Math.max(0, 16 - (now - began))));
      }
    } catch (error) {
      if (this.#stream === stream) this.failed(error);
    } finally {
      this.painter()?.release(known);
    }
  }
}
