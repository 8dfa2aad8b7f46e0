/**
 * The objects of astral's apphost (2026) and the primitive ones they come with, as one table by type name.
 *
 * Source: the types registered by astrald at commit `6e2b8bbd` (July 2026), with the bytes and texts its encoders write.
 *
 * @module
 */

import { bytes, i16, i32, i8, rest, u16, u32, u64, u8 } from "../../mod.ts";
import {
  type AliasMap,
  aliasMapForm,
  type Blueprint,
  blueprintForm,
  type OperationSpec,
  operationSpecForm,
} from "./directory-objects.ts";
import { type FieldForm, type ObjectForm, sliceForm, structForm } from "./object-form.ts";
import {
  boolForm,
  bytesForm,
  type Empty,
  emptyForm,
  errorMessageForm,
  identityForm,
  identityPointerForm,
  int64Form,
  intForm,
  nonceForm,
  objectIdForm,
  stringForm,
  timeForm,
  uint64Form,
  zoneForm,
} from "./object-values.ts";

/** The host's first message: who it is. */
export interface HostInfo {
  /** The node's identity. */
  readonly identity: string | null;
  readonly alias: string;
}

/** Asks for the rights of a token's identity. */
export interface AuthToken {
  readonly token: string;
}

/** The token was accepted. */
export interface AuthSuccess {
  /** The identity the guest now has. */
  readonly guestId: string | null;
}

/** Something failed; see {@link HOST_ERRORS}. */
export interface HostError {
  readonly code: string;
}

/** Asks for a query to be routed to a target. */
export interface RouteQuery {
  readonly nonce: string;
  /** Who asks; null means the node. */
  readonly caller: string | null;
  /** Who is asked; null means the node. */
  readonly target: string | null;
  /** Query string, as in `user.info?name=alice`. */
  readonly query: string;
  /** Set of zones, see {@link ZONES}. */
  readonly zone: number;
  readonly filters: readonly string[];
}

/** The query was rejected. */
export interface QueryRejected {
  /** The service's own code, 0 to 255. */
  readonly code: number;
}

/** Asks for all queries to an identity. */
export interface RegisterService {
  readonly identity: string | null;
}

/** A query has come for a registered identity; it is to be attached or rejected within 5 s. */
export interface IncomingQuery {
  /** Nonce that {@link AttachQuery} and {@link RejectIncoming} refer to. */
  readonly queryId: string;
  readonly caller: string | null;
  readonly target: string | null;
  readonly query: string;
}

/** Takes an incoming query; the connection becomes its stream. */
export interface AttachQuery {
  readonly queryId: string;
}

/** Refuses an incoming query. */
export interface RejectIncoming {
  readonly queryId: string;
  readonly code: number;
}

