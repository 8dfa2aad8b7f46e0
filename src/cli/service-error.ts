/**
 * What goes wrong around the local service of this machine.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/** The codes of {@link ServiceError}, with their meaning. */
export const SERVICE_ERROR_CODES = {
  /** A data folder, or a file in it, cannot be used: others may enter it, or it is something else. */
  folder: "The data folder cannot be used",
  /** One service works in a data folder at a time. */
  running: "A service works in the data folder already",
  /** No service works in the data folder, or it is still starting. */
  "not-running": "No service works in the data folder",
  /** The node is not a warpwire service, or what it answers cannot be understood. */
  answer: "The node does not answer as a warpwire service does",
} as const;

/** One of the codes of {@link SERVICE_ERROR_CODES}. */
export type ServiceErrorCode = keyof typeof SERVICE_ERROR_CODES;

/** Thrown by the commands that run the local service or talk to it. */
export class ServiceError extends CodedError<ServiceErrorCode> {
  override readonly name: string = "ServiceError";
}
