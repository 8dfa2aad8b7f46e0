/**
 * Work that is ended together.
 *
 * @module
 */

/**
 * Gives each piece of work a signal of its own: with one signal for hundreds of listeners, each of them pays for searching
 * through all others, and Node warns of a leak.
 */
export class AbortGroup {
  readonly #controllers = new Set<AbortController>();
  #reason: unknown;
  #aborted = false;

  /** Whether the group was aborted. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Runs work with a signal that fires when the group is aborted. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    if (this.#aborted) controller.abort(this.#reason);
    this.#controllers.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#controllers.delete(controller);
    }
  }

  /** Ends all work, also what is begun later. */
  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    for (const controller of this.#controllers) controller.abort(reason);
  }
}
