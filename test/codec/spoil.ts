/**
 * Values spoiled on purpose, as a program with a mistake, or without types, would hand them in.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { pick } from "../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../codec/schema/extension.ts";

const cyclic: { itself?: unknown } = {};
cyclic.itself = cyclic;

/** What hardly fits anywhere, or only by chance. */
export const STRANGE: readonly unknown[] = [
  undefined,
  null,
  NaN,
  -0,
  -1,
  0.1,
  127,
  128,
  255,
  256,
  65536,
  2 ** 31,
  2 ** 32,
  -(2 ** 31) - 1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 53),
  1e300,
  Infinity,
  0n,
  -1n,
  2n ** 63n,
  2n ** 64n,
  "",
  "7",
  "\ud800",
  "a\udc00b",
  "é".repeat(150),
  "x".repeat(70_000),
  true,
  false,
  [],
  [undefined],
  [1, 2, 3],
  new Array(300).fill(0),
  {},
  { kind: "plain" },
  { length: 2, 0: 1, 1: 1 },
  new Uint8Array(0),
  new Uint8Array(300),
  Buffer.from([1, 2, 3]),
  new Uint16Array(2),
  new ArrayBuffer(4),
  new Date(NaN),
  new Map(),
  Symbol("strange"),
  () => 1,
  cyclic,
  Object.create(null),
];

/** A value with something wrong in it, somewhere. */
export function spoil(value: unknown, choose: RandomSource): unknown {
  const keys = typeof value === "object" && value !== null && !(value instanceof Uint8Array) ? Object.keys(value) : [];
  if (keys.length === 0 || choose(3) === 0) return pick(choose, STRANGE);
  const key = pick(choose, keys);
  const part = (value as Record<string, unknown>)[key];
  if (Array.isArray(value)) {
    if (choose(3) === 0) return [...value, part];
    if (choose(3) === 0) return value.slice(1);
    return value.with(Number(key), spoil(part, choose));
  }
  if (choose(4) === 0) return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== key));
  return { ...value as object, [key]: spoil(part, choose) };
}
