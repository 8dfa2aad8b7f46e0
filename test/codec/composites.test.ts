import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { assertUnusable, decodeRefusals, encodeRefusals, rows } from "./table.ts";

const structs = suite("codec: struct");

const Offer = w.struct({ id: w.string(w.u8), size: w.u32 });
const Message = w.struct({ offers: w.array(Offer, w.u8), note: w.string(w.u8) });

structs("fields in order", () => {
  rows(w.struct({}), [[{}, ""]]);
  rows(w.struct({ a: w.u8, b: w.u16 }), [[{ a: 1, b: 2 }, "01 0002"]]);
  rows(Message, [[
    { offers: [{ id: "x", size: 7 }, { id: "", size: 1 }], note: "!" },
    "02 0178 00000007 00 00000001 0121",
  ]]);
  rows(w.struct({ outer: w.struct({ inner: w.struct({ n: w.u8 }) }) }), [[{ outer: { inner: { n: 3 } } }, "03"]]);
});

structs("names that objects have anyway", () => {
  const schema = w.struct({
    constructor: w.u8,
    toString: w.u8,
    hasOwnProperty: w.u8,
    valueOf: w.u8,
    length: w.u8,
    then: w.u8,
  });
  const value = { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4, length: 5, then: 6 };
  rows(schema as unknown as w.Schema, [[value, "010203040506"]]);
  // What every object has is no value of a field that is missing.
  encodeRefusals(w.struct({ toString: w.u8 }), [[{}, "type", "toString", 0]]);
});

structs("errors name path and offset", () => {
  decodeRefusals(Message, [
    ["", "truncated", "offers", 0],
    ["02 0178 00000007 0179 000000", "truncated", "offers[1].size", 9],
    ["01 01ff 00000007 00", "utf8", "offers[0].id", 2],
    ["00", "truncated", "note", 1],
    ["00 00 00", "trailing", "", 2],
  ]);
  encodeRefusals(Message, [
    [undefined, "type", "", 0],
    [null, "type", "", 0],
    ["", "type", "", 0],
    [{}, "type", "offers", 0],
    [{ offers: [], note: 1 }, "type", "note", 1],
    [{ offers: [{ id: "x", size: 7 }, { id: "y", size: -1 }], note: "" }, "range", "offers[1].size", 9],
    [{ offers: [{ id: "x", size: 7 }, null], note: "" }, "type", "offers[1]", 7],
    [{ offers: [{ id: "x" }], note: "" }, "type", "offers[0].size", 3],
  ]);
});

structs("more properties than fields do no harm; objects of any class are read", () => {
  class Point {
    get x() {
      return 1;
    }
  }
  assert.is(w.formatHex(w.encode(w.struct({ x: w.u8 }), new Point())), "01");
  assert.is(w.formatHex(w.encode(w.struct({ x: w.u8 }), { x: 1, y: 2 } as { x: number })), "01");
  const bare = Object.assign(Object.create(null), { x: 1 });
  assert.is(w.formatHex(w.encode(w.struct({ x: w.u8 }), bare)), "01");
});

structs("what a getter throws is passed on", () => {
  const value = {
    get x(): number {
      throw new RangeError("no x today");
    },
  };
  assert.throws(() => w.encode(w.struct({ x: w.u8 }), value), (error: Error) => error instanceof RangeError);
});

structs("a field named by a number is refused: objects do not keep it in its place", () => {
  for (const name of ["0", "10", "007"]) assertUnusable(() => w.struct({ a: w.u8, [name]: w.u8 }), /cannot be named/);
});

structs("a field named __proto__ is refused, not set", () => {
  assertUnusable(() => w.struct({ ["__proto__"]: w.u8 }), /__proto__/);
  assertUnusable(() => w.union("__proto__", w.u8, { a: [1, w.struct({})] }), /__proto__/);
});

