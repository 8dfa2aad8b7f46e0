/**
 * Damages messages as an attacker or a bad connection would.
 *
 * @module
 */

import { pick } from "./random.ts";
import type { RandomSource, Span } from "../schema/mod.ts";

/** The most bytes of what is made up from nothing. */
const GARBAGE_BYTES_MAX = 40;

/** Forms of variable-length integers that are too long, too large or never end. */
const VARINTS: readonly (readonly number[])[] = [
  [0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
];

/**
 * Bytes that are hardly ever a valid message any more.
 *
 * @param spans what the parts of the bytes mean, so that lengths, tags and presence bytes can be found
 */
export function mutate(bytes: Uint8Array, spans: readonly Span[], choose: RandomSource): Uint8Array {
  const pointed = spans.filter(({ role, end }) => role !== "value" && role !== "literal" && end <= bytes.length);
  switch (choose(7)) {
    case 0:
      return bytes.slice(0, choose(Math.max(0, bytes.length - 1)));
    case 1:
      return withByte(bytes, choose);
    case 2:
    case 3:
      // Bytes that control the rest of the message (lengths, tags) do most harm.
      return pointed.length > 0 ? withExtreme(bytes, pick(choose, pointed), choose) : withByte(bytes, choose);
    case 4:
      return spliced(bytes, choose(bytes.length), 0, garbage(choose));
    case 5:
      return spliced(bytes, choose(bytes.length), choose(8), []);
    case 6:
      return spliced(bytes, bytes.length, 0, garbage(choose));
    default:
      return Uint8Array.from(garbage(choose));
  }
}

function withByte(bytes: Uint8Array, choose: RandomSource): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(choose(255));
  const changed = bytes.slice();
  const at = choose(bytes.length - 1);
  changed[at] = choose(1) === 0 ? changed[at] ^ 1 << choose(7) : pick(choose, [0x00, 0xff, 0x7f, 0x80, choose(255)]);
  return changed;
}

/** Puts an extreme number instead of an integer, whatever its byte order. */
function withExtreme(bytes: Uint8Array, { start, end }: Span, choose: RandomSource): Uint8Array {
  const width = end - start;
  const filled = (first: number, middle: number, last: number) =>
    Array.from({ length: width }, (_, index) => index === 0 ? first : index === width - 1 ? last : middle);
  const extreme = pick(choose, [
    filled(0, 0, 0),
    filled(0xff, 0xff, 0xff),
    filled(0x7f, 0xff, 0xff),
    filled(0xff, 0xff, 0x7f),
    filled(0x80, 0, 0),
    filled(0, 0, 0x80),
    filled(bytes[start], 0, (bytes[end - 1] + 1) & 0xff),
    filled((bytes[start] + 1) & 0xff, 0, bytes[end - 1]),
    filled(bytes[start], 0, (bytes[end - 1] - 1) & 0xff),
    pick(choose, VARINTS),
  ]);
  return spliced(bytes, start, width, extreme);
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...added, ...bytes.subarray(at + removed)]);
}

function garbage(choose: RandomSource): number[] {
  const length = 1 + choose(choose(3) === 0 ? GARBAGE_BYTES_MAX : 3);
  return Array.from({ length }, () => choose(3) === 0 ? pick(choose, [0x00, 0xff, 0x01, 0x7f, 0x80]) : choose(255));
}
