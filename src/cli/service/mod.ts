/**
 * The local service: its configuration, log, life, and connections to it.
 *
 * @module
 */

export { type CommandEvent, serveCommandOn } from "./command-server.ts";
export { type DataFolder, dataFolder, loadOrMakeToken, prepareFolder, ServiceError } from "./data-folder.ts";
export { WARPDRIVE_OPTIONS } from "./warpdrive-config.ts";
export { ASTRAL_OPTION, guestConfig } from "./guest-config.ts";
export { createLog, LOG_FORMATS, LOG_LEVELS, type LogFormat, shortTexts } from "./log.ts";
export { loadOrMakeKey } from "./node-key.ts";
export { formatPeerText, parsePeerText, type PeerText } from "./peer-text.ts";
export { runGuest, type RunningGuest } from "./run-guest.ts";
export { type RunningService, runService } from "./run-service.ts";
export { SERVICE_OPTIONS, serviceConfig } from "./service-config.ts";
export { type Claim, claimFolder, folderHolder, type Holder } from "./service-file.ts";
export {
  askService,
  type Connected,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  LOCAL_NODE,
  ownPeer,
  PeerAnswer,
  quoted,
  StatusAnswer,
  withReason,
  withService,
} from "./service-connection.ts";