structs("schemas are frozen data", () => {
  for (
    const schema of [Message, Offer, Message.fields, w.u8, w.optional(w.u8), w.bytes(w.u8), w.enumOf(w.u8, { a: 1 })]
  ) {
    assert.ok(Object.isFrozen(schema));
  }
  assert.equal(w.struct({ a: w.bytes(w.u8) }), {
    kind: "struct",
    fields: [{
      name: "a",
      schema: {
        kind: "bytes",
        size: { kind: "prefix", int: { kind: "int", bytes: 1, signed: false, littleEndian: false, big: false } },
      },
    }],
  });
});

structs("a function makes the object", () => {
  const a = w.u8, magic = w.literal("M");
  rows(w.struct({}, () => ({})), [[{}, ""]]);
  rows(w.struct({ magic }, () => ({})), [[{}, "4d"]]);
  rows(w.struct({ a }, (a) => ({ a })), [[{ a: 1 }, "01"]]);
  rows(w.struct({ magic, a, end: magic }, (a) => ({ a })), [[{ a: 1 }, "4d 01 4d"]]);
  rows(w.struct({ a, magic, b: a }, (a, b) => ({ a, b })), [[{ a: 1, b: 2 }, "01 4d 02"]]);
  rows(w.struct({ a, b: a, c: a }, (a, b, c) => ({ a, b, c })), [[{ a: 1, b: 2, c: 3 }, "01 02 03"]]);
  const four = w.struct({ a, b: a, c: a, d: Offer }, (a, b, c, d) => ({ a, b, c, d }));
  rows(four, [[{ a: 1, b: 2, c: 3, d: { id: "x", size: 4 } }, "01 02 03 01 78 00000004"]]);
  const five = w.struct({ a, b: a, c: a, d: a, e: a }, (a, b, c, d, e) => ({ a, b, c, d, e }));
  rows(five, [[{ a: 1, b: 2, c: 3, d: 4, e: 5 }, "01 02 03 04 05"]]);
  decodeRefusals(four, [["01 02 03 02 78", "truncated", "d.id", 4]]);
  let calls = 0;
  const counted = w.struct({ a }, (a) => (calls++, { a }));
  w.decode(counted, Uint8Array.of(1));
  assert.is(calls, 2, "once when it is tried, once when it is used");
});

structs("references are looked up in the object, whether a function could make it or not", () => {
  const schema = w.struct({ count: w.u8, items: w.array(w.u8, w.ref("count")) }, (count, items) => ({ count, items }));
  rows(schema, [[{ count: 2, items: [5, 6] }, "02 05 06"]]);
});

structs("a function that makes another object is refused", () => {
  class Point {
    x: number;
    y: number;
    constructor(x: number, y: number) {
      this.x = x;
      this.y = y;
    }
  }
  const fields = { x: w.u8, magic: w.literal("M"), y: w.u8 };
  for (
    const make of [
      (y: number, x: number) => ({ x, y }),
      (x: number, y: number) => ({ y, x }),
      (x: number, y: number) => ({ x, y, z: 0 }),
      (x: number, y: number) => ({ x, y: y + 0 }),
      (x: number, y: number) => new Point(x, y),
      () => undefined as unknown as { x: number; y: number },
    ]
  ) {
    assertUnusable(() => w.struct(fields, make), /does not make an object of x, y/);
  }
});

structs.run();

const enums = suite("codec: enum");

enums("names for numbers", () => {
  rows(w.enumOf(w.u8, { awaiting: 0, accepted: 1, refused: 255 }), [["awaiting", "00"], ["accepted", "01"], [
    "refused",
    "ff",
  ]]);
  rows(w.enumOf(w.i16le, { low: -2, high: 300 }), [["low", "feff"], ["high", "2c01"]]);
  rows(w.enumOf(w.varint, { one: 1, many: 300 }), [["one", "01"], ["many", "ac02"]]);
  rows(w.enumOf(w.u64, { far: 2 ** 53 - 1 }), [["far", "001fffffffffffff"]]);
  rows(w.enumOf(w.u8, { constructor: 1, 7: 2 }) as w.Schema<string>, [["constructor", "01"], ["7", "02"]]);
});

