/**
 * The frames of astral's apphost: the interface between an astral node and the applications on its machine.
 *
 * Two protocols share the name. The binary one of 2022 and 2023 has commands: see {@link APPHOST_2023},
 * {@link commandRequest} and {@link answer}. The one of 2026 has typed objects, in binary frames or as JSON messages: see
 * {@link OBJECT_TYPES}, {@link astralObject}, {@link decodeObject} and {@link decodeObjectJson}.
 *
 * ```ts
 * import { encodeObjectJson, formatQuery } from "warpwire/protocols/astral";
 *
 * const query = formatQuery("warpdrive.send", { in: "json", out: "json" });
 * console.log(encodeObjectJson({ type: "string16", value: query }));
 * // {"Type":"string16","Object":"warpdrive.send?in=json\u0026out=json"}
 * ```
 *
 * @module
 */

export {
  answer,
  APPHOST_2022,
  APPHOST_2023,
  type ApphostCommand,
  type ApphostCommands,
  type ApphostDialect,
  authAnswer,
  type AuthRequest,
  authRequest,
  type CommandAnswers,
  type CommandName,
  commandNames,
  type CommandParameters,
  type ExecParameters,
  INBOUND_ACCEPT,
  INBOUND_REJECT,
  type InboundAnswer,
  inboundAnswer,
  type InboundQuery,
  inboundQuery,
  type NodeInfoAnswer,
  type NodeInfoParameters,
  type QueryParameters,
  type RegisterParameters,
  type ResolveAnswer,
  type ResolveParameters,
  RESULT_CODES,
  type ResultAnswer,
  type ResultCode,
  resultCode,
} from "./apphost-commands.ts";
export {
  type CommandRequest,
  commandRequest,
  commandRequest2022,
  commandRequest2023,
  type UnknownCommand,
} from "./command-request.ts";
export {
  decodeDialogue,
  decodeInboundDialogue,
  type DialogueBytes,
  type DialogueEvent,
  type DialogueMessage,
  type Direction,
  encodeDialogue,
  messageSchema,
} from "./dialogue.ts";
export {
  ANYONE,
  identity,
  IDENTITY_BYTES,
  isIdentity,
  parseIdentity,
  shortIdentity,
  strictIdentity,
  ZERO_IDENTITY,
} from "./identity.ts";
export type { FieldForm, JsonForm, ObjectForm } from "./object-form.ts";
export { OBJECT_LIMITS, type ObjectFrame, objectFrame, type ObjectLimits, SESSION_LIMITS } from "./object-frame.ts";
export { decodeObjectJson, encodeObjectJson, type ObjectJsonReading } from "./object-json.ts";
export { astralObject, decodeObject, encodeObject, type ObjectReading, objectSchema } from "./object.ts";
export {
  type AccessToken,
  type AstralObject,
  type AttachQuery,
  type AuthSuccess,
  type AuthToken,
  type Bind,
  type HandleQuery,
  HOST_ERRORS,
  type HostError,
  type HostInfo,
  type IncomingQuery,
  isObjectType,
  OBJECT_TYPES,
  type ObjectType,
  type ObjectValues,
  type QueryRejected,
  type RegisterHandler,
  type RegisterService,
  type RejectIncoming,
  type RouteQuery,
  WEBSOCKET_PROTOCOLS,
} from "./object-types.ts";
export type { Empty } from "./object-values.ts";
export {
  ALL_ZONES,
  formatNonce,
  formatQuery,
  formatZone,
  nonce64,
  parseNonce,
  parseQuery,
  parseZone,
  type Query,
  QUERY_BYTES_MAX,
  QUERY_PARAMS_MAX,
  withJsonFormat,
  ZERO_NONCE,
  ZONES,
} from "./query.ts";
export { formatTime, parseTime } from "./time.ts";
export { formatBase64, parseBase64 } from "./base64.ts";
