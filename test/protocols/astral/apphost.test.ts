/**
 * The binary apphost protocol of 2022 and 2023 against recorded dialogues.
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
  inspect,
  parseHex,
  type Schema,
  stream,
} from "../../../codec/mod.ts";
import {
  answer,
  APPHOST_2022,
  APPHOST_2023,
  commandNames,
  type CommandRequest,
  commandRequest,
  decodeDialogue,
  decodeInboundDialogue,
  type DialogueEvent,
  type DialogueMessage,
  type Direction,
  encodeDialogue,
  inboundQuery,
  messageSchema,
  RESULT_CODES,
  type ResultCode,
  resultCode,
  ZERO_IDENTITY,
} from "../../../codec/protocols/astral/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("astral apphost 2022 and 2023");

interface Recorded {
  readonly idA: string;
  readonly idB: string;
  readonly dumps: readonly {
    readonly name: string;
    readonly events?: readonly { readonly dir: Direction; readonly hex: string }[];
    readonly hex?: string;
    readonly reply?: string | null;
  }[];
}

const { idA, idB, dumps } = fixture("apphost-2023-dialogues.json") as Recorded;

/** The recorded connections: those of guests, and those that the node opened to a service. */
const dialogues = dumps.map(({ name, events, hex, reply }, index) => {
  if (events !== undefined) {
    return { title: `${index} ${name}`, inbound: false, events: events.map(eventOf) };
  }
  const inbound = [eventOf({ dir: "host>guest", hex: hex! })];
  if (typeof reply === "string") inbound.push(eventOf({ dir: "guest>host", hex: reply }));
  return { title: `${index} ${name}`, inbound: true, events: inbound };
});

function eventOf({ dir, hex }: { readonly dir: Direction; readonly hex: string }): DialogueEvent {
  return { dir, bytes: parseHex(hex) };
}

function messagesOf(events: readonly DialogueEvent[], inbound: boolean): DialogueMessage[] {
  return inbound ? decodeInboundDialogue(events) : decodeDialogue(events);
}

function hexOf(events: readonly DialogueEvent[], dir: Direction): string {
  return events.filter((event) => event.dir === dir).map(({ bytes }) => formatHex(bytes)).join("");
}

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

/** Decodes in both ways, at an offset, out of a stream byte by byte, and cut at every byte; then encodes again. */
function checkMessage(schema: Schema, bytes: Uint8Array): unknown {
  const value = decode(schema, bytes);
  assert.equal(inspect(schema, bytes).value, value);
  const shifted = new Uint8Array(bytes.length + 5);
  shifted.set(bytes, 3);
  assert.equal(decodePrefix(schema, shifted, 3), { value, length: bytes.length });
  for (let length = 0; length < bytes.length; length++) {
    fails("truncated", () => decodePrefix(schema, bytes.subarray(0, length)));
    fails("truncated", () => decode(schema, bytes.subarray(0, length)));
    assert.is(inspect(schema, bytes.subarray(0, length)).error?.code, "truncated");
  }
  const decoder = stream(schema);
  for (let at = 0; at < bytes.length; at++) {
    assert.is(decoder.pull(), null);
    decoder.push(bytes.subarray(at, at + 1));
  }
  assert.equal(decoder.pull()?.value, value);
  assert.is(formatHex(encode(schema, value)), formatHex(bytes));
  return value;
}

