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

  // Paint the next frame, an ImageData; resolves to one of the same size. Another `vector` begins afresh.
  async paint(image, vector) {
    if (this.#vector !== vector) this.close(); // statistics are those of a style
    this.#vector = vector;
    if (this.#count++ % REMEASURED === 0) this.#known = await this.painter.follow(image, vector, this.#known, SHARE);
    return this.painter.paintWith(image, vector, this.#known);
  }

  // Give back what is known of the scene.
  close() {
    this.painter.release(this.#known);
    [this.#known, this.#vector, this.#count] = [null, null, 0];
  }
}
