// One device, many wishes: they take turns, the urgent ones first. Of one kind only the newest counts: an older one that
// waits is dropped, and what comes of one that was at work already is not shown.
export class Turns {
  #waiting = new Map(); // by kind, in the order in which they are done
  #newest = new Map();
  #number = 0;
  #busy = false;

  // `work` is done when its turn comes, and `show` is told what came of it, or `fail` of its error.
  ask(kind, work, show, fail, urgent = false) {
    const number = ++this.#number;
    this.#newest.set(kind, number);
    this.#waiting.delete(kind);
    const wish = { number, work, show, fail };
    this.#waiting = new Map(urgent ? [[kind, wish], ...this.#waiting] : [...this.#waiting, [kind, wish]]);
    this.#go();
  }

  // Nothing of this kind is wanted any more.
  drop(kind) {
    this.#waiting.delete(kind);
    this.#newest.delete(kind);
  }

  async #go() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.size) {
      const [kind, { number, work, show, fail }] = this.#waiting.entries().next().value;
      this.#waiting.delete(kind);
      const wanted = () => this.#newest.get(kind) === number;
      try {
        const result = await work();
        if (wanted()) await show(result);
      } catch (error) {
        if (wanted()) fail(error);
      }
    }
    this.#busy = false;
  }
}
