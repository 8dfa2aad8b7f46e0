/**
 * A host whose streams are written down: what goes over them, as sessions that can be decoded.
 *
 * @module
 */

import type { RecordedSession } from "../../../codec/protocols/warpdrive/mod.ts";
import type { Host, PeerInfo, Stream, WaitOptions } from "../../host/mod.ts";

/** What is kept of the bytes of an answer; requests are kept whole up to the other bound. */
const ANSWER_BYTES_MAX = 65;
const REQUEST_BYTES_MAX = 64 * 1024;

/** What went over the streams that a host has opened. */
export interface Tap {
  readonly host: Host;
  /** The sessions so far, in the order in which they were opened. */
  readonly sessions: readonly RecordedSession[];
}

type Dir = "C>S" | "S>C";

interface Kept {
  dir: Dir;
  bytes: Uint8Array;
  elided: number;
}

/** A host that works as the given one, and keeps what is said on the streams it opens. */
export function recordingHost(host: Host): Tap {
  const sessions: RecordedSession[] = [];
  const tapped: Host = {
    peerId: host.peerId,
    clock: host.clock,
    random: host.random,
    start: () => host.start(),
    stop: () => host.stop(),
    addresses: () => host.addresses(),
    mountStreams: (path, options) => host.mountStreams(path, options),
    mountDatagrams: (path, options) => host.mountDatagrams(path, options),
    connect: (peer, options) => host.connect(peer, options),
    openStream: async (peer: PeerInfo, path: string, options?: WaitOptions) => {
      const stream = await host.openStream(peer, path, options);
      const events: Kept[] = [];
      sessions.push({ name: path, port: path, authorised: false, events });
      return recordingStream(stream, (dir, bytes) => keep(events, dir, bytes));
    },
    [Symbol.asyncDispose]: () => host.stop(),
  };
  return { host: tapped, sessions };
}

function recordingStream(stream: Stream, tell: (dir: Dir, bytes: Uint8Array) => void): Stream {
  return {
    peerInfo: stream.peerInfo,
    read: async (buf, options) => {
      const length = await stream.read(buf, options);
      if (length !== null) tell("S>C", buf.subarray(0, length));
      return length;
    },
    write: (bytes, options) => {
      tell("C>S", bytes);
      return stream.write(bytes, options);
    },
    close: () => stream.close(),
    abort: (reason) => stream.abort(reason),
    get readable() {
      return stream.readable;
    },
    get writable() {
      return stream.writable;
    },
    [Symbol.asyncDispose]: () => stream.close(),
  };
}

function keep(events: Kept[], dir: Dir, bytes: Uint8Array): void {
  const last = events.at(-1);
  const event = last?.dir === dir ? last : { dir, bytes: new Uint8Array(0), elided: 0 };
  if (event !== last) events.push(event);
  const room = event.elided > 0 ? 0 : (dir === "S>C" ? ANSWER_BYTES_MAX : REQUEST_BYTES_MAX) - event.bytes.length;
  const kept = bytes.subarray(0, room);
  if (kept.length > 0) {
    const joined = new Uint8Array(event.bytes.length + kept.length);
    joined.set(event.bytes);
    joined.set(kept, event.bytes.length);
    event.bytes = joined;
  }
  event.elided += bytes.length - kept.length;
}
