import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bytes,
  decode,
  describe,
  encode,
  formatHex,
  hexdump,
  inspect,
  parseHex,
  struct,
  u8,
} from "../../../codec/mod.ts";
import {
  any,
  arrayOf,
  bin,
  boolean,
  bytesLike,
  decodeMsgpack,
  decodeMsgpackPrefix,
  encodeMsgpack,
  exactly,
  Ext,
  float64,
  formatShape,
  int,
  int64,
  intBetween,
  mapOf,
  msgpack,
  type MsgpackInfer,
  type MsgpackShape,
  type MsgpackValue,
  namedTuple,
  nil,
  nullable,
  oneOf,
  optionalField,
  pack,
  Packed,
  packed,
  packedPrefix,
  packedWithin,
  str,
  tagged,
  textLike,
  tupleOf,
  uint,
  uint64,
  unpack,
} from "../../../codec/msgpack/mod.ts";
import { assertRefused, assertUnusable, decodeRefusals, encodeRefusals, rows } from "../table.ts";

const test = suite("msgpack: shapes");

const schemaOf = <S extends MsgpackShape>(shape: S) => msgpack(shape);
const hex = parseHex;

test("nil and bools", () => {
  rows(schemaOf(nil), [[null, "c0"]]);
  rows(schemaOf(boolean), [[false, "c2"], [true, "c3"]]);
  decodeRefusals(schemaOf(nil), [["c2", "msgpack", "", 0], ["", "truncated", "", 0], ["c000", "trailing", "", 1]]);
  decodeRefusals(schemaOf(boolean), [["c0", "msgpack", "", 0], ["01", "msgpack", "", 0], ["c1", "msgpack", "", 0]]);
  encodeRefusals(schemaOf(nil), [[undefined, "type", "", 0], [false, "type", "", 0]]);
  encodeRefusals(schemaOf(boolean), [[null, "type", "", 0], [1, "type", "", 0]]);
});

test("unsigned integers", () => {
  rows(schemaOf(uint), [
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65535, "cdffff"],
    [65536, "ce00010000"],
    [2 ** 32 - 1, "ceffffffff"],
    [2 ** 32, "cf0000000100000000"],
    [2 ** 53 - 1, "cf001fffffffffffff"],
  ]);
  for (const longer of ["cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005", "d10005", "d30000000000000005"]) {
    assert.is(decodeMsgpack(uint, hex(longer)), 5);
  }
  decodeRefusals(schemaOf(uint), [
    ["ff", "range", "", 0],
    ["d0ff", "range", "", 0],
    ["d3ffffffffffffffff", "range", "", 0],
    ["cf0020000000000000", "range", "", 0],
    ["cfffffffffffffffff", "range", "", 0],
    ["cb3ff0000000000000", "msgpack", "", 0],
    ["a135", "msgpack", "", 0],
    ["cd01", "truncated", "", 0],
  ]);
  encodeRefusals(schemaOf(uint), [
    [-1, "range", "", 0],
    [2 ** 53, "range", "", 0],
    [1.5, "type", "", 0],
    [1n, "type", "", 0],
    ["1", "type", "", 0],
    [NaN, "type", "", 0],
  ]);
});

test("signed integers and ranges", () => {
  rows(schemaOf(int), [
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32768, "d18000"],
    [-32769, "d2ffff7fff"],
    [-(2 ** 31), "d280000000"],
    [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
    [-(2 ** 53) + 1, "d3ffe0000000000001"],
    [200, "ccc8"],
  ]);
  decodeRefusals(schemaOf(int), [["d3ffe0000000000000", "range", "", 0], ["d38000000000000000", "range", "", 0]]);
  const port = schemaOf(intBetween(1, 65535));
  rows(port, [[1, "01"], [65535, "cdffff"]]);
  decodeRefusals(port, [["00", "range", "", 0], ["ce00010000", "range", "", 0]]);
  encodeRefusals(port, [[0, "range", "", 0], [65536, "range", "", 0]]);
  for (const [min, max] of [[1, 0], [0, 2 ** 53], [0.5, 1]]) assertUnusable(() => intBetween(min, max), /range/);
});

