/**
 * Serving the streams of a mounted protocol.
 *
 * @module
 */

import type { IncomingStream, StreamProtocol } from "../host.ts";
import { AbortGroup } from "../timing/mod.ts";

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
