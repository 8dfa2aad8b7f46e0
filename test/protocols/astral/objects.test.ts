/**
 * Objects of apphost 2026 in binary frames, against recorded ones.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  CodecError,
  type CodecErrorCode,
  decode,
  decodePrefix,
  encode,
  formatHex,
  hexdump,
  inspect,
  parseHex,
  type Schema,
  stream,
} from "../../../codec/mod.ts";
import {
  type AstralObject,
  astralObject,
  type BlueprintField,
  decodeObject,
  encodeObject,
  type FieldSpec,
  OBJECT_LIMITS,
  OBJECT_TYPES,
  objectFrame,
  objectSchema,
  type ObjectType,
  SESSION_LIMITS,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("astral objects");

interface Recorded {
  readonly objects: readonly {
    readonly name: string;
    readonly type: ObjectType;
    readonly binaryChannelHex: string;
    readonly payloadHex: string;
  }[];
  readonly receiveQuirks: Readonly<Record<string, string>>;
}

const { objects, receiveQuirks } = fixture("apphost-2026-objects.json") as Recorded;

const A = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const B = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const NONCE = "0123456789abcdef";
const SEED = 0x0b1ec75;

/** What the recorded objects mean, by name. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  host_info: { identity: A, alias: "node-a" },
  auth_success: { guestId: B },
  "error auth_failed": { code: "auth_failed" },
  route_query: { nonce: NONCE, caller: B, target: A, query: "user.info?name=alice", zone: 7, filters: [] },
  "route_query nil caller+target": {
    nonce: NONCE,
    caller: null,
    target: null,
    query: "apphost.whoami",
    zone: 1,
    filters: [],
  },
  "route_query zero caller (Anyone)": {
    nonce: NONCE,
    caller: ZERO_IDENTITY,
    target: A,
    query: "x",
    zone: 7,
    filters: [],
  },
  query_accepted: {},
  "query_rejected 1": { code: 1 },
  "query_rejected 255": { code: 255 },
  register_handler: { identity: B, endpoint: "tcp:127.0.0.1:40123", authToken: NONCE },
  bind: { token: NONCE },
  attach_query: { queryId: NONCE },
  reject_incoming: { queryId: NONCE, code: 7 },
  access_token: { identity: B, token: "abc", expiresAt: 1_700_000_000_123_456_789n },
  ack: {},
  eos: {},
  error_message: "something failed",
  nonce64: NONCE,
  string8: "hello",
  string16: "hello",
  string64: "hello",
  bytes32: Uint8Array.of(1, 2, 3),
  blob: Uint8Array.of(1, 2, 3),
  uint8: 255,
  uint16: 65_535,
  uint32: 4_294_967_295,
  "bool true": true,
  time: 1_700_000_000_123_456_789n,
};

/** What no kind of field has. */
const NO_FIELD: Omit<FieldSpec, "kind"> = {
  ...{ primitive: null, ref: null, slice: null, element: null, length: null, key: null, value: null, pointer: null },
};
/** A field of every kind. */
const ALL_FIELDS: BlueprintField[] = [
  { name: "a", spec: { ...NO_FIELD, kind: "astral.blueprint.primitive_spec", primitive: "uint8" } },
  { name: "b", spec: { ...NO_FIELD, kind: "astral.blueprint.ref_spec", ref: "ack" } },
  { name: "c", spec: { ...NO_FIELD, kind: "astral.blueprint.slice_spec", slice: "" } },
  { name: "d", spec: { ...NO_FIELD, kind: "astral.blueprint.array_spec", element: "ack", length: 256 } },
  { name: "e", spec: { ...NO_FIELD, kind: "astral.blueprint.map_spec", key: "string16", value: "ack" } },
  { name: "f", spec: { ...NO_FIELD, kind: "astral.blueprint.ptr_spec", pointer: "ack" } },
  { name: "g", spec: { ...NO_FIELD, kind: "astral.blueprint.object_spec" } },
];