test("integers of 64 bits as bigints", () => {
  rows(schemaOf(uint64), [[0n, "00"], [2n ** 32n, "cf0000000100000000"], [2n ** 64n - 1n, "cfffffffffffffffff"]]);
  rows(schemaOf(int64), [[-1n, "ff"], [-(2n ** 63n), "d38000000000000000"], [2n ** 63n - 1n, "cf7fffffffffffffff"]]);
  decodeRefusals(schemaOf(uint64), [["ff", "range", "", 0], ["c0", "msgpack", "", 0]]);
  decodeRefusals(schemaOf(int64), [["cf8000000000000000", "range", "", 0]]);
  encodeRefusals(schemaOf(uint64), [[-1n, "range", "", 0], [2n ** 64n, "range", "", 0], [1, "type", "", 0]]);
  encodeRefusals(schemaOf(int64), [[2n ** 63n, "range", "", 0], [-(2n ** 63n) - 1n, "range", "", 0]]);
});

test("floats are floats, also whole ones", () => {
  rows(schemaOf(float64), [
    [1, "cb3ff0000000000000"],
    [-0, "cb8000000000000000"],
    [0.1, "cb3fb999999999999a"],
    [Infinity, "cb7ff0000000000000"],
    [NaN, "cb7ff8000000000000"],
  ]);
  assert.is(decodeMsgpack(float64, hex("ca3fc00000")), 1.5);
  decodeRefusals(schemaOf(float64), [["01", "msgpack", "", 0], ["ca3fc000", "truncated", "", 0]]);
  encodeRefusals(schemaOf(float64), [["1", "type", "", 0], [1n, "type", "", 0]]);
});

test("text", () => {
  rows(schemaOf(str), [
    ["", "a0"],
    ["ping", "a470696e67"],
    ["é", "a2c3a9"],
    ["\ufeffx", "a4efbbbf78"],
    ["x".repeat(32), `d920${"78".repeat(32)}`],
    // As many characters as the shortest header can say, but more bytes.
    ["é".repeat(31), `d93e${"c3a9".repeat(31)}`],
    ["é".repeat(128), `da0100${"c3a9".repeat(128)}`],
  ]);
  decodeRefusals(schemaOf(str), [
    ["c40161", "msgpack", "", 0],
    ["a1ff", "utf8", "", 0],
    ["a3eda080", "utf8", "", 0],
    ["a361", "truncated", "", 0],
    ["dbffffffff61", "truncated", "", 0],
  ]);
  encodeRefusals(schemaOf(str), [["\ud800", "utf8", "", 0], [hex("61"), "type", "", 0], [undefined, "type", "", 0]]);
});

test("text and bytes that come in either form are written in the one named", () => {
  rows(schemaOf(textLike("bin")), [["10.0.0.1", "c40831302e302e302e31"], [
    "é".repeat(200),
    `c50190${"c3a9".repeat(200)}`,
  ]]);
  rows(schemaOf(textLike("str")), [["10.0.0.1", "a831302e302e302e31"]]);
  for (const form of ["bin", "str"] as const) {
    assert.is(decodeMsgpack(textLike(form), hex("c40161")), "a");
    assert.is(decodeMsgpack(textLike(form), hex("a161")), "a");
    decodeRefusals(schemaOf(textLike(form)), [["c401ff", "utf8", "", 0], ["c0", "msgpack", "", 0]]);
  }
  rows(schemaOf(bytesLike(2)), [[hex("0102"), "c4020102"]]);
  assert.equal(decodeMsgpack(bytesLike(), hex("a2fffe")), hex("fffe"));
  assert.equal(decodeMsgpack(bytesLike(2), hex("d9020102")), hex("0102"));
  decodeRefusals(schemaOf(bytesLike(2)), [["c40101", "length", "", 0], ["a3010203", "length", "", 0]]);
  decodeRefusals(schemaOf(bin()), [["a161", "msgpack", "", 0]]);
  encodeRefusals(schemaOf(bytesLike(2)), [[hex("01"), "length", "", 0], ["ab", "type", "", 0]]);
});

test("byte strings have all three headers, and are views unless copied", () => {
  rows(schemaOf(bin()), [[hex(""), "c400"], [new Uint8Array(256), `c50100${"00".repeat(256)}`]]);
  rows(schemaOf(bin(20)), [[new Uint8Array(20).fill(7), `c414${"07".repeat(20)}`]]);
  assert.is(encodeMsgpack(bin(), new Uint8Array(65536)).length, 65541);
  const input = hex("ff92c40201022a");
  const pair = struct({ first: u8, value: msgpack(tupleOf([bin(2), uint])) });
  assert.is(decode(pair, input).value[0].buffer, input.buffer);
  const copied = decode(pair, input, { copy: true }).value[0];
  input.fill(0);
  assert.equal(copied, hex("0102"));
  assertUnusable(() => bin(-1), /-1/);
});

