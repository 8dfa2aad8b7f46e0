/**
 * Inputs made from valid text.
 *
 * @module
 */

import { pick } from "../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../codec/schema/mod.ts";

const SAMPLES = 24;
const HARMS_MAX = 3;

/** A text and what can become of it: pieces taken out, put in twice, put elsewhere; tokens; any bytes. */
export function* brokenText(text: string, tokens: readonly string[], choose: RandomSource): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  yield bytes;
  for (let left = SAMPLES; left > 0; left--) {
    let changed: readonly number[] = [...bytes];
    for (let harms = 1 + choose(HARMS_MAX - 1); harms > 0; harms--) changed = harmed(changed, tokens, choose);
    yield Uint8Array.from(changed);
  }
}

function harmed(bytes: readonly number[], tokens: readonly string[], choose: RandomSource): number[] {
  const at = choose(bytes.length);
  const end = Math.min(bytes.length, at + choose(choose(1) === 0 ? 2 : 12));
  const piece = bytes.slice(at, end);
  const token = [...new TextEncoder().encode(pick(choose, tokens))];
  switch (choose(6)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.toSpliced(at, piece.length);
    case 2:
      return bytes.toSpliced(at, 0, ...piece);
    case 3:
      return bytes.toSpliced(choose(bytes.length), 0, ...piece);
    case 4:
      return bytes.toSpliced(at, choose(2), choose(255));
    case 5:
      return bytes.toSpliced(at, piece.length, ...token);
    default:
      return bytes.toSpliced(at, 0, ...token);
  }
}

/** The text of bytes; what is not valid becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
