// Paint the frames of a camera one after another: the statistics follow the scene slowly, so that nothing flickers.
const REMEASURED = 8; // frames between two looks at what the scene's statistics are now
const SHARE = 0.35; // of the new ones

export class ScenePainter {
  #known = null;
  #vector = null;
  #count = 0;

  constructor(painter) {
    this.painter = painter;
  }

  // Paint the next frame of `frameOf`; resolves to a picture of its size for `put`. Another `vector` begins afresh.
  async paint(frame, vector) {
    if (this.#vector !== vector) this.close(); // statistics are those of a style
    this.#vector = vector;
    const remeasured = this.#count++ % REMEASURED === 0;
    const { painter } = this;
    if (painter.showsFrames) {
      if (remeasured) this.#known = await painter.followFrame(frame, vector, this.#known, SHARE);
      return painter.showFrame(frame, vector, this.#known);
    }
    const image = frame.image();
    if (remeasured) this.#known = await painter.follow(image, vector, this.#known, SHARE);
    return painter.paintWith(image, vector, this.#known);
  }

  // Give back what is known of the scene.
  close() {
    this.painter.release(this.#known);
    [this.#known, this.#vector, this.#count] = [null, null, 0];
  }
}