test("constant text", () => {
  rows(schemaOf(exactly("ping")), [["ping", "a470696e67"]]);
  assert.is(decodeMsgpack(exactly("ping"), hex("c40470696e67")), "ping");
  decodeRefusals(schemaOf(exactly("ping")), [["a470696e68", "literal", "", 0], ["a3706967", "literal", "", 0]]);
  encodeRefusals(schemaOf(exactly("ping")), [["pong", "literal", "", 0]]);
  const call = schemaOf(tagged("ping", tupleOf([uint])));
  rows(call, [[[5], "92a470696e679105"]]);
  assert.equal(decode(call, hex("dc0002c40470696e679105")), [5]);
  decodeRefusals(call, [
    ["92a470696e689105", "literal", "", 1],
    ["91a470696e67", "length", "", 0],
    ["93a470696e67910500", "length", "", 0],
    ["92a470696e6791a0", "msgpack", "[0]", 7],
    ["9205", "msgpack", "", 1],
    ["92a470", "truncated", "", 1],
  ]);
});

test("arrays and tuples", () => {
  rows(schemaOf(arrayOf(uint)), [[[], "90"], [[1, 2], "920102"], [new Array(16).fill(0), `dc0010${"00".repeat(16)}`]]);
  rows(schemaOf(tupleOf([uint, str])), [[[1, "a"], "9201a161"]]);
  rows(schemaOf(tupleOf([])), [[[], "90"]]);
  decodeRefusals(schemaOf(arrayOf(uint)), [
    ["92a101", "msgpack", "[0]", 1],
    ["9201ff", "range", "[1]", 2],
    ["9201", "truncated", "", 0],
    ["dcffff", "truncated", "", 0],
    ["ddffffffff00", "limit", "", 0],
    ["80", "msgpack", "", 0],
  ]);
  // Twenty ids cannot be in ten bytes, whatever the header says.
  decodeRefusals(schemaOf(arrayOf(bin(20))), [[`dc0014${"00".repeat(10)}`, "truncated", "", 0]]);
  decodeRefusals(schemaOf(tupleOf([uint, str])), [["9101", "length", "", 0], ["9301a16100", "length", "", 0]]);
  encodeRefusals(schemaOf(tupleOf([uint, str])), [[[1], "length", "", 0], [[1, 2], "type", "[1]", 2], [
    {},
    "type",
    "",
    0,
  ]]);
});

test("arrays whose elements have names", () => {
  const Contact = namedTuple({ id: bin(2), ip: textLike("bin"), port: intBetween(0, 65535) });
  const contact: MsgpackInfer<typeof Contact> = { id: hex("0102"), ip: "::1", port: 4000 };
  rows(schemaOf(Contact), [[contact, "93c4020102c4033a3a31cd0fa0"]]);
  const made = namedTuple({ a: uint, b: uint, c: uint, d: uint, e: uint }, (a, b, c, d, e) => ({ a, b, c, d, e }));
  rows(schemaOf(made), [[{ a: 1, b: 2, c: 3, d: 4, e: 5 }, "950102030405"]]);
  for (let count = 0; count <= 5; count++) {
    const names = ["a", "b", "c", "d", "e"].slice(0, count);
    const make = (...parts: number[]) => Object.fromEntries(names.map((name, index) => [name, parts[index]]));
    const shape = namedTuple(Object.fromEntries(names.map((name) => [name, uint])), make);
    rows(schemaOf(shape), [[
      make(1, 2, 3, 4, 5),
      `9${count}${["01", "02", "03", "04", "05"].slice(0, count).join("")}`,
    ]]);
  }
  const info = schemaOf(namedTuple({ version: str, payout: optionalField(bin(1)) }));
  rows(info, [[{ version: "a" }, "91a161"], [{ version: "a", payout: hex("ff") }, "92a161c401ff"]]);
  decodeRefusals(info, [["90", "length", "", 0], ["93a161c401ff00", "length", "", 0], [
    "92a161c0",
    "msgpack",
    "payout",
    3,
  ]]);
  encodeRefusals(info, [[{}, "type", "version", 1], [{ version: "a", payout: "b" }, "type", "payout", 3]]);
  assertUnusable(() => namedTuple({ a: optionalField(uint), b: uint }), /last/);
  assertUnusable(() => namedTuple({ a: optionalField(uint) }, (a) => ({ a })), /optional/);
  assertUnusable(() => namedTuple(Object.fromEntries([["__proto__", uint]])), /__proto__/);
});

