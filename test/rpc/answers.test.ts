import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import { pack } from "../../codec/msgpack/mod.ts";
import {
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  type Era,
  type IncomingResponse,
} from "../../codec/protocols/storj/mod.ts";
import { recordedCases, recordedRelay } from "../protocols/storj/recorded.ts";
import { ALICE, BOB, KEY, only, scene } from "./pair.ts";

const test = suite("rpc: answers");

const ID = new Uint8Array(20).fill(7);

function ping(messageId = ID, era: Era = "storjrpcudp"): Uint8Array {
  return encodeRequest({ rpc: "ping", args: { nodeId: ALICE }, messageId, era });
}

/** The calls of a recorded datagram and of its answer, and what it said. */
function recordedReply(request: string, response: string) {
  const asked = decodeDatagram(parseHex(request));
  const answered = decodeDatagram(parseHex(response));
  assert.ok(asked.kind === "request" && asked.rpc !== null && answered.kind === "response");
  return { rpc: asked.rpc, reply: decodeResponse(asked.rpc, answered.payload).reply };
}

test("every recorded request gets the recorded answer, or silence where there was none", () => {
  const { network, node, stranger } = scene();
  let [answered, silent] = [0, 0];
  for (const { name, request, response, sent } of recordedCases) {
    if (request === undefined || response === undefined) continue;
    const eve = stranger();
    const { rpc, reply } = typeof response === "string" ? recordedReply(request, response) : { rpc: null, reply: null };
    const bob = node({ answer: rpc === null ? {} : { [rpc]: () => reply } });
    eve.send(parseHex(request), bob);
    network.runSync({ untilMs: network.nowMs + 100 });
    assert.equal(eve.received.map(({ bytes }) => formatHex(bytes)), response === null ? [] : [response], name);
    assert.is(sent, undefined);
    if (response === null) silent++;
    else answered++;
  }
  assert.equal([answered, silent], [13, 1]);
});

test("what the originals did with odd requests is done here, but for node ids of other lengths", () => {
  const { network, node, stranger } = scene();
  const [eve, bob] = [stranger(), node({ answer: { ping: () => BOB } })];
  const id = "01".repeat(20);
  const answer = (type: string) => [`${type}${id}c414${"bb".repeat(20)}`];
  const recorded = (name: string) => recordedCases.find((one) => one.name === `raw ${name}`)!.sent;
  const rows: [name: string, request: string, expected: readonly string[]][] = [
    ["unknown method", `02${id}92a6${"78".repeat(6)}90`, []],
    // Of the other era: nodes of 2016 do not answer it, and we do.
    ["old type byte 00", `00${id}92a470696e6791c414${"aa".repeat(20)}`, answer("01")],
    ["nodeid as str", `02${id}92a470696e6791b4${"61".repeat(20)}`, answer("03")],
    ["nodeid empty", `02${id}92a470696e6791c400`, []],
    ["method bin", `02${id}92c40470696e6791c414${"aa".repeat(20)}`, answer("03")],
    ["trailing bytes", `02${id}92a470696e6791c414${"aa".repeat(20)}ffff`, answer("03")],
  ];
  for (const [name, request, expected] of rows) {
    eve.received.length = 0;
    eve.send(parseHex(request), bob);
    // Beyond the time in which it would be a repeat: all have the same message id.
    network.runSync({ untilMs: network.nowMs + 30_000 });
    assert.equal(eve.received.map(({ bytes }) => formatHex(bytes)), expected, name);
    if (name !== "old type byte 00") assert.equal(recorded(name), expected, name);
  }
});

test("the recorded calls of storjnode are answered in their era", () => {
  const { network, node, stranger } = scene();
  const [eve, asked] = [stranger(), [] as string[]];
  const reply = { ip: "10.0.0.1", port: 4242 };
  const bob = node({
    answer: {
      relay_message: ({ hopLimit }) => (asked.push(`relay ${hopLimit}`), reply),
      direct_message: () => (asked.push("direct"), null),
      quasar_filters: () => (asked.push("filters"), "[]"),
    },
  });
  const requests = recordedRelay.filter(({ name }) => /request|largest/.test(name));
  for (const { bytes } of requests) {
    eve.send(parseHex(bytes), bob);
    network.runSync({ untilMs: network.nowMs + 30_000 });
  }
  assert.is(requests.length, 5);
  assert.equal(asked.map((text) => text.split(" ")[0]), ["relay", "relay", "direct", "filters", "relay"]);
  assert.equal(eve.received.map(({ bytes }) => bytes[0]), [1, 1, 1, 3, 1]);
  const { payload } = decodeDatagram(eve.received[0].bytes) as IncomingResponse;
  assert.equal(decodeResponse("relay_message", payload).reply, reply);
});

test("answers go out in the era of the question and with addresses in the chosen form", () => {
  const { network, node, stranger } = scene();
  const eve = stranger();
  const answer = { stun: () => ({ ip: "10.0.0.1", port: 258 }) };
  const forms = { bin: node({ answer }), str: node({ answer, addresses: "str" }) };
  for (const era of ["rpcudp", "storjrpcudp"] as const) {
    eve.send(encodeRequest({ rpc: "stun", args: {}, messageId: ID, era }), forms.bin);
    eve.send(encodeRequest({ rpc: "stun", args: {}, messageId: ID, era }), forms.str);
  }
  network.runSync();
  const id = formatHex(ID);
  assert.equal(eve.received.map(({ bytes }) => formatHex(bytes)), [
    `01${id}92c40831302e302e302e31cd0102`,
    `01${id}92a831302e302e302e31cd0102`,
    `03${id}92c40831302e302e302e31cd0102`,
    `03${id}92a831302e302e302e31cd0102`,
  ]);
});

