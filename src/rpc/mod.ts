/**
 * Calls over datagrams: requests and answers of the storj nodes, sent again where that does no harm, in bounded memory,
 * and without helping anybody to flood others.
 *
 * @module
 */

export { addressOf, wireAddress } from "./address.ts";
export { rpcEndpoint } from "./endpoint.ts";
export { RPC_ERROR_CODES, RpcError, type RpcErrorCode } from "./error.ts";
export { RPC_LIMITS, type RpcLimits } from "./limits.ts";
export { NEAR_MS, nextRoundTrip, type RoundTrip } from "./round-trip.ts";
export type { Answers, Caller, CallOptions, Cancel, Outcome, RpcEndpoint, RpcEvent, RpcOptions } from "./rpc.ts";
export type { CallStats, RefusedReason, RpcStats } from "./stats.ts";
