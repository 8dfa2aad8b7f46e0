import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../../codec/error.ts";
import {
  decodeJson,
  decodeJsonPrefix,
  jsonAny,
  jsonArray,
  jsonBool,
  type JsonInfer,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  type JsonLimits,
  jsonObject,
  jsonOptional,
  type JsonShape,
  jsonString,
  jsonUint32,
  type JsonValue,
} from "../../../codec/json/mod.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

const Info = jsonObject({ Uri: jsonString, Size: jsonInt64, IsDir: jsonBool, Perm: jsonUint32 });
const Offer = jsonObject({
  Id: jsonString,
  Index: jsonInt,
  Files: jsonArray(Info),
  Hash: jsonOptional(jsonString),
  Extra: jsonOptional(jsonAny),
});

function read<T>(shape: JsonShape<T>, text: string, limits?: Partial<JsonLimits>): T {
  return decodeJson(shape, ascii(text), 0, undefined, limits);
}

interface Place {
  readonly code: CodecErrorCode;
  readonly path?: string;
  readonly offset: number;
}

function throws(run: () => unknown, place: Place): void {
  assert.throws(run, (error: unknown) => {
    if (!(error instanceof CodecError)) throw error;
    assert.equal({ code: error.code, path: error.path, offset: error.offset }, { path: "", ...place }, error.message);
    return true;
  });
}

// Types: these lines do not compile if inference changes.
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
interface ExpectedInfo {
  Uri: string;
  Size: number;
  IsDir: boolean;
  Perm: number;
}
interface ExpectedOffer {
  Id: string;
  Index: number;
  Files: ExpectedInfo[] | null;
  Hash?: string | undefined;
  Extra?: JsonValue | undefined;
}
const sameInfo: Equal<JsonInfer<typeof Info>, { [K in keyof ExpectedInfo]: ExpectedInfo[K] }> = true;
const offer: ExpectedOffer = { Id: "", Index: 0, Files: [] };
const sameOffer: JsonInfer<typeof Offer> = offer;
const offerBack: ExpectedOffer = sameOffer;
const sameBig: Equal<JsonInfer<typeof jsonInt64Big>, bigint> = true;
const anyShape: JsonShape = Offer;

const test = suite("json decode");

test("types are inferred", () => {
  assert.ok(sameInfo && sameBig);
  assert.is(offerBack, offer);
  assert.is(anyShape.kind, "object");
});

test("zero values for what is missing, nothing for what is optional", () => {
  assert.equal(read(Offer, "{}"), { Id: "", Index: 0, Files: null });
  assert.equal(read(Offer, "null"), { Id: "", Index: 0, Files: null });
  assert.equal(read(jsonInt64Big, "null"), 0n);
  assert.equal(read(jsonArray(Info), "[null]"), [{ Uri: "", Size: 0, IsDir: false, Perm: 0 }]);
});

test("optional fields: null leaves them out, unless null is a value", () => {
  const Fields = jsonObject({
    A: jsonOptional(jsonString),
    B: jsonOptional(jsonArray(jsonString)),
    C: jsonOptional(jsonAny),
  });
  assert.equal(read(Fields, '{"A":null,"B":null,"C":null}'), { B: null, C: null });
  assert.equal(read(Fields, '{"A":"x","A":null,"b":["y"],"C":{"z":1}}').A, "x");
  const Nested = jsonObject({ In: jsonOptional(Info) });
  assert.equal(read(Nested, '{"In":null}'), {});
  assert.equal(read(Nested, '{"In":{"Size":3},"In":{"Perm":4}}'), { In: { Uri: "", Size: 3, IsDir: false, Perm: 4 } });
});

test("optional fields can have the names of inherited properties", () => {
  const Names = jsonObject({
    constructor: jsonOptional(jsonString),
    toString: jsonOptional(jsonInt64),
    valueOf: jsonBool,
  });
  const empty = read(Names, '{"constructor":null,"toString":null}');
  assert.equal(Object.entries(empty), [["valueOf", false]]);
  const full = read(Names, '{"constructor":"c","toString":7,"valueOf":true}');
  assert.equal(Object.entries(full).sort(), [["constructor", "c"], ["toString", 7], ["valueOf", true]]);
});

test("no key of a document reaches a prototype", () => {
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"Id":"a"}';
  const value = read(Offer, text);
  assert.is(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(Object.keys(value), ["Id", "Index", "Files"]);
  const any = read(jsonAny, text) as { [key: string]: JsonValue };
  assert.is(Object.getPrototypeOf(any), null);
  assert.equal(Object.keys(any), ["__proto__", "constructor", "Id"]);
  assert.is(any["toString"], undefined);
  assert.is(({} as { polluted?: unknown }).polluted, undefined);
});

test("unknown keys can be refused", () => {
  const Strict = jsonObject({ Id: jsonString }, { extra: "refuse" });
  assert.equal(read(Strict, '{"id":"a"}'), { Id: "a" });
  throws(() => read(jsonArray(Strict), '[{"Id":"a","x":1}]'), { code: "json", path: "[0]", offset: 11 });
});

