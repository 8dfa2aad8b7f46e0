import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../../codec/error.ts";
import {
  encodeJson,
  jsonAny,
  jsonArray,
  jsonBool,
  jsonInt64,
  jsonInt64Big,
  type JsonLimits,
  jsonObject,
  jsonOptional,
  type JsonShape,
  jsonString,
  jsonText,
  jsonUint32,
} from "../../../codec/json/mod.ts";

const Info = jsonObject({ Uri: jsonString, Size: jsonInt64, IsDir: jsonBool, Perm: jsonUint32 });
const Offer = jsonObject({ Id: jsonString, Files: jsonArray(Info), Hash: jsonOptional(jsonString) });
const info = { Uri: "a", Size: 1, IsDir: false, Perm: 420 };

/** The text of a value that need not be of the right type. */
function write(shape: JsonShape, value: unknown, limits?: Partial<JsonLimits>): string {
  return jsonText(shape, value, limits);
}

function throws(run: () => unknown, code: CodecErrorCode, path: string): void {
  assert.throws(run, (error: unknown) => {
    if (!(error instanceof CodecError)) throw error;
    assert.equal([error.code, error.path], [code, path], error.message);
    return true;
  });
}

const test = suite("json encode");

test("fields in the order of the shape, optional ones only where there is a value", () => {
  const value = { Files: [{ Perm: 1, IsDir: true, Size: 2, Uri: "u" }], Id: "i" };
  assert.is(jsonText(Offer, value), '{"Id":"i","Files":[{"Uri":"u","Size":2,"IsDir":true,"Perm":1}]}');
  assert.is(jsonText(Offer, { Id: "", Files: null, Hash: undefined }), '{"Id":"","Files":null}');
  assert.is(jsonText(Offer, { Id: "", Files: [], Hash: "" }), '{"Id":"","Files":[],"Hash":""}');
});

test("bytes are the text in UTF-8", () => {
  assert.equal(encodeJson(jsonString, "é<"), new TextEncoder().encode('"é\\u003c"'));
});

test("64-bit integers", () => {
  assert.is(jsonText(jsonInt64Big, 2n ** 63n - 1n), "9223372036854775807");
  assert.is(jsonText(jsonInt64Big, -(2n ** 63n)), "-9223372036854775808");
  assert.is(jsonText(jsonInt64, -0), "0");
  throws(() => jsonText(jsonInt64Big, 2n ** 63n), "range", "");
  throws(() => jsonText(jsonInt64, 2 ** 53), "range", "");
  throws(() => jsonText(jsonInt64, 1.5), "range", "");
  throws(() => jsonText(jsonInt64, NaN), "range", "");
  throws(() => jsonText(jsonInt64, Infinity), "range", "");
});

test("values that are not the shape's", () => {
  throws(() => write(Offer, { Id: 1, Files: null }), "type", "Id");
  throws(() => write(Offer, { Files: null }), "type", "Id");
  throws(() => write(Offer, { Id: "a" }), "type", "Files");
  throws(() => write(Offer, { Id: "a", Files: {} }), "type", "Files");
  throws(() => write(Offer, { Id: "a", Files: [info, null] }), "type", "Files[1]");
  throws(() => write(Offer, { Id: "a", Files: [info, , info] }), "type", "Files[1]");
  throws(() => write(Offer, { Id: "a", Files: [{ ...info, Perm: -1 }] }), "range", "Files[0].Perm");
  throws(() => write(Offer, { Id: "a", Files: [{ ...info, Perm: 2 ** 32 }] }), "range", "Files[0].Perm");
  throws(() => write(Offer, { Id: "a", Files: [{ ...info, Size: 5n }] }), "type", "Files[0].Size");
  throws(() => write(Offer, { Id: "a", Files: [{ ...info, Size: "5" }] }), "type", "Files[0].Size");
  throws(() => write(Offer, { Id: "a", Files: [{ ...info, IsDir: 0 }] }), "type", "Files[0].IsDir");
  throws(() => write(Offer, { Id: "a", Files: null, Hash: null }), "type", "Hash");
  throws(() => write(Offer, [1]), "type", "");
  throws(() => write(Offer, "a"), "type", "");
  throws(() => write(jsonInt64Big, 5), "type", "");
  // A field must be the value's own, not an inherited one.
  throws(() => write(jsonObject({ toString: jsonString }), {}), "type", "toString");
  assert.is(write(jsonObject({ toString: jsonOptional(jsonString) }), {}), "{}");
});

