/**
 * What parameters of calls can be, and what calls answer: how they are read, how OpenRPC describes them, and their types.
 *
 * @module
 */

import { isIP } from "node:net";
import { CodecError, parseHex } from "../../../codec/mod.ts";
import { type ExactJson, JsonNumber } from "../../../codec/json/mod.ts";
import { type Packed, packJson } from "../../../codec/msgpack/mod.ts";
import { joinPath } from "../../../codec/path.ts";
import { ParamsError } from "../errors.ts";
import { jsonText } from "../values.ts";

/** A schema of JSON Schema, draft 7. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a parameter can be. */
export interface Kind<V> {
  /** Its type in TypeScript. */
  readonly type: string;
  readonly schema: JsonSchema;
  /** Throws ParamsError for another value. */
  read(json: ExactJson, path: string): V;
}

/** What a call answers. */
export interface Result {
  /** Its type in TypeScript. */
  readonly type: string;
  readonly schema: JsonSchema;
  readonly about: string;
}

const BYTES: JsonSchema = {
  type: "object",
  properties: { hex: { type: "string", pattern: "^([0-9a-fA-F]{2})*$" } },
  required: ["hex"],
  additionalProperties: false,
};

/** Reads with an expectation in words. */
function kind<V>(
  type: string,
  schema: JsonSchema,
  expected: string,
  read: (json: ExactJson) => V | undefined,
): Kind<V> {
  return {
    type,
    schema,
    read(json, path) {
      const value = read(json);
      if (value === undefined) throw new ParamsError(path, `Expected ${expected}, not ${shown(json)}`);
      return value;
    },
  };
}

/** A value as part of a message: of long ones the beginning. */
function shown(json: ExactJson): string {
  const text = jsonText(json);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** Any value of JSON, as it is sent and stored. */
export const VALUE: Kind<Packed> = {
  type: "JsonValue",
  schema: {},
  read(json, path) {
    try {
      return packJson(json);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new ParamsError(joinPath(path, error.path), error.reason);
    }
  },
};

/** A number that is a safe integer. */
function integerOf(json: ExactJson): number | undefined {
  if (!(json instanceof JsonNumber) || !json.isInteger) return undefined;
  const value = Number(json.text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A key of the hash table, or a topic: integers are the same as their digits. */
export const KEY: Kind<string | Uint8Array> = kind(
  "Key",
  { anyOf: [{ type: "string" }, { type: "integer" }, BYTES] },
  'a text, an integer or {"hex":"…"}',
  (json) => {
    if (typeof json === "string") return json;
    if (json instanceof JsonNumber) return json.isInteger ? json.text.replace(/^-0$/, "0") : undefined;
    return bytesOf(json);
  },
);

function bytesOf(json: ExactJson): Uint8Array | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json) || json instanceof JsonNumber) return undefined;
  return Object.keys(json).length === 1 && Object.hasOwn(json, "hex") ? hexOf(json.hex) : undefined;
}

function hexOf(json: ExactJson): Uint8Array | undefined {
  if (typeof json !== "string" || json.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(json)) return undefined;
  return parseHex(json);
}

/** A text. */
export const TEXT: Kind<string> = kind(
  "string",
  { type: "string" },
  "a text",
  (json) => typeof json === "string" ? json : undefined,
);

/** What the original program calls the id of a node. */
export const HEXNODEID = { otherNames: ["hexnodeid"] };

/** The id of a node in examples: that of the README. */
export const EXAMPLE_ID = "297249e6cf8cd7bec1a151c221d35b80bfc6417f";

/** The id of a node; whether it is one, the node says. */
export const NODE_ID: Kind<string> = { ...TEXT, schema: { type: "string", pattern: "^[0-9a-fA-F]{40}$" } };

/** The id of a stream; whether it is one, the node says. */
export const STREAM_ID: Kind<string> = { ...TEXT, schema: { type: "string", pattern: "^[0-9a-fA-F]{64}$" } };

/** Bytes as hex digits. */
export const HEX: Kind<Uint8Array> = kind(
  "string",
  { type: "string", pattern: "^([0-9a-fA-F]{2})*$" },
  "hex digits, two for each byte",
  hexOf,
);

/** True or false. */
export const FLAG: Kind<boolean> = kind(
  "boolean",
  { type: "boolean" },
  "true or false",
  (json) => typeof json === "boolean" ? json : undefined,
);

/** An integer; those below zero mean zero, as for the original program. */
export const SIZE: Kind<number> = kind("number", { type: "integer" }, "an integer", integerOf);

/** An integer from a bound to another one. */
export function integer(minimum: number, maximum: number): Kind<number> {
  return kind("number", { type: "integer", minimum, maximum }, `an integer from ${minimum} to ${maximum}`, (json) => {
    const value = integerOf(json);
    return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
  });
}

/** A number from 0. */
export const DURATION: Kind<number> = kind("number", { type: "number", minimum: 0 }, "a number from 0", (json) => {
  const value = json instanceof JsonNumber ? Number(json.text) : NaN;
  return value >= 0 && value < Infinity ? value : undefined;
});

/** An IP address. */
export const IP: Kind<string> = kind(
  "string",
  { type: "string" },
  "an IP address",
  (json) => typeof json === "string" && isIP(json) !== 0 ? json : undefined,
);

/** A port. */
export const PORT: Kind<number> = integer(1, 65_535);

/**
 * A schema, an event or a subscription: an object, or the text of its JSON. Nodes get the text: content is what JSON can
 * say, so that `{"hex":"…"}` is an object there and no bytes, and numbers of schemas may have any size.
 */
export const CONTENT: Kind<string> = {
  type: "Content",
  schema: { anyOf: [{ type: "object" }, { type: "string" }] },
  read(json, path) {
    if (typeof json === "string") return json;
    if (typeof json === "object" && json !== null && !Array.isArray(json) && !(json instanceof JsonNumber)) {
      return jsonText(json);
    }
    throw new ParamsError(path, `Expected an object, or the text of its JSON, not ${shown(json)}`);
  },
};

/** Several of a kind. */
export function listOf<V>(item: Kind<V>): Kind<V[]> {
  return {
    type: `readonly ${item.type}[]`,
    schema: { type: "array", items: item.schema },
    read(json, path) {
      if (!Array.isArray(json)) throw new ParamsError(path, `Expected an array, not ${shown(json)}`);
      return json.map((one, index) => item.read(one, `${path}[${index}]`));
    },
  };
}

/** Says what a call answers. */
export function answers(type: string, schema: JsonSchema, about: string): Result {
  return Object.freeze({ type, schema, about });
}

/** Schemas of answers. */
export const BOOLEAN: JsonSchema = { type: "boolean" };
/** Null. */
export const NULL: JsonSchema = { type: "null" };
/** 40 hex digits. */
export const NODE_ID_TEXT: JsonSchema = { type: "string", pattern: "^[0-9a-f]{40}$" };
/** 64 hex digits. */
export const STREAM_ID_TEXT: JsonSchema = { type: "string", pattern: "^[0-9a-f]{64}$" };
/** An IP address and a port. */
export const PLACE: JsonSchema = tuple({ type: "string" }, { type: "integer" });

/** An array of these, in this order. */
export function tuple(...items: readonly JsonSchema[]): JsonSchema {
  return { type: "array", items, minItems: items.length, maxItems: items.length };
}

/** One of these. */
export function anyOf(...schemas: readonly JsonSchema[]): JsonSchema {
  return { anyOf: schemas };
}

/** An array. */
export function arrayOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** An object with any keys. */
export function recordOf(additionalProperties: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties };
}

/** An object with these keys at least. */
export function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties) };
}
