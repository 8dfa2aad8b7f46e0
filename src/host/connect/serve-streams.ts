/**
 * Serving the streams of a mounted protocol, and ending all of them together.
 *
 * @module
 */

import type { IncomingStream, StreamProtocol } from "../host.ts";

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

/**
 * Decides about a stream while `running` others are served: returns what serves it, or `undefined` after it has rejected
 * it. The signal fires when everything is to end; the promise must not reject.
 */
export type AdmitStream = (
  incoming: IncomingStream,
  running: number,
) => ((signal: AbortSignal) => Promise<void>) | undefined;

/**
 * Serves the streams of a protocol until the signal fires or the protocol is unmounted; then waits for those that are
 * still served.
 */
export async function serveStreams(protocol: StreamProtocol, signal: AbortSignal, admit: AdmitStream): Promise<void> {
  const group = new AbortGroup();
  const running = new Set<Promise<void>>();
  const end = () => {
    protocol.unmount();
    group.abort(signal.reason);
  };
  signal.addEventListener("abort", end);
  try {
    if (signal.aborted) return;
    for await (const incoming of protocol) {
      const serve = admit(incoming, running.size);
      if (serve === undefined) continue;
      const run: Promise<void> = group.run(serve).finally(() => running.delete(run));
      running.add(run);
    }
  } finally {
    signal.removeEventListener("abort", end);
    protocol.unmount();
    await Promise.all(running);
  }
}
