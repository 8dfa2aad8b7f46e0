/**
 * Objects of apphost 2026 as JSON messages, against recorded ones and a recorded session.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode, formatHex, parseHex } from "../../../codec/mod.ts";
import {
  type AstralObject,
  decodeObject,
  decodeObjectJson,
  encodeObject,
  encodeObjectJson,
  OBJECT_LIMITS,
  OBJECT_TYPES,
  type ObjectType,
  ZERO_IDENTITY,
  ZERO_NONCE,
} from "../../../codec/protocols/astral/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("astral objects as JSON");

interface Recorded {
  readonly objects: readonly {
    readonly name: string;
    readonly type: ObjectType;
    readonly binaryChannelHex: string;
    readonly jsonLine: string;
  }[];
  readonly receiveQuirks: Readonly<Record<string, string>>;
}

type SessionEvent = readonly [connection: string, what: string, text: string | number, origin?: string];

const { objects, receiveQuirks } = fixture("apphost-2026-objects.json") as Recorded;
const session = fixture("apphost-2026-websocket-json-session.json") as readonly SessionEvent[];

const SEED = 0x0b1ec7;
const B = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

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

/** Reads a message, writes it, reads that; cut anywhere it is an error. */
function checkMessage(line: string): AstralObject {
  const { object, nullObject } = decodeObjectJson(line);
  const text = encodeObjectJson(object);
  assert.equal(decodeObjectJson(text), { object, nullObject: false });
  // The writers differ in what stands for "no payload", and the JavaScript ones do not escape an ampersand.
  assert.is(text, line.trimEnd().replace(/"Object":null}$/, '"Object":{}}').replaceAll("&", "\\u0026"));
  assert.is(nullObject, line.includes('"Object":null}'));
  for (let length = 0; length < line.trimEnd().length; length++) {
    fails("truncated", () => decodeObjectJson(line.slice(0, length)));
  }
  assert.equal(decodeObjectJson(new TextEncoder().encode(` \t\r\n${line}`)).object, object);
  return object;
}

for (const { name, type, binaryChannelHex, jsonLine } of objects) {
  test(`recorded ${name}`, () => {
    const { object } = decodeObject(parseHex(binaryChannelHex));
    if (type === "error_message") {
      fails("refused", () => encodeObjectJson(object));
      fails("refused", () => decodeObjectJson(jsonLine));
    } else if (type === "") {
      assert.is(`${encodeObjectJson(object)}\n`, jsonLine);
      fails("tag", () => decodeObjectJson(jsonLine));
    } else {
      assert.equal(checkMessage(jsonLine), object);
    }
  });
}

for (const [index, [connection, what, text]] of session.entries()) {
  if (typeof text !== "string" || what === "upgrade") continue;
  test(`session message ${index}, ${connection} ${what}`, () => {
    const object = checkMessage(text);
    assert.equal(decodeObject(encodeObject(object)).object, object);
  });
}

test("the session has a message of every kind it was made for", () => {
  const types = new Set(
    session.flatMap(([, what, text]) => what.includes(">") ? [decodeObjectJson(String(text)).object.type] : []),
  );
  assert.equal([...types].sort(), [
    "ack",
    "bytes32",
    "eos",
    "mod.apphost.attach_query_msg",
    "mod.apphost.auth_success_msg",
    "mod.apphost.auth_token_msg",
    "mod.apphost.error_msg",
    "mod.apphost.host_info_msg",
    "mod.apphost.incoming_query_msg",
    "mod.apphost.query_accepted_msg",
    "mod.apphost.query_rejected_msg",
    "mod.apphost.register_service_msg",
    "mod.apphost.reject_incoming_msg",
    "mod.apphost.route_query_msg",
    "string8",
  ]);
});

for (const [input, result] of Object.entries(receiveQuirks)) {
  if (input.startsWith("bin:")) continue;
  test(`what the node makes of ${input}`, () => {
    if (result.startsWith("error")) {
      const code: CodecErrorCode = input.includes('"nope"') ? "tag" : "json";
      assert.is(fails(code, () => decodeObjectJson(input)).code, code);
    } else if (result === "nil object, nil error") {
      const { object, nullObject } = decodeObjectJson(input);
      assert.equal(object, { type: input.includes("ack") ? "ack" : "eos", value: {} });
      assert.is(nullObject, true);
    } else {
      const { object, nullObject } = decodeObjectJson(input);
      assert.is(formatHex(encodeObject(object)), result.split(" -> ")[1]);
      assert.is(nullObject, false);
    }
  });
}

