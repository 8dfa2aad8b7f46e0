/**
 * Work that can be broken off together.
 *
 * @module
 */

/**
 * Gives each piece of work a signal of its own: one signal that hundreds listen to costs each of them the search through
 * all others, and makes Node warn of a leak.
 */
export class AbortGroup {
  readonly #controllers = new Set<AbortController>();
  #reason: unknown;
  #aborted = false;

  /** Whether everything was broken off. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Does something with a signal that fires when the group is broken off. */
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

  /** Breaks everything off, also what begins from now on. */
  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    for (const controller of this.#controllers) controller.abort(reason);
  }
}
