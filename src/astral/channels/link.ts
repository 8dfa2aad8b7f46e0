/**
 * How a query begins between two nodes, on a stream of the host that links them.
 *
 * The caller sends its query, `u16` length and UTF-8 text; the other side answers with one byte, followed by a code if
 * it is a rejection; then the stream is that of the query. Who the caller is follows from the host that carries the
 * stream.
 *
 * @module
 */

import { CodecError, encode, type Infer, refine, string, struct, u16, u8, union } from "../../../codec/mod.ts";
import { HostError } from "../../host/mod.ts";

/** The longest answer in bytes. */
export const ANSWER_BYTES_MAX = 2;

const nothingMore = struct({});

/** What the caller sends. */
export const LinkQuery = struct({ query: string(u16) });

/** What it gets back. */
export const LinkAnswer = union("answer", u8, {
  accepted: [0, nothingMore],
  rejected: [1, struct({ code: refine(u8, { name: "code from 1", test: (code) => code >= 1 }) })],
  "unknown-protocol": [2, nothingMore],
  timeout: [3, nothingMore],
  busy: [4, nothingMore],
});
/** What it gets back. */
export type LinkAnswer = Infer<typeof LinkAnswer>;

/**
 * The bytes with which a query begins.
 *
 * @throws RangeError for a query that is too long
 */
export function helloOf(query: string): Uint8Array {
  try {
    return encode(LinkQuery, { query });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RangeError(`Cannot send a query: ${error.message}`, { cause: error });
  }
}

/** What to answer for an error; `null` for what is no answer, as that a service stops. */
export function answerOf(error: unknown): LinkAnswer | null {
  if (!(error instanceof HostError)) return null;
  switch (error.code) {
    case "rejected":
      return { answer: "rejected", code: Math.max(1, error.rejectCode) };
    case "unknown-protocol":
    case "timeout":
    case "busy":
      return { answer: error.code };
    default:
      return null;
  }
}

/** The error of an answer that does not accept. */
export function answerError(answer: LinkAnswer, query: string): HostError {
  switch (answer.answer) {
    case "rejected":
      return new HostError("rejected", `The query "${query}" was rejected with the code ${answer.code}`, {
        rejectCode: answer.code,
      });
    case "unknown-protocol":
      return new HostError("unknown-protocol", `The other node has no program for the query "${query}"`);
    case "timeout":
      return new HostError("timeout", `The program that serves "${query}" does not answer`);
    default:
      return new HostError("busy", `Too many queries wait for "${query}"`);
  }
}
