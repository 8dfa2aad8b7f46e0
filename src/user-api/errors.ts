/**
 * The errors that calls are answered with.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";
import type { StorjErrorCode } from "../storj/mod.ts";
import type { ErrorObject } from "./wire.ts";

/** The errors of JSON-RPC 2.0, section 5.1. */
export const PARSE_ERROR = -32700;
/** It is no request. */
export const INVALID_REQUEST = -32600;
/** There is no such call. */
export const METHOD_NOT_FOUND = -32601;
/** The parameters are not those of the call. */
export const INVALID_PARAMS = -32602;
/** What went wrong is not the caller's business. */
export const INTERNAL_ERROR = -32603;

/** The errors of calls by name: their numbers, what they mean, and what a node throws for them. */
export const USER_ERRORS = {
  InvalidEvent: { code: -32001, about: "The event does not fit the schema, or any schema", of: ["invalid-event"] },
  InvalidSchema: {
    code: -32002,
    about: "It is no schema, or one that is not subscribed to; or the subscription does not fit the schema",
    of: ["invalid-schema"],
  },
  InvalidMessage: {
    code: -32003,
    about: "The value cannot be sent or stored; it may be too large",
    of: ["invalid-message", "too-large"],
  },
  InvalidNodeid: { code: -32004, about: "It is no node id: 40 hex digits", of: ["invalid-node-id"] },
  InvalidStreamid: { code: -32005, about: "It is no stream id: 64 hex digits", of: ["invalid-stream-id"] },
  NotFound: { code: -32006, about: "Nobody was found, or nobody has it", of: ["not-found"] },
  NoPeers: { code: -32010, about: "The node knows no other node", of: ["no-peers"] },
  NotSubscribed: { code: -32011, about: "The topic is not subscribed to", of: [] },
  Limit: { code: -32012, about: "There are as many as there may be", of: ["limit"] },
  Timeout: {
    code: -32013,
    about: "It took longer than it may, or nobody answered in time",
    of: ["timeout", "aborted"],
  },
  Busy: { code: -32014, about: "Too much is under way already", of: ["busy"] },
  Closed: { code: -32015, about: "The node is closed", of: ["closed"] },
  Unauthorized: { code: -32017, about: "The token was not shown, or it is another one", of: [] },
  Uncertain: { code: -32016, about: "Whether it has arrived is not known", of: ["uncertain"] },
} as const satisfies Readonly<Record<string, UserErrorRow>>;

interface UserErrorRow {
  readonly code: number;
  readonly about: string;
  readonly of: readonly string[];
}

/** The name of an error of calls. */
export type UserErrorName = keyof typeof USER_ERRORS;

/** An error that a call is answered with. */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly error: UserErrorName;

  constructor(error: UserErrorName, message: string) {
    super(message);
    this.error = error;
  }
}

/** A call has other parameters than it takes. */
export class ParamsError extends Error {
  override readonly name: string = "ParamsError";
  /** Which one, as in `event.price`; empty for all of them. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(clipped(reason));
    this.path = path.length <= PATH_CHARS_MAX ? path : `${path.slice(0, PATH_CHARS_MAX)}…`;
  }
}

const PATH_CHARS_MAX = 200;
/** What others have sent may be part of a message. */
const MESSAGE_CHARS_MAX = 400;

const NAMES: ReadonlyMap<string, UserErrorName> = new Map(
  Object.entries(USER_ERRORS).flatMap(([name, { of }]) => of.map((code) => [code, name as UserErrorName] as const)),
);

/** An error as JSON-RPC has it. What nobody expected is not told: it may say what is none of the caller's business. */
export function errorObject(error: unknown): ErrorObject {
  if (error instanceof ParamsError) {
    const { path, message: reason } = error;
    const message = path === "" ? reason : `Parameter ${path}: ${reason}`;
    return { code: INVALID_PARAMS, message: clipped(message), data: { name: "InvalidParams", path, reason } };
  }
  if (error instanceof UserError) {
    return { code: USER_ERRORS[error.error].code, message: clipped(error.message), data: { name: error.error } };
  }
  if (!(error instanceof CodedError)) return INTERNAL;
  const code: string = error.code;
  const name = NAMES.get(code);
  if (name === undefined) {
    return { code: INTERNAL_ERROR, message: clipped(error.message), data: { name: "InternalError", code } };
  }
  return { code: USER_ERRORS[name].code, message: clipped(error.message), data: { name, code } };
}

const INTERNAL: ErrorObject = Object.freeze({
  code: INTERNAL_ERROR,
  message: "The call failed",
  data: Object.freeze({ name: "InternalError" }),
});

/** The code of a node's error that an error of calls was made of, or null. */
export function nodeErrorCode(data: unknown): StorjErrorCode | null {
  const { code } = (data ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && NAMES.has(code) ? code as StorjErrorCode : null;
}

function clipped(text: string): string {
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX)}…`;
}
