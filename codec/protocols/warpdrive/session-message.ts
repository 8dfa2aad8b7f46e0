/**
 * The messages of a session.
 *
 * @module
 */

import type { CodecError } from "../../error.ts";

/** Who sent the bytes: the client to the server, or the server to the client. */
export type Direction = "C>S" | "S>C";

/**
 * What a run of bytes is in its session.
 *
 * - `request`, `reply`, `event`, `signal`, `finish`, `body`: as in the table of commands
 * - `end`: the byte that ends the session
 * - `ignored`: an opcode of a stranger that the server passes over
 * - `invalid`: bytes that mean nothing here, for the reason given; an original node closes the connection. A decoder
 *   reports them as they come: messages with the same error object are one run of bytes
 * - `unanswered`: no bytes, where an answer was due when the connection was closed
 * - `greeting`, `prompt`, `line`, `output`: text on the port for people, as printed, asked, typed and answered
 */
export type MessagePart =
  | "request"
  | "reply"
  | "event"
  | "signal"
  | "finish"
  | "body"
  | "end"
  | "ignored"
  | "invalid"
  | "unanswered"
  | "greeting"
  | "prompt"
  | "line"
  | "output";

/** One message of a session. */
export interface SessionMessage {
  readonly dir: Direction;
  /** The command that the message belongs to; empty where that is not known. */
  readonly command: string;
  readonly part: MessagePart;
  /** The fields of the message, `null` where there are none or where bytes are missing that they stood in. */
  readonly value: Record<string, unknown> | null;
  /** Offset of the first byte among the bytes of its direction. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
  /** Why the bytes are invalid. */
  readonly error?: CodecError;
  /** How many bytes the recording left out inside this message, or after it. */
  readonly elided?: number;
}