for (const { title, inbound, events } of dialogues) {
  test(`dialogue ${title} is told and written again`, () => {
    const messages = messagesOf(events, inbound);
    const bytes = encodeDialogue(messages);
    assert.is(formatHex(bytes.guest), hexOf(events, "guest>host"));
    assert.is(formatHex(bytes.host), hexOf(events, "host>guest"));
    for (const message of messages) {
      assert.is.not(message.name, "partial");
      assert.is.not(message.name, "surplus");
      if (message.name === "stream") continue;
      const lane = message.dir === "guest>host" ? bytes.guest : bytes.host;
      const value = checkMessage(messageSchema(message), lane.slice(message.start, message.end));
      assert.equal(value, message.value);
    }
  });

  test(`dialogue ${title} is the same byte by byte, and never breaks when it is cut`, () => {
    const whole = messagesOf(events, inbound);
    const single = events.flatMap(({ dir, bytes }) =>
      [...bytes].map((byte): DialogueEvent => ({ dir, bytes: Uint8Array.of(byte) }))
    );
    const structured = (messages: readonly DialogueMessage[], dir: Direction) =>
      messages.filter((message) => message.name !== "stream" && message.dir === dir);
    const again = messagesOf(single, inbound);
    for (const dir of ["guest>host", "host>guest"] as const) {
      assert.equal(structured(again, dir), structured(whole, dir));
    }
    for (let length = 0; length < Math.min(single.length, 200); length++) {
      const cut = single.slice(0, length);
      const bytes = encodeDialogue(messagesOf(cut, inbound));
      assert.is(formatHex(bytes.guest), hexOf(cut, "guest>host"));
      assert.is(formatHex(bytes.host), hexOf(cut, "host>guest"));
    }
  });
}

/** A dialogue in one line a message: direction, name, and what matters of the value. */
function told(messages: readonly DialogueMessage[]): string[] {
  return messages.map(({ dir, name, value }) => {
    const shown = value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value);
    return `${dir === "guest>host" ? "C" : "S"} ${name} ${shown}`;
  });
}

function toldByName(name: string): string[] {
  const index = dumps.findIndex((dump) => dump.name === name);
  const { events, inbound } = dialogues[index];
  return told(messagesOf(events, inbound));
}

test("the dialogues mean what they were recorded as", () => {
  assert.equal(toldByName("auth-bad-token"), ['C auth {"token":"wrong"}', 'S auth {"code":"unauthorized"}']);
  const begin = ['C auth {"token":"tokA"}', 'S auth {"code":"ok"}'];
  assert.equal(toldByName("resolve-localnode"), [
    ...begin,
    'C resolve {"command":"resolve","name":"localnode"}',
    `S resolve {"code":"ok","data":{"identity":"${idA}"}}`,
  ]);
  assert.equal(toldByName("nodeInfo-other").slice(2), [
    `C nodeInfo {"command":"nodeInfo","identity":"${idB}"}`,
    `S nodeInfo {"code":"ok","data":{"identity":"${idB}","name":"03e0cb78:9012e527"}}`,
  ]);
  assert.equal(toldByName("unknown-command").slice(2), [
    'C unknown {"command":"unknown","name":"bogus"}',
    'S unknown {"code":"unknownCommand"}',
  ]);
  assert.equal(toldByName("query-remote-unlinked").slice(2), [
    `C query {"command":"query","target":"${idB}","query":"nope"}`,
    'S query {"code":"unexpected"}',
  ]);
  assert.equal(toldByName("register").slice(2), [
    'C register {"command":"register","service":"test.svc","target":"tcp:127.0.0.1:58401"}',
    'S register {"code":"ok"}',
  ]);
  assert.equal(toldByName("query-accepted").slice(2), [
    `C query {"command":"query","target":"${ZERO_IDENTITY}","query":"test.svc"}`,
    'S query {"code":"ok"}',
    "S stream welcome",
    "C stream hi",
    "S stream echo:hi",
  ]);
  assert.equal(toldByName("query-service-silent(local)").length, 3);
  assert.equal(toldByName("exec-missing").slice(2), [
    `C exec {"command":"exec","identity":"${ZERO_IDENTITY}","path":"/no/such","args":[],"env":[]}`,
    'S exec {"code":"failed"}',
  ]);
  assert.equal(toldByName("pipelined-auth+query"), [
    begin[0],
    'C resolve {"command":"resolve","name":"localnode"}',
    begin[1],
    `S resolve {"code":"ok","data":{"identity":"${idA}"}}`,
  ]);
  assert.equal(toldByName("inbound-query (node dials target)"), [
    `S inbound {"caller":"${idA}","query":"test.svc"}`,
    'C inbound {"code":0}',
  ]);
});

