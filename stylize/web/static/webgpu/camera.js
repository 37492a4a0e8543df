// The live camera: the newest frame is painted, then the one that is newest then. Frames grow and shrink with the pace.
import { frameOf, put, save } from "./pictures.js";

export const SIDES = { least: 128, first: 256, most: 480 }; // shorter side of a frame, pixels
const SLOW = 1 / 12; // seconds a frame
const FAST = 1 / 40;

export class Camera {
  #video;
  #canvas;
  #sheet = new OffscreenCanvas(1, 1); // on which each frame gets its size
  #stream = null;
  #facing = "user";
  #recorder = null;
  #asked = 0; // how often the camera was asked for, or stopped: only the newest wish gets it

  // `scene` makes what paints the frames of one scene: `paint` resolves to a frame painted, or to null when there is
  // nothing new to show, and `close` is called at the end. `told` is told pictures a second, each second, and `failed`
  // what went wrong, or called with nothing when the camera was let go because nobody looks. `sides` says how large
  // frames are.
  constructor(video, canvas, { scene, told, failed, sides = SIDES, watched = () => !document.hidden }) {
    this.#video = video;
    this.#canvas = canvas;
    Object.assign(this, { scene, told, failed, sides, watched });
  }

  // Whether the camera is one that shows the visitor, as a mirror does.
  get mirrored() {
    return this.#facing === "user";
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
    try {
      await this.#video.play();
    } catch (error) {
      if (asked === this.#asked) throw error; // else it was stopped before it played
    }
    if (asked !== this.#asked) return null;
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

  // The frame that the camera sees now, at its own size; of one that is just being opened, its first.
  async frame() {
    while (this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      await new Promise((come) => this.#video.addEventListener("loadeddata", come, { once: true }));
    }
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
    const scene = this.scene();
    let [sides, side, shown, since] = [null, 0, 0, performance.now()];
    try {
      while (this.#stream === stream) {
        if (!this.watched()) return this.failed();
        const began = performance.now();
        if (sides !== this.sides) [sides, side] = [this.sides, this.sides.first]; // another place paints
        const painted = await scene.paint(frameOf(this.#video, side, this.#sheet));
        if (this.#stream !== stream) {
          painted?.close?.(); // ImageData has nothing to close
          break;
        }
        if (painted) {
          put(this.#canvas, painted);
          shown++;
        }
        const now = performance.now();
        if (shown && now - since > 1000) {
          const pace = (now - since) / 1000 / shown;
          this.told(1 / pace);
          if (!this.recording && pace > SLOW) side = Math.max(sides.least, side - 32);
          if (!this.recording && pace < FAST) side = Math.min(sides.most, side + 32);
          [since, shown] = [now, 0];
        }
        await new Promise((next) => setTimeout(next, Math.max(0, 16 - (now - began))));
      }
    } catch (error) {
      if (this.#stream === stream) this.failed(error);
    } finally {
      scene.close();
    }
  }
}
