import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  CodecError,
  decode,
  describeText,
  encode,
  formatHex,
  hexdump,
  parseHex,
  type Schema,
  stream,
} from "../../../codec/mod.ts";
import { pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import {
  type Datagram,
  DATAGRAM_BYTES_MIN,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type Era,
  HEADER_BYTES,
  type IncomingRequest,
  type IncomingResponse,
  MESSAGE_TEXT_BYTES_MAX,
  type OutgoingRequest,
  type OutgoingResponse,
  RELAY_MESSAGE_BYTES_MAX,
  requestSchema,
  responseSchema,
  RPC_NAMES,
  type RpcName,
  rpcs,
  STREAM_WRITE_BYTES_MAX,
  VALUE_TEXT_BYTES_MAX,
} from "../../../codec/protocols/storj/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "../../codec/agreement.ts";
import { same } from "../../codec/same.ts";
import { assertRefused } from "../../codec/table.ts";
import { recordedCases, recordedRelay } from "./recorded.ts";

const test = suite("storj: datagrams");

const nodeId = new Uint8Array(20).fill(0xaa);
const messageId = new Uint8Array(20).fill(1);

/** A datagram as its request, of a call that is known. */
function requestOf(bytes: Uint8Array): IncomingRequest<RpcName> {
  const datagram = decodeDatagram(bytes);
  assert.ok(datagram.kind === "request" && datagram.rpc !== null);
  return datagram as IncomingRequest<RpcName>;
}

function responseOf(bytes: Uint8Array): IncomingResponse {
  const datagram = decodeDatagram(bytes);
  assert.is(datagram.kind, "response");
  return datagram as IncomingResponse;
}

/** Asserts that a message comes out of a stream, wherever it is split. */
function assertSplit(schema: Schema, bytes: Uint8Array): void {
  const whole = decode(schema, bytes);
  const step = Math.max(1, Math.floor(bytes.length / 200));
  for (let split = 0; split <= bytes.length; split += step) {
    const decoder = stream(schema);
    decoder.push(bytes.subarray(0, split));
    const early = decoder.pull();
    assert.is(early === null, split < bytes.length);
    decoder.push(bytes.subarray(split));
    const message = early ?? decoder.pull();
    assert.ok(message !== null && same(message.value, whole), `split at ${split}`);
    assert.is(decoder.finish(), null);
  }
}

/** Asserts that a request is read, written as it came, and found in any pieces. */
function assertRequest(hex: string): IncomingRequest<RpcName> {
  const bytes = parseHex(hex);
  const request = requestOf(bytes);
  assert.is(request.trailing, 0);
  assert.is(formatHex(encodeRequest(request as OutgoingRequest<RpcName>)), hex);
  const schema = requestSchema(request.rpc, request) as Schema;
  assertDecodersAgree(schema, bytes);
  assertEncodersAgree(schema, { messageId: request.messageId, args: request.args });
  assertSplit(schema, bytes);
  for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 300)) {
    assert.throws(() => decodeDatagram(bytes.subarray(0, length)), (error: unknown) => {
      return error instanceof CodecError && error.code === "truncated";
    });
  }
  return request;
}

function assertResponse(rpc: RpcName, hex: string): unknown {
  const bytes = parseHex(hex);
  const response = responseOf(bytes);
  const { reply, trailing } = decodeResponse(rpc, response.payload);
  assert.is(trailing, 0);
  const { era } = response;
  const outgoing = { rpc, reply, messageId: response.messageId, era } as OutgoingResponse<RpcName>;
  assert.is(formatHex(encodeResponse(outgoing)), hex);
  const schema = responseSchema(rpc, { era }) as Schema;
  assertDecodersAgree(schema, bytes);
  assertSplit(schema, bytes);
  for (let length = 0; length < response.payload.length; length++) {
    assert.throws(() => decodeResponse(rpc, response.payload.subarray(0, length)), (error: unknown) => {
      return error instanceof CodecError && error.code === "truncated";
    });
  }
  return reply;
}

