/**
 * The user API of a storj node as a service: its calls by JSON-RPC 2.0.
 *
 * @module
 */

export type * from "./api.ts";
export { type CallOptions, MessageCaller, type Notified, UserApiError } from "./caller.ts";
export { callTimeoutMs, type DatasetNotice, type MapAnswer } from "./calls/mod.ts";
export { userApi, type UserApiOptions } from "./dispatch.ts";
export { USER_ERRORS, type UserErrorName } from "./errors.ts";
export type { UserApiMethods } from "./methods.ts";
export { openRpcDocument } from "./openrpc.ts";
export { SocketClient } from "./socket-client.ts";
export * from "./servers/mod.ts";
export { startSwarm, type Swarm, type SwarmNode, type SwarmOptions } from "./swarm.ts";
export { jsonText } from "./values.ts";
export type * from "./wire.ts";
