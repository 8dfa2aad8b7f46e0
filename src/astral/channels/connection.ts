/**
 * A stream that starts with messages: reads them, and keeps all bytes that follow.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import { MessageReader } from "../../host/streams/mod.ts";

/** A stream whose first bytes are messages. */
export class Connection extends MessageReader {
  /** Calls `gone` if the stream ends while nothing is read: then the caller no longer waits for an answer. */
  watch(gone: () => void): void {
    this.peek().then((piece) => {
      if (piece === null) gone();
    }, gone);
  }

  /** Ends both directions, after what was written. */
  close(): Promise<void> {
    return this.stream.close();
  }

  /** Breaks the stream off. */
  abort(reason?: unknown): void {
    this.stream.abort(reason);
  }
}

/**
 * Carries bytes both ways until either side ends; then both are closed, as no version of apphost has a half-close. Each
 * side is read only as fast as the other one takes it. A side that breaks takes the other one with it.
 */
export async function pipe(one: Connection, other: Connection): Promise<void> {
  await Promise.all([forward(one, other), forward(other, one)]);
  await Promise.all([one.close(), other.close()]);
}

async function forward(from: Connection, to: Connection): Promise<void> {
  for (;;) {
    let piece: Uint8Array | null;
    try {
      piece = await from.piece();
    } catch (error) {
      // Closed means that the other direction has ended, and has closed both.
      if (!(error instanceof HostError && error.code === "closed")) to.abort(error);
      return;
    }
    if (piece === null) break;
    try {
      await to.stream.write(piece);
    } catch {
      // That side is gone; what it wrote before still has to reach this one, and then ends both.
      return;
    }
  }
  await Promise.all([to.close(), from.close()]);
}