test("values of any shape: exact integers, floats, deep nesting", () => {
  assert.equal(read(jsonAny, "[9007199254740991,9007199254740992,-9007199254740993,1.5,1e3]"), [
    9007199254740991,
    9007199254740992n,
    -9007199254740993n,
    1.5,
    1000,
  ]);
  assert.ok(Object.is(read(jsonAny, "-0"), -0));
  let value: JsonValue = read(jsonAny, "[".repeat(10_000) + "]".repeat(10_000), { depthMax: 10_000 });
  let depth = 0;
  for (; Array.isArray(value); value = value[0]) depth++;
  assert.is(depth, 10_000);
});

test("bytes from start to end; offsets count from start", () => {
  const bytes = ascii('xx{"Id":"a"}yy');
  assert.is(decodeJson(Offer, bytes, 2, 12).Id, "a");
  throws(() => decodeJson(Offer, bytes, 2, 13), { code: "trailing", offset: 10 });
  throws(() => decodeJson(Offer, bytes, 2, 11), { code: "truncated", offset: 9 });
  throws(() => decodeJson(Offer, bytes, 1, 12), { code: "json", offset: 0 });
  assert.throws(() => decodeJson(Offer, bytes, 2, 15), (error: unknown) => error instanceof RangeError);
  assert.throws(() => decodeJson(Offer, bytes, 3, 2), (error: unknown) => error instanceof RangeError);
});

test("errors name path and offset", () => {
  const at = (shape: JsonShape, text: string, code: CodecErrorCode, path: string, offset: number) =>
    throws(() => read(shape, text), { code, path, offset });
  at(jsonArray(Info), '[{},{},{"Size":"5"}]', "json", "[2].Size", 15);
  at(Offer, '{"Files":[{"Uri":1}]}', "json", "Files[0].Uri", 17);
  at(Offer, '{"Files":[{"size":1.5}]}', "json", "Files[0].Size", 18);
  at(Offer, '{"Files":[{"Size":9007199254740992}]}', "range", "Files[0].Size", 18);
  at(Offer, '{"Files":[{"Perm":-1}]}', "range", "Files[0].Perm", 18);
  at(Offer, '{"Files":[{"Perm":4294967296}]}', "range", "Files[0].Perm", 18);
  at(Offer, '{"Files":[{"IsDir":0}]}', "json", "Files[0].IsDir", 19);
  at(Offer, '{"Files":{}}', "json", "Files", 9);
  at(Offer, '{"Files":["x"]}', "json", "Files[0]", 10);
  at(Offer, '{"Files":[{}', "truncated", "Files", 12);
  at(Offer, '{"Files":[{"Uri":"\\x"}]}', "json", "Files[0].Uri", 19);
  at(Offer, '{"Files":[{"Uri":"a', "truncated", "Files[0].Uri", 19);
  at(Offer, '{"Files":[{"Other":[1,]}]}', "json", "Files[0]", 22);
  at(Offer, '{"Files":[{"Other":[1,', "truncated", "Files[0]", 22);
  at(Offer, '{"Files":[] "Id"', "json", "", 12);
  at(Offer, '{"Extra":{"a b":[{"c":{"d":nul}}]}}', "json", 'Extra["a b"][0].c.d', 30);
  at(Offer, '{"Extra":{"a":[1,{"b":2', "truncated", "Extra.a[1]", 23);
  at(Offer, '{"Extra":[[2],[3}', "json", "Extra[1]", 16);
  at(jsonAny, '{"a":1e999}', "range", "a", 5);
  at(jsonInt64, "", "truncated", "", 0);
  at(jsonInt64, "1 2", "trailing", "", 2);
});

test("a path stays short however long the keys and the way", () => {
  const key = "k".repeat(100_000);
  assert.throws(() => read(jsonAny, `{"${key}":x}`), (error: CodecError) => error.message.length < 200);
  const deep = "[".repeat(9_000) + "x";
  assert.throws(() => read(jsonAny, deep, { depthMax: 10_000 }), (error: CodecError) => error.message.length < 300);
  const number = "9".repeat(100_000);
  assert.throws(() => read(jsonInt64, number), (error: CodecError) => error.message.length < 200);
  assert.throws(() => read(jsonAny, number), (error: CodecError) => error.message.length < 200);
});

test("errors of type say what was expected and found", () => {
  const context = (shape: JsonShape, text: string) => {
    try {
      return read(shape, text);
    } catch (error) {
      return (error as CodecError).context;
    }
  };
  assert.equal(context(jsonString, "5"), { expected: "a string", found: "a number" });
  assert.equal(context(jsonString, "x"), { expected: "a string", found: '"x"' });
  assert.equal(context(jsonBool, "[]"), { expected: "a bool", found: "an array" });
  assert.equal(context(jsonArray(jsonString), "{}"), { expected: "an array", found: "an object" });
  assert.equal(context(Offer, "true"), { expected: "an object", found: "a bool" });
  assert.equal(context(jsonInt64, '"5"'), { expected: "an integer (int64)", found: "a string" });
  assert.equal(context(jsonUint32, "1e3"), { expected: "an integer (uint32)", found: "1e3" });
  assert.equal(context(jsonUint32, "4294967296"), {
    expected: "an integer from 0 to 4294967295 (uint32)",
    found: "4294967296",
  });
});

