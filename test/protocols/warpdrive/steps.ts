/**
 * Sessions written by hand, and their messages on a line each.
 *
 * @module
 */

import {
  type Direction,
  type Port,
  type RecordedSession,
  SessionDecoder,
  type SessionMessage,
} from "../../../codec/protocols/warpdrive/mod.ts";

/** The bytes of a text. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A status as a server reports it. */
export const EVENT = '{"Id":"a","In":true,"Status":"awaiting","Index":-1,"Progress":0,"Update":1}\n';

/** What a session is made of: a direction with hex-like bytes or text. */
export type Step = readonly [dir: Direction, bytes: readonly number[] | string];

/** The messages of steps, as in `C>S ping signal 1-2`, with the code of an error behind it. */
export function messagesOf(port: Port, steps: readonly Step[], authorised = true): string[] {
  return labels(decodeAll(port, steps, authorised));
}

/** The messages of steps. */
export function decodeAll(port: Port, steps: readonly Step[], authorised = true): SessionMessage[] {
  const decoder = new SessionDecoder({ port, authorised });
  const messages = steps.flatMap(([dir, bytes]) =>
    decoder.push(dir, typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes))
  );
  return [...messages, ...decoder.finish()];
}

/** Messages on a line each. */
export function labels(messages: readonly SessionMessage[]): string[] {
  return messages.map(({ dir, command, part, start, end, error, elided }) =>
    [dir, command, part, `${start}-${end}`, error?.code, elided && `elided ${elided}`].filter(Boolean).join(" ")
  );
}

/** Steps as a recorded session. */
export function sessionOf(port: string, steps: readonly Step[]): RecordedSession {
  const events = steps.map(([dir, bytes]) => ({
    dir,
    bytes: typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes),
    elided: 0,
  }));
  return { name: "", port, authorised: true, events };
}
