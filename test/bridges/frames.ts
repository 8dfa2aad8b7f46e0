/**
 * Frames of three kinds, as the benchmark measures them: a download request, a request with two strings, a long list.
 *
 * @module
 */

import { array, encode, string, struct, u16, u32, u64, u8 } from "../../codec/mod.ts";

/** 54 bytes: fixed parts around a string. */
export const F1 = struct({ opcode: u8, offerId: string(u8), index: u64, offset: u64 });
/** 130 bytes: two strings. */
export const F2 = struct({ opcode: u8, peer: string(u8), path: string(u8) });
/** 3402 bytes: a hundred records. */
export const F3 = struct({ entries: array(struct({ name: string(u8), size: u64, perm: u32, kind: u8 }), u16) });

export const F1_VALUE = { opcode: 2, offerId: "6b036f4a-3f6c-4f0e-9d5b-0a8f1c2d3e4f", index: 3, offset: 2 ** 40 + 5 };
export const F2_VALUE = {
  opcode: 2,
  peer: "02c6047f".repeat(8) + "9e",
  path: "/home/é/" + "files/".repeat(8) + "a.txt",
};
export const F3_VALUE = {
  entries: Array.from({ length: 100 }, (_, index) => ({
    name: `file ${index} `.padEnd(20, "x"),
    size: index * 1_000_003 * 4096,
    perm: 0o644 + index,
    kind: index % 3,
  })),
};

/** Every frame with its bytes. */
export const FRAMES = [
  { name: "F1", schema: F1, value: F1_VALUE as unknown, bytes: encode(F1, F1_VALUE) },
  { name: "F2", schema: F2, value: F2_VALUE as unknown, bytes: encode(F2, F2_VALUE) },
  { name: "F3", schema: F3, value: F3_VALUE as unknown, bytes: encode(F3, F3_VALUE) },
] as const;