test("offsets of messages count in their direction", () => {
  const { events } = dialogues[dumps.findIndex(({ name }) => name === "query-accepted")];
  const places = decodeDialogue(events).map(({ name, start, end }) => `${name} ${start}-${end}`);
  assert.equal(places, [
    "auth 0-5",
    "auth 0-1",
    "query 5-53",
    "query 1-2",
    "stream 2-9",
    "stream 53-55",
    "stream 9-16",
  ]);
});

test("bytes that are no message stay visible", () => {
  const guest = (hex: string): DialogueEvent => eventOf({ dir: "guest>host", hex });
  const host = (hex: string): DialogueEvent => eventOf({ dir: "host>guest", hex });
  assert.equal(told(decodeDialogue([guest("0161"), host("10"), guest("616263"), host("64")])), [
    'C auth {"token":"a"}',
    'S auth {"code":"unauthorized"}',
    "C surplus abc",
    "S surplus d",
  ]);
  assert.equal(told(decodeDialogue([guest("00"), host("00"), guest("077265")])), [
    'C auth {"token":""}',
    'S auth {"code":"ok"}',
    "C partial \u0007re",
  ]);
  assert.equal(told(decodeInboundDialogue([host(`${ZERO_IDENTITY}0161`), guest("0162")])), [
    `S inbound {"caller":"${ZERO_IDENTITY}","query":"a"}`,
    'C inbound {"code":1}',
    "C surplus b",
  ]);
  assert.equal(decodeDialogue([]), []);
});

test("bytes that cannot be a message say where", () => {
  const events = [eventOf({ dir: "guest>host", hex: "00" }), eventOf({ dir: "host>guest", hex: "05" })];
  const error = fails("enum", () => decodeDialogue(events));
  assert.is(error.path, "code");
  assert.is(error.offset, 0);
  assert.is(error.context.dir, "host>guest");
  const badName = [...events.slice(0, 1), eventOf({ dir: "guest>host", hex: "01ff" })];
  assert.is(fails("utf8", () => decodeDialogue(badName)).offset, 2);
});

test("the commands have the bytes of the protocol's dumps", () => {
  const rows: [CommandRequest, string][] = [
    [{ command: "resolve", name: "localnode" }, "077265736f6c7665 096c6f63616c6e6f6465"],
    [
      { command: "query", target: ZERO_IDENTITY, query: "warpdrive" },
      `057175657279 ${ZERO_IDENTITY} 09776172706472697665`,
    ],
    [
      { command: "register", service: "warpdrive", target: "tcp:127.0.0.1:43695" },
      "087265676973746572 09776172706472697665 137463703a3132372e302e302e313a3433363935",
    ],
    [{ command: "nodeInfo", identity: ZERO_IDENTITY }, `086e6f6465496e666f ${ZERO_IDENTITY}`],
    [
      { command: "exec", identity: ZERO_IDENTITY, path: "/bin/true", args: ["-v"], env: [] },
      `0465786563 ${ZERO_IDENTITY} 092f62696e2f74727565 0001 00022d76 0000`,
    ],
    [
      { command: "exec", identity: idA, path: "", args: ["-v", "--x=1"], env: ["A=B"] },
      `0465786563 ${idA} 00 0002 00022d76 00052d2d783d31 0001 0003413d42`,
    ],
    [{ command: "unknown", name: "bogus" }, "05626f677573"],
    [{ command: "unknown", name: "" }, "00"],
    [{ command: "unknown", name: "unknown" }, "07756e6b6e6f776e"],
  ];
  for (const [request, hex] of rows) {
    const bytes = parseHex(hex);
    assert.equal(checkMessage(commandRequest(), bytes), request);
    assert.is(formatHex(encode(commandRequest(), request)), formatHex(bytes));
  }
});

