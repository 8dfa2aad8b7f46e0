/**
 * The one error class of the store and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/** Every code a {@link StoreError} can carry, with its meaning. The codes are stable: programs may compare them. */
export const STORE_ERROR_CODES = {
  /** Another process has the store open. */
  locked: "The store is in use",
  /** A document cannot be read as what it should be. */
  damaged: "The document is damaged",
  /** A document was written by a later version of the program. */
  version: "The document is of a later version",
  /** A key or document is larger, or there are more documents, than there may be. */
  limit: "A limit was exceeded",
  /** The store was closed. */
  closed: "The store is closed",
  /** The system failed: no room, no permission; the cause says which. */
  io: "The store cannot be used",
} as const;

/** One of the stable error codes of {@link STORE_ERROR_CODES}. */
export type StoreErrorCode = keyof typeof STORE_ERROR_CODES;

/** Thrown by everything that opens, reads or writes a store. */
export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name: string = "StoreError";
}