test("64-bit integers are exact in both directions", () => {
  const rows: [ObjectType, bigint][] = [
    ["uint64", 0n],
    ["uint64", 2n ** 53n + 1n],
    ["uint64", 2n ** 63n - 1n],
    ["uint64", 2n ** 63n],
    ["uint64", 2n ** 64n - 1n],
    ["int64", -(2n ** 63n)],
    ["int64", 2n ** 63n - 1n],
    ["int64", -(2n ** 53n) - 1n],
    ["duration", -9_007_199_254_740_993n],
  ];
  for (const [type, value] of rows) {
    const object = { type, value } as AstralObject;
    const text = `{"Type":"${type}","Object":${value}}`;
    assert.is(encodeObjectJson(object), text);
    assert.equal(decodeObjectJson(text).object, object);
  }
  const bad: [ObjectType, string, CodecErrorCode][] = [
    ["uint64", "18446744073709551616", "range"],
    ["uint64", "-1", "range"],
    ["uint64", "1.0", "json"],
    ["uint64", "9007199254740990.6", "json"],
    ["uint64", "1e3", "json"],
    ["uint64", "18446744073709551615.5", "json"],
    ["uint64", '"1"', "json"],
    ["int64", "9223372036854775808", "range"],
    ["int64", "-9223372036854775809", "range"],
    ["duration", "1.5", "json"],
    ["uint8", "256", "range"],
    ["uint8", "-1", "range"],
    ["uint8", "1.5", "json"],
    ["uint16", "65536", "range"],
    ["uint32", "4294967296", "range"],
    ["int8", "128", "range"],
    ["int32", "2147483648", "range"],
    ["int32", "1e400", "json"],
  ];
  for (const [type, number, code] of bad) {
    fails(code, () => decodeObjectJson(`{"Type":"${type}","Object":${number}}`));
  }
});

test("an ampersand and its like are escaped", () => {
  assert.is(
    encodeObjectJson({ type: "string8", value: 'a&b<c>\u2028\u0001"' }),
    '{"Type":"string8","Object":"a\\u0026b\\u003cc\\u003e\\u2028\\u0001\\""}',
  );
  assert.equal(decodeObjectJson('{"Type":"string8","Object":"a&b\\u0026c"}').object, {
    type: "string8",
    value: "a&b&c",
  });
});

test("keys match without regard to case, missing ones are zero, unknown ones are ignored", () => {
  const { object } = decodeObjectJson(
    '{"OBJECT":{"QUERY":"q","extra":{"deep":[1,2,{"x":null}]},"tArGeT":"ANYONE"},"x":1,"TYPE":"mod.apphost.route_query_msg"}'
      .replace("ANYONE", B.toUpperCase()),
  );
  assert.equal(object, {
    type: "mod.apphost.route_query_msg",
    value: { nonce: ZERO_NONCE, caller: null, target: B, query: "q", zone: 0, filters: [] },
  });
  assert.equal(decodeObjectJson('{"Type":"mod.apphost.route_query_msg","Object":{"Nonce":null,"Zone":null}}').object, {
    type: "mod.apphost.route_query_msg",
    value: { nonce: ZERO_NONCE, caller: null, target: null, query: "", zone: 0, filters: [] },
  });
});

test("filters are a list or null", () => {
  const text = (filters: string) =>
    `{"Type":"mod.apphost.route_query_msg","Object":{"Nonce":"0","Caller":"anyone","Target":null,"Query":"","Zone":"",` +
    `"Filters":${filters}}}`;
  for (const filters of ["null", "[]"]) {
    const { object } = decodeObjectJson(text(filters));
    assert.is(encodeObjectJson(object), text("null"));
  }
  const { object } = decodeObjectJson(text('["a","b&"]'));
  assert.equal(object.value, {
    nonce: ZERO_NONCE,
    caller: ZERO_IDENTITY,
    target: null,
    query: "",
    zone: 0,
    filters: ["a", "b&"],
  });
  assert.is(encodeObjectJson(object), text('["a","b\\u0026"]'));
  assert.is(fails("json", () => decodeObjectJson(text("[7]"))).path, "Object.Filters[0]");
  assert.is(fails("length", () => decodeObjectJson(text(`["${"f".repeat(256)}"]`))).path, "value.filters[0]");
});