test("an unknown command is never a known one, and no value wraps", () => {
  const request = commandRequest();
  fails("refused", () => encode(request, { command: "unknown", name: "query" }));
  fails("refused", () => encode(request, { command: "bogus" } as unknown as CommandRequest));
  fails("length", () => encode(request, { command: "resolve", name: "n".repeat(256) }));
  fails("type", () => encode(request, { command: "resolve" } as unknown as CommandRequest));
  fails("refused", () => encode(request, { command: "nodeInfo", identity: "02" }));
  fails(
    "length",
    () => encode(request, { command: "exec", identity: idA, path: "", args: Array(65_536).fill(""), env: [] }),
  );
});

test("every result code has one byte", () => {
  for (const [name, code] of Object.entries(RESULT_CODES)) {
    assert.is(checkMessage(resultCode, Uint8Array.of(code)), name);
  }
  for (let code = 0; code < 256; code++) {
    if (Object.values<number>(RESULT_CODES).includes(code)) continue;
    fails("enum", () => decode(resultCode, Uint8Array.of(code)));
  }
});

test("answers have data after ok only", () => {
  const schema = answer("resolve");
  for (const code of Object.keys(RESULT_CODES) as ResultCode[]) {
    if (code === "ok") continue;
    assert.equal(checkMessage(schema, Uint8Array.of(RESULT_CODES[code])), { code, data: null });
    fails("trailing", () => decode(schema, parseHex(`${formatHex(Uint8Array.of(RESULT_CODES[code]))}${idA}`)));
    fails("reference", () => encode(schema, { code, data: { identity: idA } }));
  }
  assert.equal(checkMessage(schema, parseHex(`00${idA}`)), { code: "ok", data: { identity: idA } });
});

test("the dialect of 2022 differs as its table says", () => {
  assert.equal(commandNames(APPHOST_2023), ["query", "register", "resolve", "nodeInfo", "exec"]);
  assert.equal(commandNames(APPHOST_2022), ["query", "register", "resolve", "nodeInfo"]);
  assert.is(APPHOST_2022.commands.register?.afterOk, "closed");
  assert.is(APPHOST_2023.commands.register?.afterOk, "open");
  fails("schema", () => answer("exec", APPHOST_2022));

  const events: DialogueEvent[] = [
    eventOf({ dir: "guest>host", hex: `086e6f6465496e666f${idB}` }),
    eventOf({ dir: "host>guest", hex: `02${ZERO_IDENTITY}00` }),
  ];
  const messages = decodeDialogue(events, APPHOST_2022);
  assert.equal(told(messages), [
    `C nodeInfo {"command":"nodeInfo","identity":"${idB}"}`,
    `S nodeInfo {"code":"failed","data":{"identity":"${ZERO_IDENTITY}","name":""}}`,
  ]);
  const bytes = encodeDialogue(messages, APPHOST_2022);
  assert.is(formatHex(bytes.host), hexOf(events, "host>guest"));

  const exec = decodeDialogue([eventOf({ dir: "guest>host", hex: "0465786563 00" })], APPHOST_2022);
  assert.equal(told(exec), ['C unknown {"command":"unknown","name":"exec"}', "C surplus \0"]);
  const accepted = decodeDialogue([
    eventOf({ dir: "guest>host", hex: `057175657279${ZERO_IDENTITY}0161` }),
    eventOf({ dir: "host>guest", hex: "0068" }),
  ], APPHOST_2022);
  assert.is(told(accepted).at(-1), "S stream h");
});

test("an inbound query has the bytes of the recording", () => {
  const hex = dumps.find(({ name }) => name.startsWith("inbound"))!.hex!;
  assert.equal(checkMessage(inboundQuery, parseHex(hex)), { caller: idA, query: "test.svc" });
});

test.run();
