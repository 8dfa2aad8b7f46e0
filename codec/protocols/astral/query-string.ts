/**
 * Query strings of apphost 2026: `path?key=value&key2=value2`, escaped as the parameters of a URL.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
import { show, textBytes } from "../../text/mod.ts";

/** A query string in parts. */
export interface Query {
  /** What stands before the question mark; neither escaped nor unescaped. */
  readonly path: string;
  /** Parameters in the order in which they stand. */
  readonly params: ReadonlyMap<string, string>;
}

/** Longest query string in bytes: a query message carries its length in 16 bits. */
export const QUERY_BYTES_MAX = 65_535;

/** Parameters that a query string may have, repeated and invalid ones included; no operation takes more than a few. */
export const QUERY_PARAMS_MAX = 1_000;

/**
 * The parts of a query string, as the node reads it: the first value of a repeated key counts, a parameter without `=` is
 * the empty text, and one with an invalid escape or a `;` is left out, and so is one that is not UTF-8.
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

/** The text behind the escapes, or undefined when there is none. */
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

/** The order of UTF-8 bytes, in which surrogates stand above all other units. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