test("what has no payload takes an object, null, or nothing", () => {
  for (const type of ["ack", "eos", "nil", "mod.apphost.query_accepted_msg", "mod.apphost.ping_msg"] as const) {
    const expected = { type, value: {} };
    assert.equal(decodeObjectJson(`{"Type":"${type}"}`), { object: expected, nullObject: false });
    assert.equal(decodeObjectJson(`{"Type":"${type}","Object":{}}`), { object: expected, nullObject: false });
    assert.equal(decodeObjectJson(`{"Type":"${type}","Object":null}`), { object: expected, nullObject: true });
    assert.is(encodeObjectJson(expected), `{"Type":"${type}","Object":{}}`);
    for (const other of ["[]", "0", '""', "true"]) {
      assert.is(fails("json", () => decodeObjectJson(`{"Type":"${type}","Object":${other}}`)).path, "Object");
    }
  }
});

test("every other type needs its object", () => {
  const empties = ["ack", "eos", "nil", "mod.apphost.query_accepted_msg", "mod.apphost.ping_msg"];
  const without = ["", "error_message", "astral.blueprint"];
  const others = Object.keys(OBJECT_TYPES).filter((type) => ![...empties, ...without].includes(type));
  assert.is(others.length, 39);
  for (const type of others) {
    fails("json", () => decodeObjectJson(`{"Type":"${type}"}`));
    fails("json", () => decodeObjectJson(`{"Type":"${type}","Object":null}`));
    fails("json", () => decodeObjectJson(`{"Type":"${type}","Object":[]}`));
  }
});

test("what nodes say of themselves is read as nodes write it", () => {
  const rows: readonly (readonly [AstralObject, string])[] = [
    [
      {
        type: "mod.dir.alias_map",
        value: { aliases: [{ alias: "é", identity: B }, { alias: "nobody", identity: null }] },
      },
      `{"Aliases":{"nobody":null,"é":"${B}"}}`,
    ],
    [{ type: "mod.dir.alias_map", value: { aliases: [] } }, '{"Aliases":{}}'],
    [
      { type: "routing.op_spec", value: { name: "a", parameters: [{ name: "id", type: "bool", required: true }] } },
      '{"Name":"a","Parameters":[{"Name":"id","Type":"bool","Required":true}]}',
    ],
    [{ type: "object_id.sha256", value: "data1o" }, '"data1o"'],
  ];
  for (const [object, json] of rows) {
    const text = `{"Type":"${object.type}","Object":${json}}`;
    assert.is(encodeObjectJson(object), text);
    const read = decodeObjectJson(text).object;
    if (object.type === "mod.dir.alias_map" && read.type === "mod.dir.alias_map") read.value.aliases.reverse();
    assert.equal(read, object);
  }
  assert.is(decodeObjectJson('{"Type":"object_id.sha256","Object":"data1yyo"}').object.value, "data1o");
  for (const id of ["", "data1v", "data2y", `data1${"y".repeat(65)}`]) {
    fails("syntax", () => decodeObjectJson(`{"Type":"object_id.sha256","Object":"${id}"}`));
  }
  for (const aliases of ["[]", "7", '{"a":7}', '{"a":"02"}']) {
    const text = `{"Type":"mod.dir.alias_map","Object":{"Aliases":${aliases}}}`;
    assert.ok(["json", "syntax"].includes((raised(() => decodeObjectJson(text)) as CodecError).code), aliases);
  }
  assert.equal(decodeObjectJson('{"Type":"mod.dir.alias_map","Object":{"Aliases":null}}').object.value, {
    aliases: [],
  });
  fails("refused", () => decodeObjectJson('{"Type":"astral.blueprint","Object":{"Type":"x"}}'));
  fails(
    "refused",
    () => encodeObjectJson({ type: "astral.blueprint", value: { type: "x", fields: [], underlying: "" } }),
  );
});