/** One or more objects of the types that the recording has none of, with the bytes of their payload. */
const OTHERS: readonly (readonly [AstralObject, string])[] = [
  [{ type: "mod.apphost.auth_token_msg", value: { token: "tok123" } }, "06746f6b313233"],
  [{ type: "mod.apphost.register_service_msg", value: { identity: B } }, `01${B}`],
  [{ type: "mod.apphost.register_service_msg", value: { identity: null } }, "00"],
  [
    {
      type: "mod.apphost.incoming_query_msg",
      value: { queryId: NONCE, caller: null, target: A, query: "warpdrive" },
    },
    `${NONCE} 00 01${A} 0009 776172706472697665`,
  ],
  [
    {
      type: "mod.apphost.handle_query_msg",
      value: { ipcToken: "00000000000000ab", id: NONCE, caller: B, target: null, query: "" },
    },
    `00000000000000ab ${NONCE} 01${B} 00 0000`,
  ],
  [
    {
      type: "mod.apphost.route_query_msg",
      value: { nonce: NONCE, caller: null, target: null, query: "q", zone: 255, filters: ["a", "", "bc"] },
    },
    `${NONCE} 00 00 0001 71 ff 00000003 01 01 61 01 00 01 02 6263`,
  ],
  [{ type: "mod.apphost.ping_msg", value: {} }, ""],
  [
    {
      type: "mod.dir.alias_map",
      value: { aliases: [{ alias: "é", identity: B }, { alias: "nobody", identity: null }] },
    },
    `00000002 0002c3a9 01${B} 00066e6f626f6479 00`,
  ],
  [
    {
      type: "routing.op_spec",
      value: { name: "a.b", parameters: [{ name: "id", type: "bool", required: true }] },
    },
    "00000003 612e62 00000001 01 00000002 6964 00000004 626f6f6c 01",
  ],
  [{ type: "astral.blueprint", value: { type: "m", fields: [], underlying: "bool" } }, "00016d 00000000 0004626f6f6c"],
  [
    { type: "astral.blueprint", value: { type: "app.all", fields: ALL_FIELDS, underlying: "" } },
    `0007 6170702e616c6c 00000007
     01 0001 61 1f 61737472616c2e626c75657072696e742e7072696d69746976655f73706563 0005 75696e7438
     01 0001 62 19 61737472616c2e626c75657072696e742e7265665f73706563 0003 61636b
     01 0001 63 1b 61737472616c2e626c75657072696e742e736c6963655f73706563 0000
     01 0001 64 1b 61737472616c2e626c75657072696e742e61727261795f73706563 0003 61636b 00000100
     01 0001 65 19 61737472616c2e626c75657072696e742e6d61705f73706563 0008 737472696e673136 0003 61636b
     01 0001 66 19 61737472616c2e626c75657072696e742e7074725f73706563 0003 61636b
     01 0001 67 1c 61737472616c2e626c75657072696e742e6f626a6563745f73706563 0000`.replaceAll(/\s/g, ""),
  ],
  [{ type: "object_id.sha256", value: "data1" }, "00".repeat(40)],
  [{ type: "object_id.sha256", value: `data1${"9".repeat(64)}` }, "ff".repeat(40)],
  [{ type: "nil", value: {} }, ""],
  [{ type: "string32", value: "é" }, "00000002c3a9"],
  [{ type: "bytes8", value: Uint8Array.of(0) }, "0100"],
  [{ type: "bytes16", value: Uint8Array.of(0) }, "000100"],
  [{ type: "bytes64", value: new Uint8Array(0) }, "0000000000000000"],
  [{ type: "uint64", value: 2n ** 64n - 1n }, "ffffffffffffffff"],
  [{ type: "int8", value: -128 }, "80"],
  [{ type: "int16", value: -2 }, "fffe"],
  [{ type: "int32", value: -2_147_483_648 }, "80000000"],
  [{ type: "int64", value: -(2n ** 63n) }, "8000000000000000"],
  [{ type: "duration", value: 1_000_000_000n }, "000000003b9aca00"],
  [{ type: "zone", value: 5 }, "05"],
  [{ type: "identity", value: ZERO_IDENTITY }, ZERO_IDENTITY],
  [{ type: "bool", value: false }, "00"],
  [{ type: "", value: new Uint8Array(0) }, ""],
];

function fails(code: CodecErrorCode, run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError);
    assert.is((error as CodecError).code, code, (error as CodecError).message);
    return error as CodecError;
  }
  assert.unreachable(`No error where "${code}" was expected`);
  throw new Error("Not reached");
}