test("a function that makes objects may decode, and what it throws comes out", () => {
  const inner = tupleOf([bin(1), uint]);
  const seen: unknown[] = [];
  const outer = namedTuple({ a: bin(), b: uint, c: bin(1) }, (a, b, c) => {
    seen.push(decodeMsgpack(inner, a));
    return { a, b, c };
  });
  const decoded = decodeMsgpack(arrayOf(outer), hex("9293c40592c4010a0105c4010b93c40592c4010c0206c4010d"));
  assert.equal(decoded.map(({ b, c }) => [b, c]), [[5, hex("0b")], [6, hex("0d")]]);
  assert.equal(seen, [[hex("0a"), 1], [hex("0c"), 2]]);
  const fails = namedTuple({ a: uint }, () => {
    throw new RangeError("no");
  });
  assert.throws(() => decodeMsgpack(fails, hex("9101")), (error: unknown) => error instanceof RangeError);
  assert.equal(decodeMsgpack(inner, hex("92c4010a01")), [hex("0a"), 1]);
});

test("maps with known keys", () => {
  const hit = schemaOf(mapOf({ value: any, age: optionalField(uint) }));
  rows(hit, [[{ value: "a" }, "81a576616c7565a161"], [{ value: null, age: 3 }, "82a576616c7565c0a361676503"]]);
  assert.equal(decode(hit, hex("82a361676503a576616c7565c0")), { value: null, age: 3 });
  decodeRefusals(hit, [
    ["80", "msgpack", "", 0],
    ["81a361676503", "msgpack", "", 0],
    ["82a576616c7565c0a576616c7565c0", "msgpack", "", 8],
    ["82a576616c7565c0a16101", "msgpack", "", 8],
    ["81c40576616c7565c0", "msgpack", "", 1],
    ["81a576616c7565", "truncated", "value", 7],
    ["82a576616c7565c0a3616765ff", "range", "age", 12],
  ]);
  const lenient = schemaOf(mapOf({ value: uint }, { extra: "ignore", binKeys: true }));
  assert.equal(decode(lenient, hex("83a178921203c40576616c756505a179c0")), { value: 5 });
  rows(lenient, [[{ value: 5 }, "81a576616c756505"]]);
  decodeRefusals(lenient, [["82a1ff01a576616c756505", "utf8", "", 1], ["820101a576616c756505", "msgpack", "", 1]]);
  encodeRefusals(hit, [[{}, "type", "value", 7], [null, "type", "", 0], [{ value: 1, age: -1 }, "range", "age", 12]]);
});

test("one of several shapes", () => {
  const reply = schemaOf(oneOf([mapOf({ value: uint }), arrayOf(uint), nil, str, bin()]));
  rows(reply, [[{ value: 1 }, "81a576616c756501"], [[1], "9101"], [null, "c0"], ["a", "a161"], [hex("61"), "c40161"]]);
  decodeRefusals(reply, [["05", "msgpack", "", 0], ["91a0", "msgpack", "[0]", 1], ["c1", "msgpack", "", 0], [
    "",
    "truncated",
    "",
    0,
  ]]);
  encodeRefusals(reply, [[5, "type", "", 0], [undefined, "type", "", 0], [[-1], "range", "[0]", 1]]);
  rows(schemaOf(nullable(uint)), [[null, "c0"], [3, "03"]]);
  const number = schemaOf(oneOf([int, float64]));
  rows(number, [[3, "03"], [1.5, "cb3ff8000000000000"], [-0, "cb8000000000000000"], [2 ** 53, "cb4340000000000000"]]);
  encodeRefusals(schemaOf(nullable(uint)), [[-1, "range", "", 0]]);
  assertUnusable(() => oneOf([str, textLike("bin")]), /str/);
  assertUnusable(() => nullable(any), /nil/);
  assertUnusable(() => oneOf([]), /0/);
});

