/**
 * What an operation of the service is.
 *
 * @module
 */

import type { Call, Connection, ObjectChannel } from "./channels/mod.ts";
import type { ServiceContext } from "./service-context.ts";

/** Who may use an operation: others too, all guests, those with a token, or those who act as the node. */
export type Permission = "everybody" | "guests" | "known guests" | "node";

/** What an operation is asked for. */
export interface OperationCall {
  readonly context: ServiceContext;
  readonly call: Call;
  readonly params: ReadonlyMap<string, string>;
}

/** The stream of an operation; once it has run, the stream is closed. */
export interface OperationStream {
  readonly connection: Connection;
  /** Objects in the format of the parameter `out`, and of `in` for those that come. */
  readonly channel: ObjectChannel;
}

/** A name that the service itself answers. */
export interface Operation {
  readonly permission: Permission;
  /** Looks at the parameters; returns what is to be done once the stream is open, or why it is rejected. */
  prepare(call: OperationCall): Runner | string | Promise<Runner | string>;
}

/** Carries an operation out. */
export type Runner = (stream: OperationStream) => Promise<void>;
