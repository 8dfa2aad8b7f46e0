/**
 * A host whose streams are recorded, as sessions that can be decoded.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { RecordedSession } from "../../../codec/protocols/warpdrive/mod.ts";
import type { Host, PeerInfo, Stream, WaitOptions } from "../../host/mod.ts";

/** What is kept of the bytes of an answer; requests are kept whole up to the other bound. */
const ANSWER_BYTES_MAX = 65;
const REQUEST_BYTES_MAX = 64 * 1024;

/** What went over the streams that a host has opened. */
export interface Recording {
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

/** A host that works as the given one, and records what is said on the streams that it opens. */
export function recordingHost(host: Host): Recording {
  const sessions: RecordedSession[] = [];
  const openStream = async (peer: PeerInfo, path: string, options?: WaitOptions) => {
    const stream = await host.openStream(peer, path, options);
    const events: Kept[] = [];
    sessions.push({ name: path, port: path, authorised: false, events });
    return recordingStream(stream, (dir, bytes) => keep(events, dir, bytes));
  };
  return { host: replacing(host, { openStream }), sessions };
}

function recordingStream(stream: Stream, record: (dir: Dir, bytes: Uint8Array) => void): Stream {
  return replacing(stream, {
    read: async (buf, options) => {
      const length = await stream.read(buf, options);
      if (length !== null) record("S>C", buf.subarray(0, length));
      return length;
    },
    write: (bytes, options) => {
      record("C>S", bytes);
      return stream.write(bytes, options);
    },
  });
}

/** An object that works as the given one, but for some methods. */
function replacing<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get: (_, name) => {
      if (name in methods) return methods[name as keyof T];
      const value = Reflect.get(object, name, object);
      return typeof value === "function" ? value.bind(object) : value;
    },
    // A stream that is a `HostStream` is read past its `read`, which is replaced here.
    getPrototypeOf: () => null,
  });
}

function keep(events: Kept[], dir: Dir, bytes: Uint8Array): void {
  const last = events.at(-1);
  const event = last?.dir === dir ? last : { dir, bytes: new Uint8Array(0), elided: 0 };
  if (event !== last) events.push(event);
  const room = event.elided > 0 ? 0 : (dir === "S>C" ? ANSWER_BYTES_MAX : REQUEST_BYTES_MAX) - event.bytes.length;
  const kept = bytes.subarray(0, room);
  event.bytes = new Uint8Array(Buffer.concat([event.bytes, kept]));
  event.elided += bytes.length - kept.length;
}