test("every recorded request and response is read, and written as it was recorded", () => {
  let requests = 0;
  let responses = 0;
  for (const { name, request, response, extra = [] } of recordedCases) {
    if (request === undefined) continue;
    const { rpc, era } = assertRequest(request);
    assert.is(era, "storjrpcudp", name);
    requests++;
    if (typeof response === "string") {
      assertResponse(rpc, response);
      assert.is(formatHex(responseOf(parseHex(response)).messageId), formatHex(requestOf(parseHex(request)).messageId));
      responses++;
    }
    for (const hex of extra) {
      assertRequest(hex);
      requests++;
    }
  }
  assert.is(`${requests} ${responses}`, "15 13");
});

test("recorded arguments and answers have the values they stand for", () => {
  const recorded = (name: string) => recordedCases.find((one) => one.name === name)!;
  const args = (name: string) => requestOf(parseHex(recorded(name).request!)).args as Record<string, unknown>;
  const reply = (name: string, rpc: RpcName) =>
    decodeResponse(rpc, responseOf(parseHex(recorded(name).response!)).payload).reply;
  assert.equal(args("ping"), { nodeId });
  assert.equal(reply("ping", "ping"), new Uint8Array(20).fill(0xbb));
  assert.is(unpack(args("store unicode").value as Packed), "value");
  assert.is(reply("store unicode", "store"), true);
  assert.equal(reply("find_node empty", "find_node"), []);
  const hit = reply("find_value hit unicode", "find_value") as { value: Packed };
  assert.is(unpack(hit.value), "value");
  assert.is(unpack(args("message_notify unicode").message as Packed), "hello");
  assert.is(reply("message_notify full", "message_notify"), false);
  assert.is((reply("stream_open", "stream_open") as Uint8Array).length, 32);
  assert.is(reply("stream_write unknown", "stream_write"), null);
  assert.is(reply("stream_write when full", "stream_write"), 0);
  assert.is(reply("stream_close again", "stream_close"), false);
  const { topic, event, publishers, ttl } = args("quasar_notify");
  assert.equal([topic, unpack(event as Packed), publishers, ttl], ["topic", "event", [nodeId], 64]);
  assert.is(reply("quasar_notify", "quasar_notify"), null);
  assert.is((args("quasar_update (depth1)").filters as string).length, 2541);
});

test("the recorded datagrams of relays, with the other type bytes", () => {
  const recorded = (start: string) => recordedRelay.find(({ name }) => name.startsWith(start))!.bytes;
  for (const start of ["relay_message request", "relay_message carrying", "direct_message"]) {
    const request = assertRequest(recorded(start));
    assert.is(request.era, "rpcudp");
    assert.is(request.wireName, request.rpc);
  }
  const relay = assertRequest(recorded("relay_message request"));
  assert.is(relay.rpc, "relay_message");
  const { destination, hopLimit, message } = (relay as IncomingRequest<"relay_message">).args;
  assert.equal([destination, hopLimit, unpack(message)], [new Uint8Array(20).fill(0xdd), 64, "hi"]);
  const renamed = assertRequest(recorded("msg request"));
  assert.equal([renamed.rpc, renamed.wireName], ["relay_message", "msg"]);
  assert.ok(same(renamed.args, relay.args));
  assert.is(assertRequest(recorded("quasar_filters request")).rpc, "quasar_filters");
  assert.equal(assertResponse("relay_message", recorded("relay_message accepted")), { ip: "10.0.0.1", port: 4000 });
  assert.is(assertResponse("relay_message", recorded("relay_message refused")), null);
  for (const { length, bytes } of recordedRelay) assert.is(bytes.length / 2, length);
});