test("lone surrogates are refused, wherever they stand", () => {
  for (const text of ["\ud800", "a\udfff", "\ude00\ud83d", "\ud83d\ud83d\ude00"]) {
    throws(() => write(Offer, { Id: text, Files: null }), "utf8", "Id");
    throws(() => write(jsonAny, [{ [text]: 1 }]), "utf8", `[0][${JSON.stringify(text)}]`);
  }
  assert.is(jsonText(jsonString, "\ud83d\ude00"), '"😀"');
});

test("values of any shape", () => {
  const value = { b: [1, 2n ** 60n, -0, 1.5, 1e21], a: null, "": { "&": true } };
  assert.is(jsonText(jsonAny, value), '{"":{"\\u0026":true},"a":null,"b":[1,1152921504606846976,-0,1.5,1e+21]}');
  assert.is(jsonText(jsonAny, JSON.parse('{"__proto__":1}')), '{"__proto__":1}');
  throws(() => write(jsonAny, { a: [undefined] }), "type", "a[0]");
  throws(() => write(jsonAny, { a: { b: undefined } }), "type", "a.b");
  throws(() => write(jsonAny, [Symbol()]), "type", "[0]");
  throws(() => write(jsonAny, () => 1), "type", "");
  throws(() => write(jsonAny, { a: new Date(0) }), "type", "a");
  throws(() => write(jsonAny, { a: new Map() }), "type", "a");
  throws(() => write(jsonAny, [NaN]), "range", "[0]");
  throws(() => write(jsonAny, [10n ** 309n]), "range", "[0]");
});

test("a value that contains itself, or is very deep, meets the limit", () => {
  const own: unknown[] = [];
  own.push(own);
  throws(() => write(jsonAny, own), "limit", "[0]".repeat(16) + "…" + "[0]".repeat(16));
  throws(() => write(jsonAny, own, { depthMax: 10_000 }), "limit", "[0]".repeat(16) + "…" + "[0]".repeat(16));
  let deep: unknown[] = [];
  for (let i = 1; i < 10_000; i++) deep = [deep];
  assert.is(write(jsonAny, deep, { depthMax: 10_000 }).length, 20_000);
});

test("limits: bytes of UTF-8, depth, values and keys", () => {
  assert.is(write(jsonString, "é€😀", { bytesMax: 11 }), '"é€😀"');
  throws(() => write(jsonString, "é€😀", { bytesMax: 10 }), "limit", "");
  throws(() => write(Offer, { Id: "abc", Files: null }, { bytesMax: 8 }), "limit", "Id");
  throws(() => write(Offer, { Id: "", Files: [info] }, { depthMax: 2 }), "limit", "Files[0]");
  throws(() => write(jsonArray(jsonString), ["", "", ""], { countMax: 3 }), "limit", "[2]");
  // The same text a million times would not fit into memory.
  const text = "x".repeat(1_000_000);
  throws(() => write(jsonAny, Array.from({ length: 100 }, () => [text, text, text])), "limit", "[5][1]");
});

test("escapes in keys", () => {
  assert.is(jsonText(jsonObject({ "a<b&c>": jsonBool }), { "a<b&c>": true }), '{"a\\u003cb\\u0026c\\u003e":true}');
});

test("documents of many parts are whole, and bounded to the byte", () => {
  const texts = Array.from({ length: 3000 }, (_, index) => "x".repeat(index % 50));
  texts.splice(1000, 0, "y".repeat(100_000));
  const text = JSON.stringify(texts);
  assert.ok(write(jsonArray(jsonString), texts) === text);
  assert.ok(write(jsonArray(jsonString), texts, { bytesMax: text.length }) === text);
  throws(() => write(jsonArray(jsonString), texts, { bytesMax: text.length - 1 }), "limit", "");
  throws(() => write(jsonArray(jsonString), texts, { bytesMax: 50_000 }), "limit", "[1000]");
});

test.run();
