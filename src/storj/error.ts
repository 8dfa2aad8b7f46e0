/**
 * The one error class of the storj node and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/**
 * Every code a {@link StorjError} can carry, with its meaning. The codes are stable: programs may compare them, and
 * `docs/errors.md` lists the same ones.
 */
export const STORJ_ERROR_CODES = {
  /** Not a node id: 40 hex digits or 20 bytes. */
  "invalid-node-id": "The node id is not 20 bytes",
  /** What msgpack cannot say, or what nests too deeply. */
  "invalid-message": "The value cannot be sent",
  /** Not a stream id: 64 hex digits or 32 bytes. */
  "invalid-stream-id": "The stream id is not 32 bytes",
  /** Not a schema, or a subscription that does not fit it, or needs too many topics; or nobody subscribes to it here. */
  "invalid-schema": "The schema cannot be used",
  /** Not an event, or not one of its schema. */
  "invalid-event": "The event does not fit its schema",
  /** More bytes than every node of the network can read. */
  "too-large": "The value is too large",
  /** This node knows nobody. */
  "no-peers": "No other node is known",
  /** Nobody was found, or nobody has it. */
  "not-found": "Nobody was found",
  /** It took longer than it may. */
  timeout: "There was no answer in time",
  /** The caller's `AbortSignal` fired; its reason is the cause. */
  aborted: "The caller gave up",
  /** As much of this kind is under way already as may be. */
  busy: "Too much is under way already",
  /** There are as many as there may be. */
  limit: "There are too many",
  /** The node or the stream was closed. */
  closed: "The node is closed",
  /** There was no answer: it may have arrived, or not. */
  uncertain: "Whether it has arrived is not known",
} as const;

/** One of the stable error codes of {@link STORJ_ERROR_CODES}. */
export type StorjErrorCode = keyof typeof STORJ_ERROR_CODES;

/** Why a storj node could not do something. */
export class StorjError extends CodedError<StorjErrorCode> {
  override readonly name: string = "StorjError";
}

/** Codes that hosts, calls and the hash table have for what is the same here. */
const SHARED: ReadonlySet<string> = new Set<StorjErrorCode>(["timeout", "aborted", "closed", "busy", "too-large"]);

/** The error of a host, a call or the hash table as one of ours, if it says what one of ours says; others stay as they are. */
export function storjErrorOf(error: unknown): unknown {
  if (!(error instanceof CodedError) || error instanceof StorjError || !SHARED.has(error.code)) return error;
  const cause = error.code === "aborted" ? error.cause : error;
  return new StorjError(error.code as StorjErrorCode, error.message, { cause });
}

/** What is waited for; it rejects with our errors, see {@link storjErrorOf}. */
export async function withStorjErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storjErrorOf(error);
  }
}