/** A frame made by hand. */
function frame(type: string, payloadHex: string): Uint8Array {
  const name = new TextEncoder().encode(type);
  const payload = parseHex(payloadHex);
  const length = formatHex(Uint8Array.of(0, payload.length >> 16, payload.length >> 8, payload.length));
  return parseHex(formatHex(Uint8Array.of(name.length)) + formatHex(name) + length + formatHex(payload));
}

/** Decodes in every way, cut at every byte and out of a stream, and encodes again. */
function checkFrame(bytes: Uint8Array, expected: unknown): void {
  const { object, ignoredBytes } = decodeObject(bytes);
  assert.equal(object, expected);
  assert.is(ignoredBytes, 0);
  assert.is(formatHex(encodeObject(object)), formatHex(bytes));
  assert.is(formatHex(encode(astralObject, object)), formatHex(bytes));
  assert.equal(decode(astralObject, bytes), object);
  assert.equal(inspect(astralObject, bytes).value, object);
  const shifted = new Uint8Array(bytes.length + 5);
  shifted.set(bytes, 3);
  assert.equal(decodePrefix(astralObject, shifted, 3), { value: object, length: bytes.length });
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    fails("truncated", () => decodePrefix(astralObject, cut));
    fails("truncated", () => decodeObject(cut));
    assert.is(inspect(astralObject, cut).error?.code, "truncated");
    fails("truncated", () => decodePrefix(objectFrame(), cut));
  }
  assert.equal(streamed(astralObject, bytes), object);
  const raw = decode(objectFrame(), bytes);
  assert.is(raw.type, object.type);
  assert.is(formatHex(encode(objectFrame(), raw)), formatHex(bytes));
  assert.equal(streamed(objectFrame(), bytes), raw);
}

/** The first value of a stream of single bytes; there must be none before the last byte. */
function streamed<T>(schema: Schema<T>, bytes: Uint8Array): T | undefined {
  const decoder = stream(schema);
  for (let at = 0; at < bytes.length; at++) {
    assert.is(decoder.pull(), null);
    decoder.push(bytes.subarray(at, at + 1));
  }
  return decoder.pull()?.value;
}

for (const { name, type, binaryChannelHex, payloadHex } of objects) {
  test(`recorded ${name}`, () => {
    assert.ok(name in EXPECTED);
    checkFrame(parseHex(binaryChannelHex), { type, value: EXPECTED[name] });
    const schema: Schema = OBJECT_TYPES[type].schema;
    const payload = parseHex(payloadHex);
    assert.equal(decode(schema, payload), EXPECTED[name]);
    assert.equal(inspect(schema, payload).value, EXPECTED[name]);
    assert.is(formatHex(encode(schema, EXPECTED[name])), payloadHex);
  });
}

for (const [object, payloadHex] of OTHERS) {
  test(`"${object.type}" with payload ${payloadHex === "" ? "of no bytes" : payloadHex}`, () => {
    checkFrame(frame(object.type, payloadHex), object);
  });
}

test("every type of the table was decoded", () => {
  const tested = new Set<string>([...objects.map(({ type }) => type), ...OTHERS.map(([{ type }]) => type)]);
  assert.equal(Object.keys(OBJECT_TYPES).filter((type) => !tested.has(type)), []);
});

test("what the node says of strange frames holds here", () => {
  const codes: Record<string, CodecErrorCode> = {
    "bin:": "truncated",
    "bin:03": "truncated",
    "bin:0361636b": "truncated",
    "bin:046e6f706500000000": "tag",
    "bin:166d6f642e617070686f73742e6572726f725f6d7367": "truncated",
  };
  const binary = Object.entries(receiveQuirks).filter(([input]) => input.startsWith("bin:"));
  for (const [input, result] of binary) {
    const bytes = parseHex(input.slice(4));
    if (result.startsWith("error")) {
      assert.ok(input in codes, input);
      fails(codes[input], () => decodeObject(bytes));
    } else {
      const { object } = decodeObject(bytes);
      assert.is(object.type, result.includes("Ack") ? "ack" : "");
    }
  }
  assert.is(binary.length, 8);
});

