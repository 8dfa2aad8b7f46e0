/**
 * Source text that copies a few bytes.
 *
 * @module
 */

import type { Lines } from "./text.ts";

/** Up to this many bytes of a fixed number are copied four at a time, which is faster than a call. */
const UNROLLED_BYTES_MAX = 64;

/** Whether a fixed number of bytes is copied by {@link emitCopy}. */
export function isCopied(count: number): boolean {
  return count > 0 && count <= UNROLLED_BYTES_MAX && count % 4 === 0;
}

/** Emits that `count` bytes of a value are copied to `bytes[pos]`. */
export function emitCopy(lines: Lines, value: string, count: number): void {
  const index = lines.name("i");
  lines.block(`for (let ${index} = 0; ${index} < ${count}; ${index} += 4) {`, () => {
    for (const step of ["", " + 1", " + 2", " + 3"]) {
      lines.add(`bytes[pos + ${index}${step}] = ${value}[${index}${step}];`);
    }
  });
}
