/**
 * What the parts of a service share.
 *
 * @module
 */

import type { Clock, Random } from "../host/mod.ts";
import type { Blueprints } from "./blueprints.ts";
import type { ServiceEvent, ServiceStatus } from "./events.ts";
import type { Handlers } from "./handlers.ts";
import type { Names } from "./names.ts";
import type { ServiceLimits } from "./options.ts";
import type { RegisteredNames } from "./registered-names.ts";
import type { Router } from "./router.ts";
import type { ServiceHost } from "./service-host.ts";
import type { IdentityServices } from "./identity-services.ts";
import type { Sockets } from "./channels/mod.ts";
import type { Tokens } from "./tokens.ts";

/** The parts of a service that sessions of guests use. */
export interface ServiceContext {
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ServiceLimits;
  readonly names: Names;
  readonly tokens: Tokens;
  readonly blueprints: Blueprints;
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