function raised(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

test("an error_message never passes", () => {
  for (const object of ['"x"', "null", "{}", '{"Type":"error_message"}']) {
    const error = fails("refused", () => decodeObjectJson(`{"Type":"error_message","Object":${object}}`));
    assert.match(error.message, "error_message");
  }
  fails("refused", () => decodeObjectJson('{"type":"error_message"}'));
  fails("refused", () => encodeObjectJson({ type: "error_message", value: "x" }));
});

test("what is no message is refused", () => {
  for (const type of ["nope", "constructor", "__proto__", "Ack"]) {
    const error = fails("tag", () => decodeObjectJson(`{"Type":"${type}","Object":{}}`));
    assert.is(error.context.type, type);
    fails("tag", () => encodeObjectJson({ type, value: {} } as unknown as AstralObject));
  }
  for (const text of ["{}", '{"Type":""}', '{"Type":null}', "null"]) fails("tag", () => decodeObjectJson(text));
  for (const text of ["[]", "7", '"ack"', '{"Type":7}', '{"Type":"ack"x', "{Type:1}"]) {
    fails("json", () => decodeObjectJson(text));
  }
  fails("trailing", () => decodeObjectJson('{"Type":"ack"}{"Type":"ack"}'));
  fails("utf8", () => decodeObjectJson('{"Type":"string8","Object":"\ud800"}'));
  fails("utf8", () => encodeObjectJson({ type: "string8", value: "\ud800" }));
});

test("an error in a value says where", () => {
  const attach = (json: string) => `{"Type":"mod.apphost.attach_query_msg","Object":{"QueryID":${json}}}`;
  assert.is(fails("syntax", () => decodeObjectJson(attach('""'))).path, "Object.QueryID");
  assert.is(fails("syntax", () => decodeObjectJson(attach('"12345678901234567"'))).path, "Object.QueryID");
  assert.is(fails("json", () => decodeObjectJson(attach("171"))).path, "Object.QueryID");
  const host = (json: string) => `{"Type":"mod.apphost.host_info_msg","Object":{"Identity":${json}}}`;
  assert.is(fails("syntax", () => decodeObjectJson(host('"02"'))).path, "Object.Identity");
  assert.is(fails("json", () => decodeObjectJson(host("{}"))).path, "Object.Identity");
  fails("syntax", () => decodeObjectJson('{"Type":"zone","Object":"dx"}'));
  fails("syntax", () => decodeObjectJson('{"Type":"bytes8","Object":"A"}'));
  fails("syntax", () => decodeObjectJson('{"Type":"time","Object":"yesterday"}'));
  fails("length", () => decodeObjectJson(`{"Type":"string8","Object":"${"é".repeat(128)}"}`));
  fails("range", () => encodeObjectJson({ type: "zone", value: 8 }));
  const token = '{"Type":"apphost.access_token","Object":{"Identity":null,"Token":"t"}}';
  assert.is(fails("json", () => decodeObjectJson(token)).path, "Object.ExpiresAt");
});

test("messages are bounded", () => {
  const long = `{"Type":"bytes32","Object":"${"A".repeat(400)}"}`;
  assert.is(decodeObjectJson(long, { jsonBytesMax: long.length }).object.type, "bytes32");
  fails("limit", () => decodeObjectJson(long, { jsonBytesMax: long.length - 1 }));
  fails("limit", () => decodeObjectJson(new TextEncoder().encode(long), { jsonBytesMax: long.length - 1 }));
  fails("limit", () => decodeObjectJson(long, { payloadBytesMax: 303 }));
  assert.is(decodeObjectJson(long, { payloadBytesMax: 304 }).object.type, "bytes32");
  const object: AstralObject = { type: "bytes32", value: new Uint8Array(300) };
  fails("limit", () => encodeObjectJson(object, { payloadBytesMax: 303 }));
  fails("limit", () => encodeObjectJson(object, { jsonBytesMax: 400 }));
  fails("limit", () => decodeObjectJson(" ".repeat(OBJECT_LIMITS.jsonBytesMax + 1)));
  fails("limit", () => decodeObjectJson(`{"Type":"ack","Object":${'{"a":'.repeat(100_000)}`));
});

test("objects pass from binary to JSON and back", () => {
  let state = SEED;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  let passed = 0;
  for (let round = 0; round < 3_000; round++) {
    const bytes = parseHex(objects[next(objects.length)].binaryChannelHex);
    const payloadAt = 1 + bytes[0] + 4;
    if (payloadAt < bytes.length) bytes[payloadAt + next(bytes.length - payloadAt)] = next(256);
    const place = `seed ${SEED}, round ${round}: ${formatHex(bytes)}`;
    let object: AstralObject;
    let text: string;
    try {
      object = decodeObject(bytes).object;
      text = encodeObjectJson(object);
    } catch (error) {
      // Broken bytes, an error_message, or a zone without a letter.
      assert.instance(error, CodecError, place);
      continue;
    }
    if (object.type === "") continue;
    assert.equal(decodeObjectJson(text).object, object, place);
    assert.is((JSON.parse(text) as { Type: string }).Type, object.type, place);
    passed++;
  }
  assert.ok(passed > 1_000, `seed ${SEED}: only ${passed} passed`);
});

test.run();
