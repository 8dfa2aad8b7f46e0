/**
 * Values as JSON: byte strings are `{"hex":"…"}`, msgpack values that stay packed `{"packed":"…"}`, bigints decimal
 * strings.
 *
 * @module
 */

import { CodecError, formatHex, type Node, parseHex } from "../../../codec/mod.ts";
import { Packed } from "../../../codec/msgpack/mod.ts";
import type { Arguments, Streams } from "../command.ts";

/** A value in its JSON form, ready for `JSON.stringify`. */
export function toJson(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return { hex: formatHex(value) };
  if (value instanceof Packed) return { packed: formatHex(value.bytes) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part)]));
}

/** What a terminal could obey, or a person could not see: controls, directions, separators, invisible characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as JSON text on one line, harmless for a terminal and still the same JSON. */
export function jsonLine(value: unknown): string {
  return escapeJson(JSON.stringify(toJson(value)));
}

/** JSON text, harmless for a terminal and still the same JSON. */
export function escapeJson(text: string): string {
  return text.replace(UNSAFE, escapeUnits);
}

/** Prints a value on one line: as JSON where `--json` is given, otherwise as a text. */
export function printValue(
  args: Arguments,
  { out }: Streams,
  value: Readonly<Record<string, unknown>>,
  text: string,
): void {
  out(`${args.options.json === true ? jsonLine(value) : text}\n`);
}

/** JSON escapes of the UTF-16 units of a character: one or two. */
function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}

/**
 * Parses JSON text.
 *
 * @throws CodecError `syntax`
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodecError("syntax", `Text is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The value of a JSON form, as the schema needs it. What the schema does not expect is left as it is, so
 * that encoding says what is wrong with it.
 */
export function fromJson(node: Node, json: unknown): unknown {
  switch (node.kind) {
    case "int":
      return node.big ? fromDecimal(json) : json;
    case "float":
      return json === "NaN" || json === "Infinity" || json === "-Infinity" ? Number(json) : json;
    case "bytes":
    case "map":
    case "extension":
      return fromHex(json);
    case "array":
      return Array.isArray(json) ? json.map((item) => fromJson(node.item, item)) : json;
    case "tuple": {
      const items = node.items.filter((item) => item.kind !== "literal");
      return Array.isArray(json)
        ? json.map((item, index) => index < items.length ? fromJson(items[index], item) : item)
        : json;
    }
    case "struct":
      return fields(node.fields, json);
    case "union": {
      const name = (json as Record<string, unknown> | null)?.[node.key];
      const found = node.cases.find((one) => one.name === name);
      return found === undefined ? json : fields(found.schema.fields, json);
    }
    case "optional":
      return json === null || json === undefined ? json : fromJson(node.schema, json);
    case "lazy":
      return fromJson(node.get(), json);
    default:
      return "schema" in node ? fromJson(node.schema, json) : json;
  }
}

function fields(list: readonly { readonly name: string; readonly schema: Node }[], json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const value: Record<string, unknown> = { ...json };
  for (const { name, schema } of list) {
    if (Object.hasOwn(value, name)) value[name] = fromJson(schema, value[name]);
  }
  return value;
}

function fromDecimal(json: unknown): unknown {
  if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) return BigInt(json);
  return Number.isSafeInteger(json) ? BigInt(json as number) : json;
}

/** Byte strings at any depth. */
function fromHex(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromHex);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json);
  if (entries.length === 1 && entries[0][0] === "packed" && typeof entries[0][1] === "string") {
    return new Packed(parseHex(entries[0][1]));
  }
  if (entries.length === 1 && entries[0][0] === "hex" && typeof entries[0][1] === "string") {
    return parseHex(entries[0][1]);
  }
  return Object.fromEntries(entries.map(([key, part]) => [key, fromHex(part)]));
}