test("limits: bytes, depth, values and keys, in known and unknown parts", () => {
  assert.equal(read(jsonArray(jsonString), '["ab"]', { bytesMax: 6 }), ["ab"]);
  throws(() => read(jsonArray(jsonString), '["abc"]', { bytesMax: 6 }), { code: "limit", path: "", offset: 6 });
  throws(() => read(jsonArray(jsonString), '["abc"]', { bytesMax: 4 }), { code: "limit", path: "[0]", offset: 4 });
  throws(() => read(jsonArray(jsonString), '["ab"] ', { bytesMax: 6 }), { code: "limit", offset: 6 });
  throws(() => read(jsonInt64, "1234567", { bytesMax: 6 }), { code: "limit", offset: 6 });
  throws(() => read(Offer, '{"x":[1,2,3]}', { bytesMax: 8 }), { code: "limit", offset: 8 });
  assert.equal(read(Offer, '{"Files":[{}]}', { depthMax: 3 }).Files?.length, 1);
  throws(() => read(Offer, '{"Files":[{}]}', { depthMax: 2 }), { code: "limit", path: "Files[0]", offset: 10 });
  throws(() => read(Offer, '{"x":[{}]}', { depthMax: 2 }), { code: "limit", offset: 6 });
  throws(() => read(Offer, '{"Extra":[{}]}', { depthMax: 2 }), { code: "limit", path: "Extra[0]", offset: 10 });
  assert.is(read(Offer, '{"Id":"a","x":[1,{"y":2}]}', { countMax: 9 }).Id, "a");
  throws(() => read(Offer, '{"Id":"a","x":[1,{"y":2}]}', { countMax: 8 }), { code: "limit", offset: 22 });
  throws(() => read(Offer, '{"x":[1,2],"Id":"a"}', { countMax: 6 }), { code: "limit", path: "Id", offset: 16 });
  throws(() => read(jsonAny, "[1,2,3]", { countMax: 3 }), { code: "limit", path: "[2]", offset: 5 });
});

test("a prefix: the value and its length", () => {
  const prefix = (shape: JsonShape, text: string, limits?: Partial<JsonLimits>) =>
    decodeJsonPrefix(shape, ascii(text), 0, undefined, limits);
  assert.equal(prefix(jsonArray(jsonString), ' ["a"]\n{}'), { value: ["a"], length: 6 });
  assert.equal(prefix(jsonInt64, "12,"), { value: 12, length: 2 });
  assert.equal(prefix(jsonInt64, "12"), { value: 12, length: 2 });
  assert.equal(prefix(jsonAny, "truetrue"), { value: true, length: 4 });
  assert.equal(prefix(jsonInt64, "123 and more", { bytesMax: 3 }), { value: 123, length: 3 });
  for (const text of ["1234", "123.5", "123e1"]) {
    throws(() => prefix(jsonAny, text, { bytesMax: 3 }), { code: "limit", offset: 3 });
  }
  throws(() => prefix(jsonAny, '"ab" and more', { bytesMax: 3 }), { code: "limit", offset: 3 });
  throws(() => prefix(jsonAny, '"ab', { bytesMax: 3 }), { code: "truncated", offset: 3 });
});

test("a repeated key costs no more than its bytes", () => {
  const many = "{},".repeat(20_000).slice(0, -1);
  const again = '"Files":[{"Size":1}],'.repeat(20_000);
  const value = read(Offer, `{"Files":[${many}],${again}"Id":"a"}`);
  assert.equal(value.Files, [{ Uri: "", Size: 1, IsDir: false, Perm: 0 }]);
});

test("long strings, with and without escapes", () => {
  const plain = "x".repeat(100_000);
  assert.is(read(jsonString, `"${plain}"`), plain);
  assert.is(read(jsonString, `"${plain}\\n"`), plain + "\n");
  assert.is(read(jsonString, `"${"é\\ud83d\\ude00".repeat(10_000)}"`), "é😀".repeat(10_000));
});

test("keys that a shape cannot have", () => {
  for (const key of ["", "é", "a\nb", 'a"b', "a\\b", "7", "0", "__proto__"]) {
    assert.throws(
      () => jsonObject(Object.fromEntries([[key, jsonString]])),
      (error: unknown) => error instanceof CodecError && error.code === "schema",
      key,
    );
  }
  assert.is(jsonObject({ "a b": jsonString, "07": jsonString }).fields.length, 2);
});

test("shapes are frozen all the way", () => {
  const frozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  assert.ok(frozen(Offer) && frozen(jsonAny) && frozen(jsonOptional(Info)) && frozen(jsonInt64Big));
});

test.run();