test("bytes behind the value are counted and not read", () => {
  const { object, ignoredBytes } = decodeObject(parseHex("0361636b0000000101"));
  assert.equal(object, { type: "ack", value: {} });
  assert.is(ignoredBytes, 1);
  const long = frame("mod.apphost.query_rejected_msg", "07 00010203");
  assert.equal(decodeObject(long), {
    object: { type: "mod.apphost.query_rejected_msg", value: { code: 7 } },
    ignoredBytes: 4,
  });
  assert.equal(decode(astralObject, long), decodeObject(long).object);
  const { spans } = inspect(astralObject, long);
  assert.equal(spans.map(({ path, start, end }) => `${path} ${start}-${end}`), [
    "type 0-31",
    "payloadBytes 31-35",
    "value.code 35-36",
    "ignored 36-40",
  ]);
  fails("trailing", () => decodeObject(parseHex("0361636b0000000001")));
  fails("trailing", () => decode(astralObject, parseHex("0361636b0000000001")));
});

test("an unknown type is named", () => {
  for (const name of ["nope", "constructor", "__proto__", "ACK", "toString", "mod.apphost.host_info_ms"]) {
    const error = fails("tag", () => decodeObject(frame(name, "")));
    assert.is(error.context.type, name);
    assert.match(error.message, `"${name}"`);
    fails("tag", () => encodeObject({ type: name, value: {} } as unknown as AstralObject));
    assert.equal(decode(objectFrame(), frame(name, "01")), { type: name, payload: Uint8Array.of(1) });
  }
  // It is known before the payload is there, also in a stream.
  const start = parseHex("046e6f7065");
  fails("tag", () => decodePrefix(astralObject, start));
  const decoder = stream(astralObject);
  decoder.push(start);
  fails("tag", () => decoder.pull());
  fails("utf8", () => decodeObject(parseHex("01ff00000000")));
});

test("a payload that is too short for its value is no truncated frame", () => {
  for (const { name, type, payloadHex } of objects) {
    // A blob of any length is a blob.
    if (type === "") continue;
    for (let length = 0; length < payloadHex.length / 2; length++) {
      const short = frame(type, payloadHex.slice(0, 2 * length));
      const error = fails("protocol", () => decodeObject(short));
      assert.ok(error.path.startsWith("value"), name);
      assert.ok(error.offset >= 5 + type.length && error.offset <= short.length, name);
      fails("protocol", () => decodePrefix(astralObject, short));
      assert.is(inspect(astralObject, short).error?.code, "protocol");
    }
  }
});

test("an error in a value says where", () => {
  const rows: [string, string, CodecErrorCode, string, number][] = [
    ["bool", "02", "bool", "value", 9],
    ["string8", "02c328", "utf8", "value", 13],
    ["mod.apphost.register_service_msg", "02", "bool", "value.identity", 37],
    ["mod.apphost.route_query_msg", `${NONCE} 00 00 0000 07 00000001 00 00`, "refused", "value.filters[0]", 49],
  ];
  for (const [type, payload, code, path, offset] of rows) {
    const error = fails(code, () => decodeObject(frame(type, payload)));
    assert.is(error.path, path);
    assert.is(error.offset, offset);
    assert.is(inspect(astralObject, frame(type, payload)).error?.message, error.message);
  }
  const bad = { type: "mod.apphost.query_rejected_msg", value: { code: 256 } } as const;
  assert.is(fails("range", () => encodeObject(bad)).path, "value.code");
  assert.is(fails("length", () => encodeObject({ type: "string8", value: "x".repeat(256) })).path, "value");
  fails("range", () => encodeObject({ type: "uint64", value: 2n ** 64n }));
  fails("type", () => encodeObject({ type: "uint64", value: 1 } as unknown as AstralObject));
  fails("type", () => encodeObject(null as unknown as AstralObject));
  fails("tag", () => encodeObject({} as unknown as AstralObject));
});

