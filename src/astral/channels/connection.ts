/**
 * Queries, and their streams: those that start with messages, pipes between two streams, and streams inside the process.
 *
 * @module
 */

import { type Clock, HostError, type PeerInfo, type WaitOptions } from "../../host/mod.ts";
import { type Flow, PairedTransport } from "../../host/local/mod.ts";
import { HostStream, MessageReader } from "../../host/streams/mod.ts";
import type { QueryOrigin } from "../events.ts";

/** A query whose caller is known. */
export interface Call {
  readonly origin: QueryOrigin;
  /** Identity of the caller; zero for a guest without a token, if such are allowed. */
  readonly caller: string;
  /** Identity of the target. */
  readonly target: string;
  /** Query string: a name, with parameters after a question mark. */
  readonly query: string;
  /** Whether other nodes may be asked; otherwise only this one. */
  readonly network: boolean;
}

/** Somebody who may answer queries. */
export interface Answerer {
  /**
   * Asks for the stream of a query; `null`, at once or after asking, if the query is left to the next one.
   *
   * @throws HostError `rejected` with the code, `unknown-protocol` if nobody is there any more, `busy`, `timeout`,
   * `aborted`
   */
  ask(call: Call, options: WaitOptions): Promise<Connection | null> | null;
}

/** The name in a query string: what is before the question mark. */
export function nameOf(query: string): string {
  const mark = query.indexOf("?");
  return mark < 0 ? query : query.slice(0, mark);
}

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

const INSTANT: Flow = Object.freeze({
  carry(_kind, _bytes, deliver) {
    deliver();
    return true;
  },
} as Flow);

/** One end of a stream inside the process, and what is called when it has ended. */
export interface LocalEnd {
  /** Who is at the other end. */
  readonly peerInfo: PeerInfo;
  readonly ended: () => void;
}

/** The two ends of a stream inside the process. */
export function localStream(clock: Clock, one: LocalEnd, other: LocalEnd): [HostStream, HostStream] {
  const transports = [one, other].map(({ ended }) => new PairedTransport(clock, INSTANT, ended));
  PairedTransport.pair(transports[0], transports[1]);
  const streams = [one, other].map(({ peerInfo }, index) => {
    const stream = new HostStream(clock, peerInfo, transports[index]);
    transports[index].attach(stream);
    return stream;
  });
  return [streams[0], streams[1]];
}