test("a repeat gets the same answer without running twice, for 15 s, from its own address only", () => {
  const { network, node, stranger } = scene();
  const [eve, mallory] = [stranger(), stranger()];
  let runs = 0;
  const bob = node({ answer: { message_notify: () => ++runs % 2 === 1, ping: () => (runs++, BOB) } });
  const message = encodeRequest({
    rpc: "message_notify",
    args: { nodeId: ALICE, message: pack("hello") },
    messageId: ID,
  });
  for (const datagram of [message, ping(new Uint8Array(20).fill(8))]) {
    runs = 0;
    eve.received.length = 0;
    const begin = network.nowMs;
    for (const atMs of [0, 1, 5000, 14_999]) network.at(begin + atMs, () => eve.send(datagram, bob));
    network.runSync({ untilMs: begin + 15_050 });
    assert.equal([runs, eve.received.length], [1, 4]);
    assert.is(new Set(eve.received.map(({ bytes }) => bytes.join())).size, 1);
    mallory.send(datagram, bob);
    network.runSync({ untilMs: network.nowMs + 50 });
    assert.is(runs, 2);
  }
  assert.equal([bob.endpoint.stats().repeated, bob.endpoint.stats().asked], [6, 4]);
  // Nothing is kept for ever: time ends by itself.
  network.runSync();
  assert.ok(network.nowMs < 60_000, `${network.nowMs} ms`);
});

test("what is not a request that is answered here gets silence, counted by reason", () => {
  const { network, node, stranger } = scene();
  const eve = stranger();
  const bob = node({
    answer: {
      ping: () => BOB,
      find_node: () => undefined,
      find_value: () => {
        throw new Error("Broken");
      },
      stream_open: () => new Uint8Array(3),
    },
  });
  const id = formatHex(ID);
  const node20 = `c414${formatHex(ALICE)}`;
  const request = (rest: string) => parseHex(`02${id}92${rest}`);
  const send = (datagram: Uint8Array) => {
    eve.send(datagram, bob);
    network.runSync({ untilMs: network.nowMs + 50 });
  };
  const args = { nodeId: ALICE, key: KEY };
  const sent: [reason: string, datagram: Uint8Array][] = [
    ["short", new Uint8Array(0)],
    ["short", ping().subarray(0, 21)],
    ["type", parseHex(`04${id}92a470696e6791${node20}`)],
    ["type", parseHex(`ff${id}92a470696e6791${node20}`)],
    ["malformed", parseHex(`02${id}c0`)],
    ["malformed", parseHex(`02${id}93a470696e6791${node20}c0`)],
    ["malformed", request("01" + "90")],
    ["malformed", parseHex(`02${id}dc0003a470696e6791${node20}c0`)],
    ["unknown-call", request("a470616e6791" + node20)],
    ["unknown-call", request("ad6b6164656d6c69615f70696e67" + "90")],
    ["arguments", request("a470696e6790")],
    ["arguments", request("a470696e6792" + node20 + node20)],
    ["arguments", request("a470696e679101")],
    ["arguments", request("a470696e6791c413" + "aa".repeat(19))],
    ["arguments", ping().subarray(0, 49)],
    [
      "unanswered",
      encodeRequest({ rpc: "stream_close", args: { nodeId: ALICE, streamId: new Uint8Array(32) }, messageId: ID }),
    ],
    ["declined", encodeRequest({ rpc: "find_node", args, messageId: ID })],
    ["failed", encodeRequest({ rpc: "find_value", args, messageId: ID })],
    ["failed", encodeRequest({ rpc: "stream_open", args: { nodeId: ALICE }, messageId: ID })],
  ];
  const expected: Record<string, number> = {};
  for (const [reason, datagram] of sent) {
    send(datagram);
    expected[reason] = (expected[reason] ?? 0) + 1;
    assert.equal(bob.endpoint.stats().refused, expected, `${reason}: ${formatHex(datagram)}`);
  }
  assert.is(eve.received.length, 0);
  assert.equal(bob.events.map((event) => event.type === "handler-failed" && event.rpc), ["find_value", "stream_open"]);
  // Longer forms than needed are understood,
  const longer = new Uint8Array(20).fill(9);
  send(parseHex(`02${formatHex(longer)}dc0002a470696e6791${node20}`));
  assert.is(only(eve.received.splice(0)).bytes[1], 9);
  // bytes after the request are ignored, and a repaired request is answered.
  send(parseHex(formatHex(ping()) + "c0c0"));
  assert.equal(decodeDatagram(only(eve.received).bytes).kind, "response");
});

test("one part answers a call, until it takes that back", async () => {
  const { network, node } = scene();
  const [alice, bob] = [node(), node({ answer: { ping: () => BOB } })];
  assert.throws(() => bob.endpoint.handle({ stun: () => undefined, ping: () => BOB }), /answered already/);
  const stop = bob.endpoint.handle({ stun: (_args, from) => ({ ip: from.address, port: 1 }) });
  assert.throws(() => bob.endpoint.handle({ stun: () => undefined }), TypeError);
  const stun = () => network.drive(alice.endpoint.request(bob.address, "stun", {}, { timeoutMs: 500 }));
  assert.is((await stun()).ip, alice.address);
  stop();
  await stun().then(() => assert.unreachable(), (error) => assert.is(error.code, "timeout"));
  bob.endpoint.handle({ stun: () => ({ ip: "x", port: 2 }) });
  stop();
  assert.is((await stun()).port, 2);
});

test.run();
