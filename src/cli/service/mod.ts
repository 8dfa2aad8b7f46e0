/**
 * The local service: its configuration, log, life, and connections to it.
 *
 * @module
 */

export { type CommandEvent, serveCommandOn } from "./command-server.ts";
export { dataFolder } from "./data-folder.ts";
export { WARPDRIVE_OPTIONS } from "./warpdrive-config.ts";
export { LEFT_OUT_STATUS, leftOutJson, leftOutLines, notTakenLines } from "./left-out-text.ts";
export { createLog, LOG_FORMATS, LOG_LEVELS, type LogFormat } from "./log.ts";
export { formatPeerText, parsePeerText, type PeerText } from "./peer-text.ts";
export { type RunningService, runService } from "./run-service.ts";
export { askService, PeerAnswer, StatusAnswer, withReason } from "./service-answers.ts";
export { SERVICE_OPTIONS, serviceConfig } from "./service-config.ts";
export { CONNECTION_HELP, CONNECTION_OPTIONS, quoted, withService } from "./service-connection.ts";
export { choiceOption, COLLISION_OPTION, collisionPolicy } from "./warpdrive-options.ts";
