/**
 * How the messages of a session are found and read: by generated code where there is some, which is for every command of
 * the known dialects, otherwise by what is compiled from the schema.
 *
 * @module
 */

import { decode, explainPartial, MALFORMED, MessageScanner, MORE, TOO_LARGE, tooLarge } from "../../engine/mod.ts";
import type { MessageScan, ScanOptions } from "../../codegen/runtime/mod.ts";
import { LIMITS } from "../../limits.ts";
import type { Schema } from "../../schema/mod.ts";
import { generated } from "./generated.ts";
import { bareRequests, wireAnswers } from "./schemas.ts";

/** The functions of a kind of message. */
export interface SessionCodec<T> {
  /** Finds where a message ends. */
  readonly scan: (options: Required<ScanOptions>) => MessageScan;
  /** The value of a whole message, which shares no memory with it. */
  readonly decode: (bytes: Uint8Array) => T;
}

const known = new WeakMap<Schema, SessionCodec<unknown>>(
  Object.entries({ ...bareRequests(), ...wireAnswers() }).map(([name, schema]) => [
    schema,
    (generated as unknown as Readonly<Record<string, SessionCodec<unknown>>>)[name],
  ]),
);

/** The functions of a schema's messages. */
export function sessionCodec<T>(schema: Schema<T>): SessionCodec<T> {
  const found = known.get(schema) as SessionCodec<T> | undefined;
  return found ?? { scan: (options) => compiledScan(schema, options), decode: (bytes) => decodeCopy(schema, bytes) };
}

function decodeCopy<T>(schema: Schema<T>, bytes: Uint8Array): T {
  return decode(schema, bytes, { copy: true });
}

function compiledScan(schema: Schema, { messageBytesMax }: Required<ScanOptions>): MessageScan {
  const scanner = new MessageScanner(schema, LIMITS, messageBytesMax);
  return {
    scan(bytes, start = 0, end = bytes.length) {
      const length = scanner.scan(bytes, start, end);
      if (length === TOO_LARGE) throw tooLarge(messageBytesMax, 0);
      if (length === MALFORMED) throw explainPartial(schema, bytes.subarray(start, end), LIMITS);
      return length === MORE ? -1 : length;
    },
  };
}
