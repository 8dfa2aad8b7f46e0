/**
 * How messages are read and written: by generated code where there is some, otherwise by what is compiled from the schema.
 *
 * @module
 */

import { compile, type Prefix, type Schema } from "../../mod.ts";
import { generated } from "./generated.ts";
import { wires } from "./wires.ts";

/** The functions of a kind of message. */
export interface MessageCodec<T> {
  /** The value at an offset, with byte strings of its own, and its length. */
  readonly decodePrefix: (bytes: Uint8Array, offset?: number) => Prefix<T>;
  /** The bytes of a value, in memory that is shared with other results. */
  readonly encode: (value: T) => Uint8Array;
}

// None of their values has byte strings, so that nothing of the input is shared.
const known = new WeakMap<Schema, MessageCodec<unknown>>(
  Object.entries(wires()).map(([name, schema]) => [
    schema,
    (generated as unknown as Readonly<Record<string, MessageCodec<unknown>>>)[name],
  ]),
);

/** The functions of a schema's messages. */
export function messageCodec<T>(schema: Schema<T>): MessageCodec<T> {
  const found = known.get(schema) as MessageCodec<T> | undefined;
  if (found !== undefined) return found;
  const { decodePrefix, encode } = compile(schema);
  return {
    decodePrefix: (bytes, offset) => decodePrefix(bytes, offset, { copy: true }),
    encode: (value) => encode(value),
  };
}