test("requests at the limit are sent, longer ones are not", () => {
  const streamId = new Uint8Array(32);
  const write = (count: number) =>
    encodeRequest({ rpc: "stream_write", args: { nodeId, streamId, data: new Uint8Array(count) }, messageId });
  const largest = recordedCases.find(({ name }) => name === "stream_write 8118")!;
  assert.is(write(STREAM_WRITE_BYTES_MAX).length, largest.len);
  assertRefused(() => write(STREAM_WRITE_BYTES_MAX + 1), ["limit", "args", 8214], "8119 bytes");
  const text = (rpc: "message_notify" | "store", count: number) => {
    const value = pack("x".repeat(count));
    return rpc === "store"
      ? encodeRequest({ rpc, args: { nodeId, key: nodeId, value }, messageId })
      : encodeRequest({ rpc, args: { nodeId, message: value }, messageId });
  };
  assert.is(text("message_notify", MESSAGE_TEXT_BYTES_MAX).length, 8213);
  assert.is(text("store", VALUE_TEXT_BYTES_MAX).length, 8213);
  assert.throws(() => text("message_notify", MESSAGE_TEXT_BYTES_MAX + 1), /longer than 8192 bytes/);
  assert.throws(() => text("store", VALUE_TEXT_BYTES_MAX + 1), /longer than 8192 bytes/);
  const relay = (count: number) => {
    const args = { nodeId, destination: nodeId, hopLimit: 64, message: pack(new Uint8Array(count)) };
    return encodeRequest({ rpc: "relay_message", args, messageId });
  };
  assert.is(relay(RELAY_MESSAGE_BYTES_MAX - 3).length, 601);
  assertRefused(() => relay(RELAY_MESSAGE_BYTES_MAX - 2), ["limit", "args.message", 82], "520 bytes");
});

test("what the program answered to raw requests", () => {
  const ping = encodeRequest({ rpc: "ping", args: { nodeId }, messageId, era: "storjrpcudp" }, { owned: true });
  const at = HEADER_BYTES;
  const withName = (name: number[]) =>
    Uint8Array.from([...ping.subarray(0, at + 1), ...name, ...ping.subarray(at + 6)]);
  const letters = [..."ping"].map((letter) => letter.charCodeAt(0));
  const answered = (start: string) => recordedCases.find(({ name }) => name.startsWith(start))!.sent!.length > 0;

  assert.is(answered("raw method bin"), true);
  assert.equal(requestOf(withName([0xc4, 4, ...letters])).args, { nodeId });
  assert.equal(requestOf(withName([0xd9, 4, ...letters])).args, { nodeId });

  assert.is(answered("raw nodeid as str"), true);
  const asText = Uint8Array.from([...ping.subarray(0, at + 7), 0xb4, ...new Array(20).fill(0x61)]);
  assert.equal(requestOf(asText).args, { nodeId: new Uint8Array(20).fill(0x61) });

  assert.is(answered("raw nodeid empty"), false);
  const empty = Uint8Array.from([...ping.subarray(0, at + 7), 0xc4, 0]);
  assertRefused(() => decodeDatagram(empty), ["length", "args.nodeId", at + 7], "empty id");

  assert.is(answered("raw trailing bytes"), true);
  const followed = Uint8Array.from([...ping, 0xc1, 1, 2]);
  assert.equal(requestOf(followed).args, { nodeId });
  assert.is(requestOf(followed).trailing, 3);

  assert.is(answered("raw unknown method"), false);
  const unknown = decodeDatagram(withName([0xa4, ..."pong".split("").map((letter) => letter.charCodeAt(0))]));
  assert.ok(unknown.kind === "request" && unknown.rpc === null);
  assert.is(unknown.wireName, "pong");
  assert.is(unknown.trailing, 0);
  assert.equal(unpack(unknown.args), [nodeId]);

  assert.is(answered("raw old type byte 00"), false);
  const old = ping.with(0, 0);
  assert.is(requestOf(old).era, "rpcudp");
  assertRefused(() => decodeDatagram(old, { era: "storjrpcudp" }), ["tag", "", 0], "type byte of the other era");
  assert.is(decodeDatagram(old, { era: "rpcudp" }).kind, "request");
});

