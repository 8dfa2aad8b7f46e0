/**
 * What an operation of the service is: a name that guests and nodes can query, and who may do so.
 *
 * @module
 */

import type { ParameterSpec } from "../../../codec/protocols/astral/mod.ts";
import type { Call, Connection, ObjectChannel, ObjectFormat } from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";

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
  /** The format of those that come. */
  readonly input: ObjectFormat;
}

/** Carries an operation out. */
export type Runner = (stream: OperationStream) => Promise<void>;

/** The failure of an operation, with the text that astrald has for it. */
export interface Failure {
  readonly failure: string;
}

/** An operation of this service. */
export interface Operation {
  readonly name: string;
  readonly permission: Permission;
  /** The parameters besides `in` and `out`. A query without a required one is rejected. */
  readonly params: readonly ParameterSpec[];
  /** What is answered, for people. */
  readonly answer: string;
  /** Looks at the parameters; returns what is to be done once the stream is open, the failure, or why it is rejected. */
  prepare(call: OperationCall): Runner | Failure | string | Promise<Runner | Failure | string>;
}

/** Operations of astrald that this service does not have: nobody answers, unless a program takes the query. */
export interface AbsentOperations {
  readonly names: readonly string[];
  /** Why there are none, for people. */
  readonly why: string;
}

/** An optional parameter, by the type of the object whose text it is. */
export function param(name: string, type: string): ParameterSpec {
  return { name, type, required: false };
}

/** A parameter that a query must have. */
export function requiredParam(name: string, type: string): ParameterSpec {
  return { name, type, required: true };
}

/**
 * Says in the middle of an answer what failed. In JSON there is no object for that which a Go process survives: there,
 * the answer just ends.
 *
 * @returns whether it was said
 */
export async function writeFailure(channel: ObjectChannel, { failure }: Failure): Promise<boolean> {
  if (channel.format === "json") return false;
  await channel.write({ type: "error_message", value: failure });
  return true;
}

/** A runner that answers an acknowledgement. */
export const acknowledge: Runner = ({ channel }) => channel.write({ type: "ack", value: {} });
