/**
 * What a query of apphost 2026 consists of: the query string `path?key=value&key2=value2`, escaped as the parameters of
 * a URL; the nonce that identifies it; the zones that it may be routed to.
 *
 * @module
 */

import { bytes, CodecError, formatHex, map, parseHex, type Schema } from "../../mod.ts";
import { compareCodePoints } from "../../key-order.ts";
import { show, textBytes } from "../../text/mod.ts";

/** A query string in parts. */
export interface Query {
  /** What is before the question mark; neither escaped nor unescaped. */
  readonly path: string;
  /** Parameters in the order in which they stand. */
  readonly params: ReadonlyMap<string, string>;
}

/** Longest query string in bytes: a query message carries its length in 16 bits. */
export const QUERY_BYTES_MAX = 65_535;

/** Parameters that a query string may have, repeated and invalid ones included; no operation takes more than a few. */
export const QUERY_PARAMS_MAX = 1_000;

/**
 * The parts of a query string, as the node reads it: the first value of a repeated key counts, a parameter without `=`
 * is the empty text, and one with an invalid escape or a `;` is left out, and so is one that is not UTF-8.
 *
 * ```ts
 * import { parseQuery } from "warpwire/protocols/astral";
 *
 * const { path, params } = parseQuery("user.info?name=al+ice%26x&flag");
 * console.log(path, params.get("name"), params.get("flag")); // user.info al ice&x
 * ```
 *
 * @throws CodecError `limit`
 */
export function parseQuery(text: string): Query {
  checkBytes(text.length);
  const mark = text.indexOf("?");
  if (mark === -1) return { path: text, params: new Map() };
  const params = new Map<string, string>();
  const parts = text.slice(mark + 1).split("&", QUERY_PARAMS_MAX + 1);
  checkCount(parts.length);
  for (const part of parts) {
    if (part === "" || part.includes(";")) continue;
    const equals = part.indexOf("=");
    const key = unescapePart(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? "" : unescapePart(part.slice(equals + 1));
    if (key !== undefined && value !== undefined && !params.has(key)) params.set(key, value);
  }
  return { path: text.slice(0, mark), params };
}

/**
 * The query string of a path and parameters, with the keys in the order of their UTF-8 bytes.
 *
 * ```ts
 * import { formatQuery } from "warpwire/protocols/astral";
 *
 * console.log(formatQuery("user.info", { out: "json", name: "a b&c" })); // user.info?name=a+b%26c&out=json
 * ```
 *
 * @throws CodecError `syntax` for a path with a question mark, `utf8` for a lone surrogate, `limit`
 */
export function formatQuery(
  path: string,
  params: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): string {
  if (path.includes("?")) {
    throw new CodecError("syntax", `Cannot write ${show(path)} as a path: it has a question mark`);
  }
  checkText(path);
  const entries: [string, string][] = isMap(params) ? [...params] : Object.entries(params);
  checkCount(entries.length);
  entries.sort(([a], [b]) => compareCodePoints(a, b));
  const query = entries.map(([key, value]) => `${escapePart(key)}=${escapePart(value)}`).join("&");
  const text = query === "" ? path : `${path}?${query}`;
  checkBytes(textBytes(text)!.length);
  return text;
}

/**
 * A query string with `in=json` and `out=json` added where these parameters are missing, as nodes do for guests that
 * speak JSON. What the text has already stays as it is.
 */
export function withJsonFormat(text: string): string {
  const { params } = parseQuery(text);
  const added = ["in", "out"].filter((key) => !params.has(key)).map((key) => `${key}=json`).join("&");
  if (added === "") return text;
  const glue = !text.includes("?") ? "?" : /[?&]$/.test(text) ? "" : "&";
  return text + glue + added;
}

function isMap(params: ReadonlyMap<string, string> | Readonly<Record<string, string>>): params is ReadonlyMap<
  string,
  string
> {
  return params instanceof Map;
}

const BAD_ESCAPE = /%(?![0-9a-f]{2})/i;

/** The text after the escapes, or undefined when there is none. */
function unescapePart(part: string): string | undefined {
  if (BAD_ESCAPE.test(part)) return undefined;
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    // The escapes are well-formed, the bytes they stand for are not UTF-8.
    return undefined;
  }
}