test("what is no datagram", () => {
  const refused = (hex: string, code: CodecError["code"], path: string, offset: number) =>
    assertRefused(() => decodeDatagram(parseHex(hex)), [code, path, offset], hex);
  const head = `02${"01".repeat(20)}`;
  refused("", "truncated", "", 0);
  refused(head, "truncated", "", DATAGRAM_BYTES_MIN - 1);
  refused(`04${"01".repeat(21)}`, "tag", "", 0);
  refused(`${head}c0`, "msgpack", "request", 21);
  refused(`${head}91a470696e67`, "length", "request", 21);
  refused(`${head}93a470696e679000`, "length", "request", 21);
  refused(`${head}920590`, "msgpack", "request.name", 22);
  refused(`${head}92a470696e67`, "truncated", "args", 27);
  refused(`${head}92a470696e6790`, "length", "args", 27);
  refused(`${head}92a470696e6792c414${"aa".repeat(20)}00`, "length", "args", 27);
  refused(`${head}92a470696e6791c415${"aa".repeat(21)}`, "length", "args.nodeId", 28);
  refused(`${head}92a470696e6780`, "msgpack", "args", 27);
  refused(`${head}92a3666f6fc1`, "msgpack", "request.args", 26);
  const long = encodeRequest({ rpc: "message_notify", args: { nodeId, message: pack("x".repeat(8150)) }, messageId });
  const longer = Uint8Array.from([...long.subarray(0, 60), 0xda, 0x1f, 0xd7, ...new Array(8151).fill(0x78)]);
  assertRefused(() => decodeDatagram(longer), ["limit", "args", HEADER_BYTES], "8193 bytes");
});

test("addresses as Python 3 writes them", () => {
  const reply = [{ id: nodeId, ip: "192.168.0.1", port: 65535 }];
  const text = encodeResponse({ rpc: "find_node", reply, messageId, era: "rpcudp", addresses: "str" });
  assert.is(formatHex(text), `01${"01".repeat(20)}9193c414${"aa".repeat(20)}ab3139322e3136382e302e31cdffff`);
  assert.equal(decodeResponse("find_node", responseOf(text).payload).reply, reply);
  assert.equal(decodeResponse("find_value", responseOf(text).payload).reply, reply);
  const stun = encodeResponse({ rpc: "stun", reply: { ip: "::1", port: 1 }, messageId });
  assert.is(formatHex(stun.subarray(21)), "92c4033a3a3101");
  assert.equal(decodeResponse("stun", parseHex("92a33a3a3101")).reply, { ip: "::1", port: 1 });
  assert.is(decodeResponse("stun", parseHex("92a33a3a31010203")).trailing, 2);
});

test("values keep their bytes on the way through a node", () => {
  // A float that is whole, an integer in a longer form, and keys as Python 2 writes them.
  for (const odd of ["cb4014000000000000", "cd0005", "82c40161a0c4016201", "d9026869"]) {
    const value = new Packed(parseHex(odd));
    const stored = requestOf(encodeRequest({ rpc: "store", args: { nodeId, key: nodeId, value }, messageId }));
    const kept = (stored as IncomingRequest<"store">).args.value;
    const answer = encodeResponse({ rpc: "find_value", reply: { value: kept }, messageId });
    assert.is(formatHex(answer.subarray(21)), `81a576616c7565${odd}`);
  }
});

