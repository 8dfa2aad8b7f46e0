/**
 * The local service: replaces an astral node for the programs on this machine. They use the apphost
 * protocols of 2023 and 2026, and reach other nodes through any host. `docs/astral.md` describes it.
 *
 * @module
 */

export type { GuestTransport, PeerStatus, QueryOrigin, Registration, ServiceEvent, ServiceStatus } from "./events.ts";
export type { Contacts } from "./names.ts";
export {
  type GuestProtocol,
  LISTEN_DEFAULT,
  type ListenAddress,
  SERVICE_LIMITS,
  type ServiceLimits,
  type ServiceOptions,
} from "./options.ts";
export { LANES_PATH, LINK_PATH, PING_NAME, type PingLine } from "./events.ts";
export { astralService, LocalService } from "./service.ts";
