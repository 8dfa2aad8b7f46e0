/**
 * Two hosts that can reach each other, and what the conformance tests do with them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as assert from "uvu/assert";
import { HostError, type HostErrorCode } from "../../src/host/error.ts";
import type { Host, PeerInfo, Stream } from "../../src/host/host.ts";

/** A mebibyte. */
export const MIB = 1024 * 1024;

/** Two started hosts for one test. */
export interface HostPair {
  readonly a: Host;
  readonly b: Host;
  /** Somebody who could exist, but does not: nobody listens there. */
  readonly nobody: PeerInfo;
  /** Lets time pass until the promise is settled; for hosts whose time does not pass by itself. */
  settle?<T>(work: Promise<T>): Promise<T>;
  /** How many handles of the system the two hosts hold, where they hold any. */
  handles?(): Promise<number>;
  /** Called after the test and after both hosts were stopped. */
  stop?(): Promise<void> | void;
}

/** What the network behind a pair can and cannot do. */
export interface Abilities {
  /** Whether there are datagrams. Default true. */
  readonly datagrams?: boolean;
  /** Whether the other side can tell `abort()` from `close()`. Default true. */
  readonly tellsAbort?: boolean;
  /** What the network may take, in bytes, while nobody reads. Default 1 MiB. */
  readonly bufferedBytesMax?: number;
}

/** How a part of the suite adds a test to it. */
export type Check = (title: string, body: (pair: HostPair) => Promise<void>) => void;

/** How `b` is reached from `a`, or the other way round. */
export function infoOf(host: Host): PeerInfo {
  return { peerId: host.peerId, addresses: host.addresses() };
}

/** A stream of `path` from `a` to `b`: its two ends. */
export async function openPair({ a, b }: HostPair, path = "test"): Promise<[here: Stream, there: Stream]> {
  using protocol = b.mountStreams(path);
  return await Promise.all([a.openStream(infoOf(b), path), protocol.acceptStream()]);
}

/** Waits for a promise to be rejected with a `HostError` of one of these codes; may be awaited later. */
export function fails(work: Promise<unknown>, ...codes: HostErrorCode[]): Promise<HostError> {
  const failing = failure(work, codes);
  // A test that ends before it looks here has failed already.
  failing.catch(() => {});
  return failing;
}

async function failure(work: Promise<unknown>, codes: readonly HostErrorCode[]): Promise<HostError> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    assert.ok(codes.includes(error.code), `"${error.message}" has the code ${error.code}, not ${codes.join(" or ")}`);
    return error;
  }
  throw new Error(`There is no error with the code ${codes.join(" or ")}, but the result ${String(result)}`);
}

/** Reads up to the end of a stream. */
export async function readAll(stream: Stream, bufBytes = 65536): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buf = new Uint8Array(bufBytes);
  for (let count = await stream.read(buf); count !== null; count = await stream.read(buf)) {
    parts.push(buf.slice(0, count));
  }
  return joined(parts);
}

/** Reads so many bytes, or fewer if the stream ends. */
export async function readSome(stream: Stream, count: number, bufBytes = 65536): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const read = await stream.read(bytes.subarray(filled, Math.min(count, filled + bufBytes)));
    if (read === null) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/** Writes pieces until that fails, as it must once the other side is gone, and returns the error. */
export async function writeUntilFails(stream: Stream, ...codes: HostErrorCode[]): Promise<HostError> {
  const piece = new Uint8Array(65536);
  const write = async () => {
    for (let count = 0; count < 2000; count++) await stream.write(piece);
  };
  return await fails(write(), ...codes);
}

/** Bytes that are all different from their neighbours, and from those of another `start`. */
export function pattern(count: number, start = 0): Uint8Array {
  const bytes = new Uint8Array(count);
  let word = start | 1;
  for (let index = 0; index < count; index++) {
    word = (Math.imul(word, 1664525) + 1013904223) | 0;
    bytes[index] = word >>> 24;
  }
  return bytes;
}

/** Compares bytes; a difference is told in one line, not in a megabyte. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.is(actual.length, expected.length, `There are ${actual.length} bytes in place of ${expected.length}`);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.is(at, -1, `The bytes differ at ${at}`);
}

/** Text as bytes. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}