test("decoded bytes are views of the datagram unless copied", () => {
  const bytes = Uint8Array.from(encodeRequest({ rpc: "ping", args: { nodeId }, messageId }));
  const view = requestOf(bytes) as IncomingRequest<"ping">;
  const copy = decodeDatagram(bytes, { copy: true }) as IncomingRequest<"ping">;
  const reply = Uint8Array.from(encodeResponse({ rpc: "ping", reply: nodeId, messageId }));
  const copied = decodeDatagram(reply, { copy: true }) as IncomingResponse;
  bytes.fill(0);
  reply.fill(0);
  assert.is(view.args.nodeId[0], 0);
  assert.equal([copy.args.nodeId, copy.messageId], [nodeId, messageId]);
  assert.is(formatHex(copied.payload), `c414${"aa".repeat(20)}`);
});

test("every call goes out and comes in under each of its names, in both eras", () => {
  for (const rpc of RPC_NAMES) {
    for (const wireName of [rpc, ...rpcs[rpc].aliases]) {
      for (const era of ["rpcudp", "storjrpcudp"] as Era[]) {
        const schema = requestSchema(rpc, { era, wireName }) as Schema;
        const value = sample(rpc);
        const bytes = encodeRequest({ rpc, args: value, messageId, era, wireName } as OutgoingRequest<RpcName>);
        assert.ok(same(bytes, encode(schema, { messageId, args: value })));
        const found = requestOf(bytes);
        assert.equal([found.rpc, found.wireName, found.era], [rpc, wireName, era]);
        assert.ok(same(found.args, value), rpc);
        assert.ok(rpcs[rpc].eras.length > 0 && rpcs[rpc].note.endsWith("."));
      }
    }
  }
  assert.throws(() => requestSchema("ping", { wireName: "msg" }), /ping is not called "msg"/);
  assert.throws(() => requestSchema("ping", { wireName: "store" }), TypeError);
});

/** Arguments of every call, out of those that there are. */
function sample(rpc: RpcName): unknown {
  const known: Record<string, unknown> = {
    nodeId,
    key: new Uint8Array(20).fill(2),
    destination: new Uint8Array(20).fill(3),
    streamId: new Uint8Array(32).fill(4),
    data: parseHex("0102"),
    value: pack([1]),
    message: pack("hi"),
    event: pack({ a: 1.5 }),
    topic: "topic",
    publishers: [nodeId],
    publication: new Uint8Array(16).fill(6),
    visited: [],
    eventName: new Uint8Array(16).fill(7),
    walked: 8,
    wanted: false,
    from: null,
    to: new Uint8Array(8).fill(8),
    sizes: { errorRate: 0.001, sliceCount: 10, sliceBits: 1473, capacity: 512 },
    levels: [parseHex("03")],
    ttl: rpc === "quasar_notify" ? -1 : 64,
    hopLimit: 64,
    filters: "[]",
    hello: { version: 1, capabilities: 3 },
    age: 60,
    address: { ip: "10.0.0.1", port: 4000 },
    challenge: new Uint8Array(32).fill(5),
    limit: 65_536,
    number: 7,
    offset: 2 ** 40,
    last: true,
    seen: parseHex("ff"),
    repeats: 1,
  };
  return Object.fromEntries(rpcs[rpc].args.fields.map(({ name }) => [name, known[name]]));
}

test("types follow the name of the call", () => {
  const datagram: Datagram = decodeDatagram(
    encodeRequest({ rpc: "find_node", args: { nodeId, key: nodeId }, messageId }),
  );
  assert.ok(datagram.kind === "request" && datagram.rpc === "find_node");
  const key: Uint8Array = datagram.args.key;
  assert.equal(key, nodeId);
  const { reply } = decodeResponse("stream_write", parseHex("05"));
  const count: number | null = reply;
  assert.is(count, 5);
});

test("dumps and tables", () => {
  const ping = encodeRequest({ rpc: "ping", args: { nodeId }, messageId });
  assert.match(hexdump(requestSchema("ping"), ping), /92 +args \(length\) +2\n.*a4 70 69 6e 67 +args +"ping"/);
  assert.match(
    describeText(requestSchema("ping")),
    /msgpack \["ping", \[nodeId: bin or str \(20 bytes\)\]\] +at most 8192/,
  );
});

test.run();
