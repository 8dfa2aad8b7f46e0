/**
 * The one error class of calls and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/**
 * Every code an {@link RpcError} can carry, with its meaning. The codes are stable: programs may compare them, and
 * `docs/errors.md` lists the same ones.
 */
export const RPC_ERROR_CODES = {
  /** Nobody answered in time, after all retransmissions. */
  timeout: "The peer did not answer in time",
  /** The network of this machine did not take the request: no route, or an address that cannot be sent to. */
  refused: "The request could not be sent",
  /** The peer sent what is not an answer to this call. */
  "invalid-reply": "The answer is not one to this call",
  /** The request has more bytes than the protocol or the network takes. */
  "too-large": "The request is too large",
  /** As many calls wait already as may wait. */
  busy: "Too many calls are waiting",
  /** The endpoint or its host was closed. */
  closed: "The endpoint is closed",
  /** The caller's `AbortSignal` fired; its reason is the cause. */
  aborted: "The caller gave up",
} as const;

/** One of the stable error codes of {@link RPC_ERROR_CODES}. */
export type RpcErrorCode = keyof typeof RPC_ERROR_CODES;

/** Why a call has no answer. */
export class RpcError extends CodedError<RpcErrorCode> {
  override readonly name: string = "RpcError";
}