test("payloads are bounded before anything is kept", () => {
  const huge = parseHex("00ffffffff");
  const error = fails("limit", () => decodePrefix(astralObject, huge));
  assert.is(error.path, "payload");
  assert.is(error.context.payloadBytesMax, OBJECT_LIMITS.payloadBytesMax);
  const decoder = stream(astralObject);
  decoder.push(huge);
  fails("limit", () => decoder.pull());
  fails("limit", () => decodePrefix(objectFrame(), huge));

  const small = { payloadBytesMax: 4 };
  const four = frame("", "01020304");
  const five = frame("", "0102030405");
  assert.is(decodeObject(four, small).object.type, "");
  fails("limit", () => decodeObject(five, small));
  fails("limit", () => decode(objectSchema(small), five));
  fails("limit", () => encodeObject(decodeObject(five).object, small));
  fails("limit", () => encode(objectFrame(small), { type: "", payload: new Uint8Array(5) }));
  assert.ok(encodeObject({ type: "string16", value: "q".repeat(65_535) }, SESSION_LIMITS).length > 65_535);
  assert.throws(() => objectSchema({ payloadBytesMax: -1 }), /payloadBytesMax/);
});

test("a claimed number of elements costs nothing", () => {
  const hostile = frame("mod.apphost.route_query_msg", `${NONCE} 00 00 0000 07 ffffffff`);
  const error = fails("limit", () => decodeObject(hostile));
  assert.is(error.path, "value.filters");
  fails("protocol", () => decodeObject(frame("mod.apphost.route_query_msg", `${NONCE} 00 00 0000 07 000000ff 0100`)));
  fails("protocol", () => decodeObject(frame("string32", "00ffffff")));
  fails("limit", () => decodeObject(frame("string32", "7fffffff")));
  fails("protocol", () => decodeObject(frame("bytes64", "001fffffffffffff")));
  fails("range", () => decodeObject(frame("bytes64", "ffffffffffffffff")));
});

test("decoded bytes have memory of their own", () => {
  const bytes = frame("bytes8", "03010203");
  const { object } = decodeObject(bytes);
  const raw = decode(objectFrame(), bytes);
  bytes.fill(0);
  assert.equal(object.value, Uint8Array.of(1, 2, 3));
  assert.equal(raw.payload, Uint8Array.of(3, 1, 2, 3));
});

test("objects follow each other in chunks of any size", () => {
  const all = parseHex(objects.map(({ binaryChannelHex }) => binaryChannelHex).join(""));
  for (const size of [1, 2, 3, 5, 7, 64, 1000, all.length]) {
    const decoder = stream(astralObject);
    const found: AstralObject[] = [];
    for (let at = 0; at < all.length; at += size) {
      decoder.push(all.slice(at, at + size));
      for (let message = decoder.pull(); message !== null; message = decoder.pull()) found.push(message.value);
    }
    assert.is(decoder.finish(), null);
    assert.equal(found.map(({ value }) => value), objects.map(({ name }) => EXPECTED[name]), `chunks of ${size}`);
  }
});

test("a dump names every part", () => {
  const { binaryChannelHex } = objects.find(({ name }) => name === "host_info")!;
  const text = hexdump(astralObject, parseHex(binaryChannelHex));
  for (const part of ["type", "payloadBytes", "value.identity", "value.alias", "node-a"]) assert.match(text, part);
});

test("broken frames never do more than throw a CodecError, and both ways agree", () => {
  let state = SEED;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  let broken = 0;
  for (let round = 0; round < 4_000; round++) {
    const bytes = parseHex(objects[next(objects.length)].binaryChannelHex);
    for (let count = 1 + next(3); count > 0; count--) bytes[next(bytes.length)] = next(256);
    const { value, error } = inspect(astralObject, bytes);
    try {
      const object = decode(astralObject, bytes);
      assert.equal(object, value, `seed ${SEED}, round ${round}: ${formatHex(bytes)}`);
      assert.equal(decodeObject(encodeObject(object)).object, object, `seed ${SEED}, round ${round}`);
    } catch (thrown) {
      assert.instance(thrown, CodecError, `seed ${SEED}, round ${round}: ${formatHex(bytes)}`);
      assert.is((thrown as CodecError).message, error?.message, `seed ${SEED}, round ${round}: ${formatHex(bytes)}`);
      broken++;
    }
  }
  assert.ok(broken > 1_000 && broken < 4_000, `seed ${SEED}: ${broken} of 4000 were broken`);
});

test.run();
