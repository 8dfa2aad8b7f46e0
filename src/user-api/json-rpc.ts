/**
 * JSON-RPC 2.0: what requests are, and the texts of answers.
 *
 * @module
 */

import { CodecError } from "../../codec/mod.ts";
import { type ExactJson, exactJson, type JsonLimits, JsonNumber } from "../../codec/json/mod.ts";
import { INVALID_REQUEST, PARSE_ERROR } from "./errors.ts";
import { jsonText } from "./values.ts";
import type { ErrorObject } from "./wire.ts";

/** Bounds on a request; values within have at most 64 levels. */
export const REQUEST_LIMITS: JsonLimits = Object.freeze({ bytesMax: 1024 * 1024, depthMax: 100, countMax: 250_000 });
/** The calls of a batch. */
export const BATCH_MAX = 100;

/** Who an answer is for: whatever the caller has chosen, as it has written it. */
export type RequestId = string | JsonNumber | null;

/** A request. */
export interface Request {
  /** Undefined for a notification, which nobody answers. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: ExactJson | undefined;
}

/** What a text asks for: requests, or the errors that stand for them. */
export interface Asked {
  readonly isBatch: boolean;
  readonly requests: readonly (Request | Refused)[];
}

/** What is no request. */
export interface Refused {
  readonly id: null;
  readonly error: ErrorObject;
}

/** Reads a text, which may be anything. */
export function readRequests(text: string | Uint8Array): Asked {
  let json: ExactJson;
  try {
    json = exactJson(text, REQUEST_LIMITS);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { message, code: reason, offset } = error;
    return alone(refused(PARSE_ERROR, message, { reason, offset }));
  }
  if (!Array.isArray(json)) return alone(requestOf(json));
  if (json.length === 0) return alone(refused(INVALID_REQUEST, "The batch is empty"));
  if (json.length > BATCH_MAX) {
    return alone(
      refused(INVALID_REQUEST, `The batch has ${json.length} requests, and at most ${BATCH_MAX} are answered`),
    );
  }
  return { isBatch: true, requests: json.map(requestOf) };
}

function alone(request: Request | Refused): Asked {
  return { isBatch: false, requests: [request] };
}

function refused(code: number, message: string, data?: ErrorObject["data"]): Refused {
  return {
    id: null,
    error: { code, message, data: { name: code === PARSE_ERROR ? "ParseError" : "InvalidRequest", ...data } },
  };
}

function requestOf(json: ExactJson): Request | Refused {
  if (typeof json !== "object" || json === null || Array.isArray(json) || json instanceof JsonNumber) {
    return refused(INVALID_REQUEST, "A request is an object");
  }
  const { jsonrpc, id, method, params } = json;
  if (jsonrpc !== "2.0") return refused(INVALID_REQUEST, 'A request has "jsonrpc": "2.0"');
  if (typeof method !== "string") return refused(INVALID_REQUEST, "The method of a request is a text");
  if (id !== undefined && id !== null && typeof id !== "string" && !(id instanceof JsonNumber)) {
    return refused(INVALID_REQUEST, "The id of a request is a text, a number or null");
  }
  return { id, method, params };
}

/** The text of an answer. */
export function answerText(
  id: RequestId,
  outcome: { readonly result: string } | { readonly error: ErrorObject },
): string {
  const [name, text] = "result" in outcome ? ["result", outcome.result] : ["error", jsonText(outcome.error)];
  return `{"jsonrpc":"2.0","${name}":${text},"id":${jsonText(id)}}`;
}

/** The text of a notification. */
export function notificationText(method: string, params: unknown): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${jsonText(params)}}`;
}