test("values of any shape", () => {
  rows(schemaOf(any), [
    [null, "c0"],
    [-1, "ff"],
    [-0, "cb8000000000000000"],
    [1.5, "cb3ff8000000000000"],
    [2 ** 32, "cf0000000100000000"],
    [2n ** 63n, "cf8000000000000000"],
    [-(2n ** 63n), "d38000000000000000"],
    ["a", "a161"],
    [hex("61"), "c40161"],
    [[1, [], {}], "93019080"],
    [{ a: 1, constructor: 2 }, "82a16101ab636f6e7374727563746f7202"],
    [new Ext(-1, hex("00000000")), "d6ff00000000"],
    [new Ext(5, hex("010203")), "c70305010203"],
    [`\ufeff${"x".repeat(300)}`, `da012fefbbbf${"78".repeat(300)}`],
  ]);
  assert.is(encodeMsgpack(any, 5n).length, 1);
  assert.is(decodeMsgpack(any, hex("cf0000000000000005")), 5);
  decodeRefusals(schemaOf(any), [
    ["82a16101a16102", "msgpack", "", 4],
    ["81a95f5f70726f746f5f5f80", "msgpack", "", 1],
    ["91810105", "msgpack", "[0]", 2],
    ["81c4016101", "msgpack", "", 1],
    ["9291a1ff00", "utf8", "[0][0]", 2],
    ["81a161c1", "msgpack", "a", 3],
    ["dfffffffff", "limit", "", 0],
    ["dd0000ffff", "truncated", "", 0],
  ]);
  const cyclic: MsgpackValue[] = [];
  cyclic.push(cyclic);
  const deep = "[0]".repeat(64);
  encodeRefusals(schemaOf(any), [
    [undefined, "type", "", 0],
    [[1, undefined], "type", "[1]", 2],
    [[, 1], "type", "[0]", 1],
    [{ a: () => 1 }, "type", "a", 3],
    [{ a: { b: new Date() } }, "type", "a.b", 6],
    [new Map(), "type", "", 0],
    [Symbol("s"), "type", "", 0],
    [2n ** 64n, "range", "", 0],
    [-(2n ** 63n) - 1n, "range", "", 0],
    [["\udc00"], "utf8", "[0]", 1],
    [{ "\ud800": 1 }, "utf8", "\ud800", 1],
    [JSON.parse('{"__proto__":1}'), "type", "__proto__", 1],
    [cyclic, "limit", deep, 64],
  ]);
  assert.throws(() => new Ext(128, hex("")), RangeError);
});

test("values that stay packed", () => {
  const value = pack({ a: [1, "b"] });
  assert.is(formatHex(value.bytes), "81a1619201a162");
  assert.equal(unpack(value), { a: [1, "b"] });
  const pair = schemaOf(tupleOf([packed, uint]));
  // Forms that no packer writes, and keys that no object has, come out as they went in.
  for (const odd of ["cf0000000000000005", "81c40161cb3ff0000000000000", "82a16101a16102", "8190d90161"]) {
    const message = `92${odd}07`;
    const [kept, number] = decode(pair, hex(message));
    assert.is(formatHex(kept.bytes), odd);
    assert.is(number, 7);
    assert.is(formatHex(encode(pair, [kept, 7])), message);
  }
  assert.throws(() => unpack(new Packed(hex("82a16101a16102"))), /Duplicate key/);
  for (const broken of ["", "c1", "0101", "a1", "91", "a1ff", "91".repeat(65) + "01"]) {
    assertRefused(() => new Packed(hex(broken)), ["msgpack", "", 0], broken);
  }
  const short = schemaOf(arrayOf(packedWithin(3)));
  rows(short, [[[new Packed(hex("a26162"))], "91a26162"]]);
  decodeRefusals(short, [["91a3616263", "limit", "[0]", 1], ["91c1", "msgpack", "[0]", 1]]);
  encodeRefusals(short, [[[new Packed(hex("a3616263"))], "limit", "[0]", 1], [["ab"], "type", "[0]", 1]]);
  const { value: first, length } = packedPrefix(hex("0592c0c0"), 1);
  assert.is(length, 3);
  assert.is(formatHex(first.bytes), "92c0c0");
  assert.equal(decodeMsgpackPrefix(arrayOf(nil), hex("0592c0c007"), 1), { value: [null, null], length: 3 });
});

