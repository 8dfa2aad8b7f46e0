/**
 * How mounted paths get queries from the node; each protocol has its own way.
 *
 * @module
 */

import type { Connector } from "./connection.ts";
import type { AstralNode } from "./node.ts";
import type { Clock, Random } from "../host.ts";
import type { StreamRequest } from "../connect/mod.ts";

/** What receives the queries for one host. */
export interface QueryReceiver {
  /** Begins to receive the queries for a path. */
  mount(path: string): void;
  /** Ends that. */
  unmount(path: string): void;
  /**
   * Resolves when the node knows of all mounted paths.
   *
   * @throws HostError of the last attempt to register, after which others follow
   */
  ready(): Promise<void>;
  /** Ends everything; resolves when nothing is left. */
  stop(): Promise<void>;
  /** How many handles of the system there are besides connections. */
  readonly openHandles: number;
}

/** What receivers need of their host. */
export interface QueryReceiverHost {
  readonly node: AstralNode;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly random: Random;
  /** How long closing a connection may take until the system has what was written, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Gives a query to the protocol that it is for. */
  request(request: StreamRequest): void;
}