enums("other numbers and names are refused", () => {
  const schema = w.struct({ code: w.enumOf(w.u16, { no: 0, yes: 1 }) });
  decodeRefusals(schema, [["0002", "enum", "code", 0], ["00", "truncated", "code", 0]]);
  encodeRefusals(schema, [
    [{ code: "maybe" }, "enum", "code", 0],
    [{ code: 1 }, "enum", "code", 0],
    [{ code: "toString" }, "enum", "code", 0],
    [{}, "enum", "code", 0],
  ]);
  decodeRefusals(w.enumOf(w.varint, { no: 0 }), [["8000", "canonical", "", 0], ["01", "enum", "", 0]]);
  decodeRefusals(w.enumOf(w.u8, {}), [["00", "enum", "", 0]]);
});

enums("numbers that stand twice or do not fit", () => {
  assertUnusable(() => w.enumOf(w.u8, { a: 1, b: 2, c: 1 }), /Duplicate number of an enumeration: 1/);
  for (const number of [256, -1, 0.5, NaN, "1" as unknown as number]) {
    assertUnusable(() => w.enumOf(w.u8, { a: number }), /between 0 and 255/);
  }
});

enums.run();

const unions = suite("codec: union");

const Event = w.union("type", w.u8, {
  ping: [0x01, w.struct({ signal: w.u8 })],
  text: [0x02, w.struct({ text: w.string(w.u8), loud: w.bool })],
  stop: [0xff, w.struct({})],
});

unions("a tag, then the fields of its case", () => {
  rows(Event, [
    [{ type: "ping", signal: 7 }, "01 07"],
    [{ type: "text", text: "hi", loud: true }, "02 026869 01"],
    [{ type: "stop" }, "ff"],
  ]);
  rows(w.union("op", w.varint, { far: [300, w.struct({ n: w.u8 })] }), [[{ op: "far", n: 1 }, "ac02 01"]]);
  rows(w.union("op", w.i8, { down: [-1, w.struct({})] }), [[{ op: "down" }, "ff"]]);
  rows(w.array(Event, w.u8), [[[{ type: "stop" }, { type: "ping", signal: 0 }], "02 ff 0100"]]);
});

unions("errors", () => {
  decodeRefusals(w.struct({ event: Event }), [
    ["", "truncated", "event.type", 0],
    ["03", "tag", "event.type", 0],
    ["01", "truncated", "event.signal", 1],
    ["02 026869 02", "bool", "event.loud", 4],
    ["ff 00", "trailing", "", 1],
  ]);
  encodeRefusals(w.struct({ event: Event }), [
    [{ event: { type: "pong" } }, "tag", "event.type", 0],
    [{ event: { type: 1, signal: 1 } }, "tag", "event.type", 0],
    [{ event: { type: "constructor" } }, "tag", "event.type", 0],
    [{ event: { signal: 1 } }, "tag", "event.type", 0],
    [{ event: { type: "ping" } }, "type", "event.signal", 1],
    [{ event: null }, "type", "event", 0],
    [{ event: "ping" }, "type", "event", 0],
  ]);
});

unions("cases that cannot be told apart, or whose fields hide the name", () => {
  const empty = w.struct({});
  assertUnusable(() => w.union("type", w.u8, { a: [1, empty], b: [1, empty] }), /Duplicate tag of a union: 1/);
  assertUnusable(() => w.union("type", w.u8, { a: [1, w.struct({ type: w.u8 })] }), /where the case's name stands/);
  for (const tag of [256, -1, 0.5]) {
    assertUnusable(() => w.union("type", w.u8, { a: [tag, empty] }), /between 0 and 255/);
  }
});

unions.run();
