/**
 * Reads schemas, events and subscriptions: texts with the form of each number, msgpack with the type of each number.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { any, decodeMsgpackPrefix, type Head, pack, Packed, readHead } from "../../../codec/msgpack/mod.ts";
import type { PathStep } from "../../../codec/path.ts";
import { readText } from "../../../codec/text/mod.ts";
import { fail, type Subject } from "./fault.ts";
import { type Content, type ContentLike, Numeral } from "./value.ts";

/** Characters of a text, or bytes of msgpack: more than any schema needs. */
const SIZE_MAX = 1024 * 1024;

/** Arrays and objects inside each other. The originals nest at most five; a datagram has a few levels of its own. */
const DEPTH_MAX = 48;

/**
 * A schema, an event or a subscription, as it was given.
 *
 * @throws StorjError the code of the subject
 */
export function readContent(subject: Subject, given: ContentLike): Content {
  if (typeof given === "string") return readJson(subject, given);
  if (given instanceof Packed) return readPacked(subject, given);
  try {
    return readPacked(subject, pack(given));
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    fail(subject, [], `is not a value of msgpack: ${cause.message}`, cause);
  }
}

/** The strings and numbers of a text that is JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * Reads a text as Python does: of equal keys the last one counts, and half a surrogate pair is a character, which the codec's
 * `exactJson` refuses. Python's NaN and Infinity are refused here, too.
 */
function readJson(subject: Subject, text: string): Content {
  if (text.length > SIZE_MAX) fail(subject, [], `has ${text.length} characters, more than ${SIZE_MAX}`);
  let tagged: unknown;
  try {
    JSON.parse(text);
    // JSON.parse makes 5 of 5.0 and rounds integers. So numbers become texts, which a letter tells from the texts; keys
    // get it too, and none of them is `__proto__` or a number, which objects would move.
    tagged = JSON.parse(text.replace(TOKENS, (token) => token[0] === '"' ? `"s${token.slice(1)}` : `"n${token}"`));
  } catch (cause) {
    fail(subject, [], `is not JSON: ${(cause as Error).message}`, cause);
  }
  return untagged(subject, tagged, []);
}

function untagged(subject: Subject, value: unknown, path: PathStep[]): Content {
  if (typeof value === "string") {
    return value[0] === "s" ? value.slice(1) : numeralOf(subject, value.slice(1), path);
  }
  if (typeof value !== "object" || value === null) return value as boolean | null;
  if (path.length >= DEPTH_MAX) failDepth(subject, path);
  if (Array.isArray(value)) return value.map((item, index) => untagged(subject, item, [...path, index]));
  const entries = Object.entries(value);
  return new Map(entries.map(([key, item]) => {
    const name = key.slice(1);
    return [name, untagged(subject, item, [...path, name])];
  }));
}

function numeralOf(subject: Subject, text: string, path: readonly PathStep[]): Numeral {
  if (/^-?\d+$/.test(text)) return Numeral.int(text);
  return floatOf(subject, Number(text), path);
}

function floatOf(subject: Subject, value: number, path: readonly PathStep[]): Numeral {
  if (!Number.isFinite(value)) fail(subject, path, "is not a finite number");
  return Numeral.float(value);
}

function failDepth(subject: Subject, path: readonly PathStep[]): never {
  fail(subject, path, `is nested more than ${DEPTH_MAX} deep`);
}

function readPacked(subject: Subject, { bytes }: Packed): Content {
  if (bytes.length > SIZE_MAX) fail(subject, [], `has ${bytes.length} bytes, more than ${SIZE_MAX}`);
  let at = 0;

  function read(path: readonly PathStep[]): Content {
    const head = readHead(bytes, at, bytes.length) as Head;
    const { kind, body, size } = head;
    if (kind === "array" || kind === "map") {
      if (path.length >= DEPTH_MAX) failDepth(subject, path);
      at = body;
      return kind === "array" ? readList(size, path) : readMap(size, path);
    }
    if (kind === "str" || kind === "bin") return readString(path, head);
    const { value } = decodeMsgpackPrefix(any, bytes, at);
    at = body + size;
    if (kind === "int") return Numeral.int(String(value));
    if (kind === "float") return floatOf(subject, value as number, path);
    if (kind === "ext") fail(subject, path, "is an extension of msgpack, which JSON has no value for");
    return value as boolean | null;
  }

  /** Texts of Python 2 are bytes, unless they came from JSON. */
  function readString(path: readonly PathStep[], { body, size }: Head): string {
    const text = readText(bytes, body, body + size);
    if (text === undefined) fail(subject, path, "is bytes that are not a text");
    at = body + size;
    return text;
  }

  function readList(count: number, path: readonly PathStep[]): Content[] {
    const items: Content[] = [];
    for (let index = 0; index < count; index++) items.push(read([...path, index]));
    return items;
  }

  function readMap(count: number, path: readonly PathStep[]): Map<string, Content> {
    const map = new Map<string, Content>();
    for (let pair = 0; pair < count; pair++) {
      const head = readHead(bytes, at, bytes.length) as Head;
      if (head.kind !== "str" && head.kind !== "bin") fail(subject, path, "has a key that is not a text");
      const key = readString(path, head);
      map.set(key, read([...path, key]));
    }
    return map;
  }

  return read([]);
}
