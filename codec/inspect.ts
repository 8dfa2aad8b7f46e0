/**
 * What the bytes of a message mean, part by part, also when they are broken.
 *
 * @module
 */

import { checkSchema } from "./arguments.ts";
import { trailing } from "./decode.ts";
import { limitsOf } from "./limits.ts";
import { CodecError } from "./error.ts";
import type { Limits } from "./limits.ts";
import type { Schema } from "./schema.ts";
import type { Span } from "./walk-cursor.ts";
import { DecodeWalk } from "./walk-decode.ts";

/** What {@link inspect} found. */
export interface Inspection<T> {
  /** The parts that were understood, in the order of the bytes. */
  readonly spans: readonly Span[];
  /** How many bytes were understood. */
  readonly length: number;
  /** The value, when there is no error. */
  readonly value?: T;
  /** Why the bytes stop making sense. */
  readonly error?: CodecError;
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  /** Bounds on the cost of the message. */
  readonly limits?: Partial<Limits>;
  /** Whether bytes may be left after the value. By default they are an error, as for `decode`. */
  readonly prefix?: boolean;
}

/**
 * Reads bytes the slow way and says what each of them means. It never throws for bad bytes: what was understood and the
 * error come back together.
 *
 * ```ts
 * import { inspect, string, struct, u16, u8 } from "warpwire/codec";
 *
 * const Hello = struct({ name: string(u8), port: u16 });
 * const { spans, error } = inspect(Hello, Uint8Array.of(2, 0x68, 0x69, 0x1f));
 * console.log(spans.map((span) => span.path)); // [ "name", "name" ]
 * console.log(error?.message); // Needs 2 bytes, 1 left (at port, offset 3)
 * ```
 */
export function inspect<T>(schema: Schema<T>, bytes: Uint8Array, options: InspectOptions = {}): Inspection<T> {
  checkSchema(schema, "inspect: the schema");
  const walk = new DecodeWalk(bytes, 0, bytes.length, { limits: limitsOf(options), spans: true });
  let value;
  try {
    value = walk.read(schema) as T;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { spans: walk.spans, length: walk.spans.at(-1)?.end ?? 0, error };
  }
  const length = walk.pos;
  const left = bytes.length - length;
  if (left > 0 && options.prefix !== true) return { spans: walk.spans, length, error: trailing(left, length) };
  return { spans: walk.spans, length, value };
}
