/**
 * Two nodes, and a stream between them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Stream } from "../../../src/host/mod.ts";
import { type LinkModel, SeededRandom } from "../../../src/host/sim/mod.ts";
import type { StorjNodeOptions } from "../../../src/storj/mod.ts";
import { type Member, StorjWorld } from "../world.ts";

/** Two nodes that know of each other only what a test tells them. */
export interface Pair {
  readonly world: StorjWorld;
  readonly alice: Member;
  readonly bob: Member;
}

/** Makes two nodes. */
export async function pairOf(link: Partial<LinkModel> = {}, options: StorjNodeOptions = {}, seed = 1): Promise<Pair> {
  const world = new StorjWorld({ seed, link: { latencyMs: 20, jitterMs: 0, ...link } });
  return { world, alice: await world.add(options), bob: await world.add(options) };
}

/** Where a member is, as calls that need no lookup take it. */
export function at({ place }: { readonly place: string }): { readonly ip: string; readonly port: number } {
  const [ip, port] = place.split(":");
  return { ip, port: Number(port) };
}

/** Both ends of a stream. */
export interface Ends {
  readonly id: string;
  readonly near: Stream;
  readonly far: Stream;
}

/** Opens a stream from one node to another. */
export async function openBetween({ world, alice, bob }: Pair): Promise<Ends> {
  const incoming = bob.node.incomingStreams();
  const next = incoming.next();
  const id = await world.drive(alice.node.streamOpen(bob.node.nodeId, { at: at(bob) }));
  const { value } = await world.drive(next);
  return { id: id!, near: alice.node.stream(id!)!, far: value.stream };
}

/** Random bytes. */
export function randomBytes(count: number, seed: number): Uint8Array {
  return new SeededRandom(seed).bytes(count);
}

/** Reads until a number of bytes has come, or the end. Returns how many, and their SHA-256. */
export async function readAll(stream: Stream, count = Infinity): Promise<{ count: number; sha256: string }> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(65536);
  let sum = 0;
  while (sum < count) {
    const read = await stream.read(buffer);
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
    sum += read;
  }
  return { count: sum, sha256: hash.digest("hex") };
}

/** The SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Writes bytes in parts. */
export async function writeAll(stream: Stream, bytes: Uint8Array, part = 65536): Promise<void> {
  for (let start = 0; start < bytes.length; start += part) await stream.write(bytes.subarray(start, start + part));
}
