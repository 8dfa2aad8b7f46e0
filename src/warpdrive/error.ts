/**
 * The one error class of the warpdrive service and client, and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/** Every code a {@link WarpdriveError} can carry, with its meaning. The codes are stable: programs may compare them. */
export const WARPDRIVE_ERROR_CODES = {
  /** There is no such offer. */
  "unknown-offer": "The offer is not known",
  /** There is no such peer. */
  "unknown-peer": "The peer is not known",
  /** More than one offer or peer is meant. */
  ambiguous: "More than one is meant",
  /** The offer is in a state in which that is not possible. */
  state: "The offer is in another state",
  /** A limit on offers, files or sessions was exceeded. */
  limit: "A limit was exceeded",
  /** The other side closed the connection instead of an answer: it refuses, or cannot do it. */
  refused: "The other side refuses",
  /** The other side sent something that is not an answer. */
  protocol: "The other side does not follow the protocol",
  /** The other side does not know the command: it speaks another dialect, or has no additions. */
  unsupported: "The other side does not know the command",
  /** The node says why it could not do it; the message has its words. */
  failed: "The node could not do it",
  /** The service is not running. */
  stopped: "The service is not running",
  /** The other machine had shared something, and does so no more. */
  ended: "The share has ended",
} as const;

/** One of the stable error codes of {@link WARPDRIVE_ERROR_CODES}. */
export type WarpdriveErrorCode = keyof typeof WARPDRIVE_ERROR_CODES;

/** Thrown by the warpdrive service and client. Failures of networks are `HostError`s, those of disks `FilesError`s. */
export class WarpdriveError extends CodedError<WarpdriveErrorCode> {
  override readonly name: string = "WarpdriveError";
}

/** Called with what went wrong in the background and, where it was a peer's doing, whose. */
export type OnError = (error: unknown, peer?: string) => void;
