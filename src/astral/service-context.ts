/**
 * What the parts of a service share, and what its operations are.
 *
 * @module
 */

import type { Clock, Random } from "../host/mod.ts";
import type { ServiceEvent, ServiceStatus } from "./events.ts";
import type { Handlers } from "./handlers.ts";
import type { Names } from "./names.ts";
import type { ServiceLimits } from "./options.ts";
import type { RegisteredNames } from "./registered-names.ts";
import type { Router } from "./router.ts";
import type { ServiceHost } from "./service-host.ts";
import type { IdentityServices } from "./identity-services.ts";
import type { Call, Connection, ObjectChannel, Sockets } from "./channels/mod.ts";
import type { Tokens } from "./tokens.ts";

/** The parts of a service that sessions of guests use. */
export interface ServiceContext {
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ServiceLimits;
  readonly names: Names;
  readonly tokens: Tokens;
  readonly sockets: Sockets;
  readonly router: Router;
  readonly host: ServiceHost;
  readonly registeredNames: RegisteredNames;
  readonly handlers: Handlers;
  readonly services: IdentityServices;
  /** How to give up the queries of guests of 2026 that are being asked, by caller and nonce. */
  readonly running: Map<string, AbortController>;
  /** Whether a name belongs to the service itself. */
  isOperation(name: string): boolean;
  /** Whether another registration may be added. */
  hasRoom(): boolean;
  status(): ServiceStatus;
  emit(event: ServiceEvent): void;
}

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