test("limits are the schema's own", () => {
  const tight = msgpack(any, { limits: { depthMax: 2, elementsMax: 4, stringBytesMax: 3 } });
  rows(tight, [[[["abc"]], "9191a3616263"], [{ a: 1, b: 2 }, "82a16101a16202"]]);
  decodeRefusals(tight, [
    ["919190", "limit", "[0][0]", 2],
    ["9501020304c0", "limit", "", 0],
    ["92920101920101", "limit", "[1]", 4],
    ["83a16101a16202a16303", "limit", "", 0],
    ["a461626364", "limit", "", 0],
    ["81a46162636401", "limit", "", 1],
  ]);
  encodeRefusals(tight, [
    [[[[]]], "limit", "[0][0]", 2],
    [[1, 2, 3, 4, 5], "limit", "", 0],
    [{ a: 1, b: 2, c: 3 }, "limit", "", 0],
    ["abcd", "limit", "", 0],
    [{ abcd: 1 }, "limit", "abcd", 1],
  ]);
  decodeRefusals(msgpack(packed, { limits: { depthMax: 2, elementsMax: 4, stringBytesMax: 3 } }), [
    ["919190", "limit", "[0][0]", 2],
    ["9501020304c0", "limit", "", 0],
    ["91a461626364", "limit", "[0]", 1],
  ]);
  const many = msgpack(arrayOf(arrayOf(uint)), { limits: { elementsMax: 4 } });
  rows(many, [[[[1], [2]], "9291019102"]]);
  decodeRefusals(many, [["9292010291" + "03", "limit", "[1]", 4]]);
  encodeRefusals(many, [[[[1, 2], [3]], "limit", "[1]", 4]]);
  const short = msgpack(arrayOf(str), { limits: { stringBytesMax: 3 } });
  rows(short, [[["abc"], "91a3616263"]]);
  decodeRefusals(short, [["92a161a461626364", "limit", "[1]", 3]]);
  // Tuples have as many elements as they have.
  rows(msgpack(tupleOf([uint, uint, uint]), { limits: { elementsMax: 1 } }), [[[1, 2, 3], "93010203"]]);
  const deep = msgpack(any, { limits: { depthMax: 1e9, elementsMax: 1e9 } });
  assert.is(JSON.stringify(decode(deep, hex("91".repeat(512) + "01"))).length, 1025);
  assert.throws(() => decode(deep, hex("91".repeat(513) + "01")), /512 levels/);
});

test("dumps name every part, also of broken values", () => {
  const Frame = struct({ id: bytes(2), call: msgpack(tagged("ping", namedTuple({ nodeId: bin(2), more: any }))) });
  const message = hex("010292a470696e6792c402aabb82a16193c0c3cb3ff8000000000000a162d600000000c8");
  assert.is(
    hexdump(Frame, message),
    [
      "000000  01 02                    id                    2 bytes",
      "000002  92                       call (length)         2",
      '000003  a4 70 69 6e 67           call                  "ping"',
      "000008  92                       call (length)         2",
      "000009  c4 02 aa bb              call.nodeId           2 bytes",
      "00000d  82                       call.more (length)    2",
      '00000e  a1 61                    call.more.a (tag)     "a"',
      "000010  93                       call.more.a (length)  3",
      "000011  c0                       call.more.a[0]        null",
      "000012  c3                       call.more.a[1]        true",
      "000013  cb 3f f8 00 00 00 00 00  call.more.a[2]        1.5",
      "00001b  00",
      '00001c  a1 62                    call.more.b (tag)     "b"',
      '00001e  d6 00 00 00 00 c8        call.more.b           {"type":0,"data":"000000c8"}',
    ].join("\n"),
  );
  const { spans, error } = inspect(Frame, message.subarray(0, 0x15));
  assert.is(spans.at(-1)?.path, "call.more.a[1]");
  assert.is(`${error?.code} ${error?.path} ${error?.offset}`, "truncated call.more.a[2] 19");
  assert.is(describe(Frame)[1].type, 'msgpack ["ping", [nodeId: bin (2 bytes), more: any]]');
  assert.is(describe(Frame)[1].size, "12–");
});

test("shapes as text", () => {
  const shape = namedTuple({
    a: nullable(arrayOf(intBetween(1, 5))),
    b: mapOf({ c: optionalField(textLike("str")) }, { extra: "ignore" }),
    d: tupleOf([uint64, int64, uint, int, float64, boolean, packed, bytesLike(3), exactly("x")]),
  });
  assert.is(
    formatShape(shape),
    "[a: nil | [int 1 to 5, …], b: {c?: text (str or bin), …}, " +
      'd: [uint64, int64, uint, int, float64, boolean, any, bin or str (3 bytes), "x"]]',
  );
});

test.run();
