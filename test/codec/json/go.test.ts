// What Go's encoding/json did with many inputs, against this implementation of it.

import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/error.ts";
import {
  decodeJson,
  jsonAny,
  jsonArray,
  jsonBool,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  jsonObject,
  jsonOptional,
  jsonScanner,
  type JsonShape,
  jsonString,
  jsonText,
  jsonUint32,
} from "../../../codec/json/mod.ts";
import { fixture } from "../../fixture.ts";

interface Row {
  readonly name?: string;
  readonly type: string;
  readonly in?: string;
  readonly inHex?: string;
  readonly error?: "syntax" | "end" | "type";
  readonly offset?: number;
  readonly value?: unknown;
  readonly out?: string;
}

interface StreamRow {
  readonly in?: string;
  readonly inHex?: string;
  readonly ends: readonly number[];
  readonly then: "end" | "inside" | "syntax";
}

const vectors = fixture("json-go-vectors.json") as {
  readonly documents: readonly Row[];
  readonly mutations: readonly Row[];
  readonly streams: readonly StreamRow[];
  readonly texts: readonly { readonly text: string; readonly out: string }[];
  readonly floats: readonly { readonly bits: string; readonly out: string }[];
  readonly codePoints: { readonly sha256: string };
};
const rows = [...vectors.documents, ...vectors.mutations];

/** The Go types of the rows; `int64` is the shape for all 64-bit fields. */
function shapesWith(int64: JsonShape<number> | JsonShape<bigint>, int: JsonShape): Readonly<Record<string, JsonShape>> {
  const Peer = jsonObject({ Id: jsonString, Alias: jsonString, Mod: jsonString });
  const Info = jsonObject({
    Uri: jsonString,
    Path: jsonString,
    Size: int64 as JsonShape,
    IsDir: jsonBool,
    Perm: jsonUint32,
    Mime: jsonString,
    Name: jsonString,
  });
  const status = {
    Id: jsonString,
    In: jsonBool,
    Status: jsonString,
    Index: int,
    Progress: int64 as JsonShape,
    Update: int64 as JsonShape,
  };
  const Offer = jsonObject({ ...status, Create: int64 as JsonShape, Peer: jsonString, Files: jsonArray(Info) });
  const Inner = jsonObject({ A: jsonString, L: jsonArray(jsonObject({ B: jsonString, N: int64 as JsonShape })) });
  const Nested = jsonObject({
    Mask: jsonString,
    In: Inner,
    M: jsonArray(jsonArray(jsonString)),
    "k-1<": jsonUint32,
    // Go leaves a false one out: what is false is therefore undefined in what is compared here.
    other: jsonOptional(jsonBool),
  });
  return {
    Peer,
    Info,
    OfferStatus: jsonObject(status),
    Offer,
    Nested,
    "[]Peer": jsonArray(Peer),
    "[]Info": jsonArray(Info),
    "[]Offer": jsonArray(Offer),
    "[]string": jsonArray(jsonString),
    any: jsonAny,
  };
}

const BIG = shapesWith(jsonInt64Big, jsonInt64Big);
const NUMBER = shapesWith(jsonInt64, jsonInt);

function bytesOf(row: { readonly in?: string; readonly inHex?: string }): Uint8Array {
  if (row.in !== undefined) return new TextEncoder().encode(row.in);
  return Uint8Array.from(row.inHex!.match(/../g) ?? [], (hex) => parseInt(hex, 16));
}

function nameOf(row: Row): string {
  return `${row.name ?? "mutation"} (${row.type} ${row.in ?? row.inHex})`;
}

