/**
 * What a WebSocket host needs of a server of HTTP, without the types of Node, which not every user has.
 *
 * @module
 */

/** The part of `node:http` and `node:https` servers that is needed. */
export interface UpgradeServer {
  on(event: "upgrade", listener: UpgradeListener): unknown;
  off(event: "upgrade", listener: UpgradeListener): unknown;
  listenerCount(event: "upgrade"): number;
}

type UpgradeListener = (request: unknown, socket: unknown, head: unknown) => void;