/** Asks for queries to be sent to an address; hosts of July 2026 refuse it, the query of the same name replaced it. */
export interface RegisterHandler {
  readonly identity: string | null;
  /** Address as in `tcp:127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly authToken: string;
}

/** A query, as the node sends it to the address of a handler. */
export interface HandleQuery {
  /** The token that the handler was registered with: the only proof that the node sent this. */
  readonly ipcToken: string;
  readonly id: string;
  readonly caller: string | null;
  readonly target: string | null;
  readonly query: string;
}

/** Ties the handlers registered with a token to the life of the stream it is sent on. */
export interface Bind {
  readonly token: string;
}

/** A token for an identity. */
export interface AccessToken {
  readonly identity: string | null;
  readonly token: string;
  /** Nanoseconds since 1970. */
  readonly expiresAt: bigint;
}

/** The value of every type of object. */
export interface ObjectValues {
  "mod.apphost.host_info_msg": HostInfo;
  "mod.apphost.auth_token_msg": AuthToken;
  "mod.apphost.auth_success_msg": AuthSuccess;
  "mod.apphost.error_msg": HostError;
  "mod.apphost.route_query_msg": RouteQuery;
  "mod.apphost.query_accepted_msg": Empty;
  "mod.apphost.query_rejected_msg": QueryRejected;
  "mod.apphost.register_service_msg": RegisterService;
  "mod.apphost.incoming_query_msg": IncomingQuery;
  "mod.apphost.attach_query_msg": AttachQuery;
  "mod.apphost.reject_incoming_msg": RejectIncoming;
  "mod.apphost.register_handler_msg": RegisterHandler;
  "mod.apphost.handle_query_msg": HandleQuery;
  "mod.apphost.bind_msg": Bind;
  "mod.apphost.ping_msg": Empty;
  "apphost.access_token": AccessToken;
  "mod.dir.alias_map": AliasMap;
  "routing.op_spec": OperationSpec;
  /** Never sent as JSON, because nodes cannot read it there. */
  "astral.blueprint": Blueprint;
  /** Yes. */
  ack: Empty;
  /** End of a list of objects. */
  eos: Empty;
  nil: Empty;
  /** Text of an error; never sent as JSON, because a Go process that reads one dies. */
  error_message: string;
  string8: string;
  string16: string;
  string32: string;
  string64: string;
  bytes8: Uint8Array;
  bytes16: Uint8Array;
  bytes32: Uint8Array;
  bytes64: Uint8Array;
  uint8: number;
  uint16: number;
  uint32: number;
  uint64: bigint;
  int8: number;
  int16: number;
  int32: number;
  int64: bigint;
  bool: boolean;
  /** Nanoseconds since 1970. */
  time: bigint;
  /** Nanoseconds. */
  duration: bigint;
  /** 16 hex digits. */
  nonce64: string;
  /** Set of zones. */
  zone: number;
  /** 66 hex digits. */
  identity: string;
  /** What an object contains, as in `data1…`. */
  "object_id.sha256": string;
  /** Untyped bytes; JSON with an empty type is written, and cannot be read. */
  "": Uint8Array;
}

/** Name of a type of object. */
export type ObjectType = keyof ObjectValues;

/** A typed object, as in `{ type: "uint8", value: 7 }`. */
export type AstralObject = { [N in ObjectType]: { readonly type: N; readonly value: ObjectValues[N] } }[ObjectType];

const text = stringForm(u8);
const code = intForm(u8);
const identityField: FieldForm<string | null> = ["Identity", identityPointerForm];
const callerField: FieldForm<string | null> = ["Caller", identityPointerForm];
const targetField: FieldForm<string | null> = ["Target", identityPointerForm];
const queryField: FieldForm<string> = ["Query", stringForm(u16)];
const queryIdField: FieldForm<string> = ["QueryID", nonceForm];

/** Both encodings of every type of object, by type name. */
export const OBJECT_TYPES: { readonly [N in ObjectType]: ObjectForm<ObjectValues[N]> } = Object.freeze({
  "mod.apphost.host_info_msg": structForm<HostInfo>({ identity: identityField, alias: ["Alias", text] }),
  "mod.apphost.auth_token_msg": structForm<AuthToken>({ token: ["Token", text] }),
  "mod.apphost.auth_success_msg": structForm<AuthSuccess>({ guestId: ["GuestID", identityPointerForm] }),
  "mod.apphost.error_msg": structForm<HostError>({ code: ["Code", text] }),
  "mod.apphost.route_query_msg": structForm<RouteQuery>({
    nonce: ["Nonce", nonceForm],
    caller: callerField,
    target: targetField,
    query: queryField,
    zone: ["Zone", zoneForm],
    filters: ["Filters", sliceForm(text)],
  }),
  "mod.apphost.query_accepted_msg": emptyForm,
  "mod.apphost.query_rejected_msg": structForm<QueryRejected>({ code: ["Code", code] }),
  "mod.apphost.register_service_msg": structForm<RegisterService>({ identity: identityField }),
  "mod.apphost.incoming_query_msg": structForm<IncomingQuery>({
    queryId: queryIdField,
    caller: callerField,
    target: targetField,
    query: queryField,
  }),
  "mod.apphost.attach_query_msg": structForm<AttachQuery>({ queryId: queryIdField }),
  "mod.apphost.reject_incoming_msg": structForm<RejectIncoming>({ queryId: queryIdField, code: ["Code", code] }),
  "mod.apphost.register_handler_msg": structForm<RegisterHandler>({
    identity: identityField,
    endpoint: ["Endpoint", text],
    authToken: ["AuthToken", nonceForm],
  }),
  "mod.apphost.handle_query_msg": structForm<HandleQuery>({
    ipcToken: ["IPCToken", nonceForm],
    id: ["ID", nonceForm],
    caller: callerField,
    target: targetField,
    query: queryField,
  }),
  "mod.apphost.bind_msg": structForm<Bind>({ token: ["Token", nonceForm] }),
  "mod.apphost.ping_msg": emptyForm,
  "apphost.access_token": structForm<AccessToken>({
    identity: identityField,
    token: ["Token", text],
    expiresAt: ["ExpiresAt", timeForm],
  }),
  "mod.dir.alias_map": aliasMapForm,
  "routing.op_spec": operationSpecForm,
  "astral.blueprint": blueprintForm,
  ack: emptyForm,
  eos: emptyForm,
  nil: emptyForm,
  error_message: errorMessageForm,
  string8: stringForm(u8),
  string16: stringForm(u16),
  string32: stringForm(u32),
  string64: stringForm(u64),
  bytes8: bytesForm(bytes(u8)),
  bytes16: bytesForm(bytes(u16)),
  bytes32: bytesForm(bytes(u32)),
  bytes64: bytesForm(bytes(u64)),
  uint8: intForm(u8),
  uint16: intForm(u16),
  uint32: intForm(u32),
  uint64: uint64Form,
  int8: intForm(i8),
  int16: intForm(i16),
  int32: intForm(i32),
  int64: int64Form,
  bool: boolForm,
  time: timeForm,
  duration: int64Form,
  nonce64: nonceForm,
  zone: zoneForm,
  identity: identityForm,
  "object_id.sha256": objectIdForm,
  "": bytesForm(bytes(rest)),
});

/** Whether a name from outside is a type of the table. */
export function isObjectType(name: string): name is ObjectType {
  return Object.hasOwn(OBJECT_TYPES, name);
}

/** The codes of `mod.apphost.error_msg` that hosts of July 2026 send; others may follow. */
export const HOST_ERRORS: readonly string[] = Object.freeze([
  "auth_failed",
  "protocol_error",
  "route_not_found",
  "denied",
  "canceled",
  "timeout",
  "internal_error",
  "target_not_allowed",
]);

/**
 * The WebSocket sub-protocols of a host: frames as a byte stream in binary messages, or one JSON message in every text
 * message. A connection without either of them is closed with code 1008.
 */
export const WEBSOCKET_PROTOCOLS: Readonly<Record<"binary" | "json", string>> = Object.freeze({
  binary: "astral.binary.v1",
  json: "astral.json.v1",
});