/** Letters, digits and `-_.~` stay, a space becomes a plus, every other byte an escape (Go, net/url QueryEscape). */
function escapePart(part: string): string {
  checkText(part);
  return encodeURIComponent(part)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function checkText(text: string): void {
  if (textBytes(text) === undefined) {
    throw new CodecError("utf8", `Cannot write ${show(text)}: it has a lone surrogate`);
  }
}

function checkBytes(bytes: number): void {
  if (bytes <= QUERY_BYTES_MAX) return;
  throw new CodecError("limit", `Query string is longer than ${QUERY_BYTES_MAX} bytes`, {
    context: { bytesMax: QUERY_BYTES_MAX },
  });
}

function checkCount(count: number): void {
  if (count <= QUERY_PARAMS_MAX) return;
  throw new CodecError("limit", `Query string has more than ${QUERY_PARAMS_MAX} parameters`, {
    context: { paramsMax: QUERY_PARAMS_MAX },
  });
}

/**
 * The nonce (64 random bits that identify a query, or stand for a token) whose bits are all zero, which stands for
 * "none".
 */
export const ZERO_NONCE = "0000000000000000";

const NONCE = /^[0-9a-f]{16}$/;

/** 8 bytes seen as 16 lower-case hex digits. */
export const nonce64: Schema<string> = map(bytes(8), { name: "nonce64", decode: formatHex, encode: nonceBytes });

/**
 * The nonce that a text means: 1 to 16 hex digits of either case, as JSON leaves leading zeros out.
 *
 * @throws CodecError `syntax`
 */
export function parseNonce(text: string): string {
  if (!/^[0-9a-f]{1,16}$/i.test(text)) {
    throw new CodecError("syntax", `Cannot read ${show(text)} as a nonce: it must be 1 to 16 hex digits`);
  }
  return text.toLowerCase().padStart(16, "0");
}

/** A nonce as JSON and error messages of the node write it: without leading zeros, `0` for zero. */
export function formatNonce(nonce: string): string {
  return nonce.replace(/^0{1,15}/, "");
}

function nonceBytes(text: string): Uint8Array {
  if (typeof text !== "string" || !NONCE.test(text)) {
    throw new CodecError("syntax", `Cannot write ${show(text)} as a nonce: it must be 16 lower-case hex digits`);
  }
  return parseHex(text);
}

/** The bit of every zone; a node takes `network` away from guests that did not authenticate. */
export const ZONES: Readonly<Record<"device" | "virtual" | "network", number>> = Object.freeze({
  device: 1,
  virtual: 2,
  network: 4,
});

/** All zones, what both official clients ask for. */
export const ALL_ZONES = 7;

/** The letters of JSON in the order in which they are written. */
const LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ["d", ZONES.device],
  ["v", ZONES.virtual],
  ["n", ZONES.network],
];

/**
 * The letters of a set of zones: 7 is `dvn`, 1 is `d`, 0 is the empty text.
 *
 * @throws CodecError `range` for a bit that has no letter
 */
export function formatZone(zone: number): string {
  if (!Number.isInteger(zone) || zone < 0 || zone > ALL_ZONES) {
    throw new CodecError("range", `Cannot write zone ${zone} in letters: only the bits of 0 to ${ALL_ZONES} have one`);
  }
  return LETTERS.filter(([, bit]) => (zone & bit) !== 0).map(([letter]) => letter).join("");
}

/**
 * The set of zones that letters stand for, in any order.
 *
 * @throws CodecError `syntax` for any other letter
 */
export function parseZone(text: string): number {
  let zone = 0;
  for (const letter of text) {
    const bit = LETTERS.find(([known]) => known === letter)?.[1];
    if (bit === undefined) {
      throw new CodecError("syntax", `Cannot read ${JSON.stringify(letter)} as a zone: the letters are d, v and n`);
    }
    zone |= bit;
  }
  return zone;
}