/** The CodecError that a function throws; anything else that happens fails the test. */
function errorOf(run: () => unknown, name: string): CodecError {
  let value;
  try {
    value = run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error(`No error but ${String(value)}: ${name}`);
}

/** A value as text with sorted keys: comparing objects would stumble over keys such as "constructor". */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.sort().join()}}`;
}

/** A value as the rows have it; `false` under "other" is what Go leaves out. */
function plain(value: unknown, type: string): unknown {
  if (typeof value === "bigint" || typeof value === "number") {
    if (type === "any") return { float64: bitsOf(Number(value)) };
    return Number.isSafeInteger(Number(value)) ? Number(value) : { int64: String(value) };
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, type));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, item]) => type !== "Nested" || key !== "other" || item !== false);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, type)]));
}

/** A value as Go would write it: no bigints in values of any shape, nothing that Go leaves out. */
function writable(value: unknown, type: string): unknown {
  if (typeof value === "bigint" && type === "any") return Number(value);
  if (Array.isArray(value)) return value.map((item) => writable(item, type));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) => type !== "Nested" || key !== "other" || item !== false);
  const copy = Object.create(type === "any" ? null : Object.prototype);
  for (const [key, item] of kept) copy[key] = writable(item, type);
  return copy;
}

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** Where a scanner says the value ends, given the bytes in pieces: an offset, or the error it throws. */
function scanned(bytes: Uint8Array, cuts: readonly number[]): number | CodecError {
  const scanner = jsonScanner();
  try {
    let start = 0;
    for (const cut of [...cuts, bytes.length]) {
      const end = scanner.push(bytes, start, cut);
      if (end !== -1) return end;
      start = cut;
    }
    return scanner.finish();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

const test = suite("json: as Go does");

test("accepted documents: value and writing, 64-bit integers as bigints", () => {
  for (const row of rows.filter((row) => row.error === undefined)) {
    const value = decodeJson(BIG[row.type], bytesOf(row));
    assert.is(canonical(plain(value, row.type)), canonical(row.value), nameOf(row));
    assert.is(jsonText(BIG[row.type], writable(value, row.type)), row.out, nameOf(row));
  }
});

test("accepted documents: the same as numbers, or a range error where a number would be another one", () => {
  let unsafe = 0;
  for (const row of rows.filter((row) => row.error === undefined && row.type !== "any")) {
    if (JSON.stringify(row.value).includes('"int64":')) {
      unsafe++;
      assert.is(errorOf(() => decodeJson(NUMBER[row.type], bytesOf(row)), nameOf(row)).code, "range", nameOf(row));
      continue;
    }
    const value = decodeJson(NUMBER[row.type], bytesOf(row));
    assert.is(canonical(plain(value, row.type)), canonical(row.value), nameOf(row));
    assert.is(jsonText(NUMBER[row.type], writable(value, row.type)), row.out, nameOf(row));
  }
  assert.ok(unsafe > 3);
});

test("accepted documents: written ones are read again as the same value", () => {
  for (const row of rows.filter((row) => row.error === undefined && row.type !== "any")) {
    const value = decodeJson(BIG[row.type], bytesOf({ in: row.out! }));
    assert.is(canonical(plain(value, row.type)), canonical(row.value), nameOf(row));
  }
});

test("refused documents are refused, with a code that fits Go's error", () => {
  for (const row of rows.filter((row) => row.error !== undefined)) {
    const { code } = errorOf(() => decodeJson(BIG[row.type], bytesOf(row)), nameOf(row));
    // Where Go first looks for errors of syntax, here the first error of any kind counts.
    const codes = {
      type: ["json", "range"],
      end: ["truncated", "json", "range"],
      syntax: ["json", "trailing", "range"],
    };
    assert.ok(codes[row.error!].includes(code), `${code}: ${nameOf(row)}`);
  }
});

test("errors of syntax are found at the byte where Go finds them", () => {
  for (const row of rows.filter((row) => row.error === "syntax" || row.error === "end")) {
    const error = errorOf(() => decodeJson(jsonAny, bytesOf(row)), nameOf(row));
    if (error.code === "range") continue;
    const at = row.error === "end" ? row.offset! : row.offset! - 1;
    assert.is(error.offset, at, nameOf(row));
    assert.is(error.code === "truncated", row.error === "end", nameOf(row));
  }
});

test("scanner: the end, or the error at Go's byte, in one piece and cut at every byte", () => {
  for (const row of rows) {
    const bytes = bytesOf(row);
    const whole = scanned(bytes, []);
    checkScanned(row, whole);
    const everyByte = Array.from(bytes, (_, index) => index);
    for (const cuts of [...everyByte.map((cut) => [cut]), everyByte]) {
      const cut = scanned(bytes, cuts);
      if (typeof whole === "number") assert.is(cut, whole, nameOf(row));
      else assert.is((cut as CodecError).message, whole.message, nameOf(row));
    }
  }
});

function checkScanned(row: Row, whole: number | CodecError): void {
  const name = nameOf(row);
  const text = Array.from(bytesOf(row), (byte) => String.fromCharCode(byte)).join("");
  if (typeof whole !== "number") {
    assert.ok(row.error === "syntax" || row.error === "end", name);
    assert.is(whole.code, row.error === "end" ? "truncated" : "json", name);
    assert.is(whole.offset, row.error === "end" ? row.offset : row.offset! - 1, name);
  } else if (row.error === "syntax") {
    // Something stands behind the value.
    assert.match(text.slice(whole), /^[ \t\r\n]*[^ \t\r\n]/, name);
    assert.is(text.slice(whole).search(/[^ \t\r\n]/) + whole, row.offset! - 1, name);
  } else {
    assert.is.not(row.error, "end", name);
    assert.match(text.slice(whole), /^[ \t\r\n]*$/, name);
  }
}

test("scanner: one value after another, as Go's Decoder", () => {
  for (const row of vectors.streams) {
    const bytes = bytesOf(row);
    const name = row.in ?? row.inHex!;
    const ends: number[] = [];
    let start = 0;
    let last: number | CodecError;
    for (;;) {
      last = scanned(bytes.subarray(start), []);
      if (typeof last !== "number") break;
      start += last;
      ends.push(start);
    }
    assert.equal(ends, row.ends, name);
    const left = bytes.subarray(start).some((byte) => ![0x20, 0x0a, 0x0d, 0x09].includes(byte));
    assert.is(last.code === "truncated" ? (left ? "inside" : "end") : "syntax", row.then, name);
  }
});

test("strings and floats are written as Go writes them", () => {
  for (const { text, out } of vectors.texts) assert.is(jsonText(jsonString, text), out);
  for (const { bits, out } of vectors.floats) {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(`0x${bits}`));
    assert.is(jsonText(jsonAny, view.getFloat64(0)), out, bits);
  }
});

test("every code point is written as Go writes it", () => {
  const hash = createHash("sha256");
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point < 0xd800 || point > 0xdfff) hash.update(jsonText(jsonString, String.fromCodePoint(point)) + "\n");
  }
  assert.is(hash.digest("hex"), vectors.codePoints.sha256);
});

test.run();
