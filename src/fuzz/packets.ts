/**
 * Chunks that two sides send each other, as one input: every input can be split into chunks.
 *
 * @module
 */

import { mutate, pick } from "../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../codec/schema/mod.ts";
import { joined } from "./break.ts";

/** A piece and which of the two sides sent it. */
export interface Packet {
  readonly side: 0 | 1;
  readonly bytes: Uint8Array;
}

/** The bit of a piece's first byte that says who sent it; the others are its length. */
const SIDE = 0x80;
const LENGTH_MAX = 0x7f;

/** The input that stands for packets after a first byte for other uses; longer packets are cut in several. */
export function packetInput(first: number, packets: readonly Packet[]): Uint8Array {
  const parts = packets.flatMap(({ side, bytes }) => {
    const count = Math.ceil(bytes.length / LENGTH_MAX);
    const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at * LENGTH_MAX, (at + 1) * LENGTH_MAX));
    return pieces.flatMap((piece) => [Uint8Array.of((side === 1 ? SIDE : 0) | piece.length), piece]);
  });
  return joined(Uint8Array.of(first), ...parts);
}

/** The packets of an input; the last one may be shorter than its length says. */
export function packetsOf(input: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  for (let at = 1; at < input.length;) {
    const head = input[at];
    const end = at + 1 + (head & LENGTH_MAX);
    packets.push({ side: head & SIDE ? 1 : 0, bytes: input.slice(at + 1, end) });
    at = end;
  }
  return packets;
}

/** The same bytes, one in each packet. */
export function inSingleBytes(packets: readonly Packet[]): Packet[] {
  return packets.flatMap(({ side, bytes }) =>
    Array.from(bytes, (byte): Packet => ({ side, bytes: Uint8Array.of(byte) }))
  );
}

/** The same bytes, with neighbours of one side as one packet. */
export function inRuns(packets: readonly Packet[]): Packet[] {
  const runs: Packet[] = [];
  for (const packet of packets) {
    const last = runs.at(-1);
    if (last?.side === packet.side) runs[runs.length - 1] = { ...last, bytes: joined(last.bytes, packet.bytes) };
    else runs.push(packet);
  }
  return runs;
}

/** How many broken conversations are made of a valid one. */
const SAMPLES = 16;

/** A conversation, and what can become of it: packets changed, lost, doubled, swapped, sent by the other side. */
export function* brokenPackets(packets: readonly Packet[], choose: RandomSource): Generator<readonly Packet[]> {
  yield packets;
  for (let left = SAMPLES; left > 0 && packets.length > 0; left--) {
    const changed = [...packets];
    for (let harms = 1 + choose(2); harms > 0 && changed.length > 0; harms--) harm(changed, choose);
    yield changed;
  }
}

function harm(packets: Packet[], choose: RandomSource): void {
  const at = choose(packets.length - 1);
  const packet = packets[at];
  switch (choose(7)) {
    case 0:
      return void packets.splice(at, 1);
    case 1:
      return void packets.splice(at, 0, packet);
    case 2:
      return void packets.splice(at, 1, pick(choose, packets));
    case 3:
      return void packets.splice(at, 1, { ...packet, side: packet.side === 0 ? 1 : 0 });
    case 4:
      return void packets.splice(choose(packets.length - 1));
    default:
      packets[at] = { ...packet, bytes: mutate(packet.bytes, [], choose) };
  }
}
