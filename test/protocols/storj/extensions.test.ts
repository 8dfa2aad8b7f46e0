import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, formatHex, parseHex, type Schema } from "../../../codec/mod.ts";
import { pack, unpack } from "../../../codec/msgpack/mod.ts";
import {
  CAPABILITIES,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  EXTENSION_VERSION,
  type IncomingRequest,
  type IncomingResponse,
  type Proven,
  provenBytes,
  REQUEST_BYTES_MAX,
  requestSchema,
  responseSchema,
  RPC_NAMES,
  rpcs,
} from "../../../codec/protocols/storj/mod.ts";
import { rows } from "../../codec/table.ts";

const test = suite("storj: extensions");

const id = (byte: number) => new Uint8Array(20).fill(byte);
const messageId = id(1);
const nodeId = id(0xaa);
const header = (type: string) => `${type}${"01".repeat(20)}`;
const hex = (text: string) => formatHex(new TextEncoder().encode(text));

function isCodecError(error: unknown): boolean {
  return error instanceof CodecError;
}

test("the bytes of our calls, and every way of breaking them", () => {
  // Written by hand from the specification of msgpack; the tables in fixtures/storj have more.
  const hello = { version: 1, capabilities: 11 };
  const helloHex = `82a7${hex("version")}01ac${hex("capabilities")}0b`;
  rows(requestSchema("warpwire_hello") as Schema, [
    [
      { messageId, args: { nodeId, hello } },
      `${header("02")}92ae${hex("warpwire_hello")}92c414${"aa".repeat(20)}${helloHex}`,
    ],
  ]);
  rows(responseSchema("warpwire_hello", { era: "rpcudp" }) as Schema, [
    [{ messageId, reply: hello }, `${header("01")}${helloHex}`],
  ]);
  rows(responseSchema("warpwire_store") as Schema, [[{ messageId, reply: true }, `${header("03")}c3`]]);
  rows(requestSchema("warpwire_notify") as Schema, [
    [
      {
        messageId,
        args: {
          nodeId,
          topic: "news",
          event: pack(5),
          publication: new Uint8Array(16).fill(0x99),
          publishers: [id(0xbb)],
          visited: [],
          ttl: 63,
          walked: 2,
        },
      },
      `${header("02")}92af${hex("warpwire_notify")}98c414${"aa".repeat(20)}a4${hex("news")}05c410${
        "99".repeat(16)
      }91c414${"bb".repeat(20)}903f02`,
    ],
  ]);
  rows(responseSchema("warpwire_want") as Schema, [
    [{ messageId, reply: { event: pack(5) } }, `${header("03")}9105`],
    [{ messageId, reply: null }, `${header("03")}c0`],
  ]);
  const proof = {
    publicKey: new Uint8Array(33).fill(2),
    caller: { ip: "10.0.0.1", port: 4000 },
    signature: new Uint8Array(65).fill(0x1f),
  };
  rows(responseSchema("warpwire_prove") as Schema, [[
    { messageId, reply: proof },
    `${header("03")}93c421${"02".repeat(33)}92a8${hex("10.0.0.1")}cd0fa0c441${"1f".repeat(65)}`,
  ]]);
});

test("nodes that know more than we do are understood", () => {
  const later = pack({ proofs: { of: [1, 2] }, version: 7, capabilities: 2 ** 40 + 5, zone: "x" });
  const { reply } = decodeResponse("warpwire_hello", later.bytes);
  assert.equal(reply, { version: 7, capabilities: 2 ** 40 + 5 });
  // The bits that are known are read without those that are not.
  const has = (bit: number) => Math.floor(reply.capabilities / bit) % 2 === 1;
  assert.equal(Object.values(CAPABILITIES).map(has), [true, false, true, false, false, false]);
  const request = encodeRequest({ rpc: "warpwire_hello", args: { nodeId, hello: reply }, messageId });
  assert.equal((decodeDatagram(request) as IncomingRequest<"warpwire_hello">).args.hello, reply);
});

test("capabilities are different bits, and every call is known in both eras", () => {
  const bits = Object.values(CAPABILITIES);
  assert.is(bits.reduce((sum, bit) => sum | bit, 0), bits.reduce((sum, bit) => sum + bit, 0));
  assert.ok(bits.every((bit) => Number.isInteger(Math.log2(bit))));
  assert.is(EXTENSION_VERSION, 1);
  const own = RPC_NAMES.filter((name) => name.startsWith("warpwire_"));
  assert.equal(own, [
    "warpwire_hello",
    "warpwire_store",
    "warpwire_prove",
    "warpwire_stream_open",
    "warpwire_stream_prove",
    "warpwire_piece",
    "warpwire_ack",
    "warpwire_reset",
    "warpwire_notify",
    "warpwire_offer",
    "warpwire_want",
    "warpwire_filters",
  ]);
  for (const name of own) assert.equal([...rpcs[name].eras].sort(), ["rpcudp", "storjrpcudp"]);
});

test("a store with an age takes what a store takes", () => {
  // 8,116 bytes of text are the most that a node of 2016 can read in a store, so that no more come to be passed on.
  const value = pack("x".repeat(8116));
  const args = { nodeId, key: id(2), age: 604_800, value };
  const datagram = encodeRequest({ rpc: "warpwire_store", args, messageId });
  assert.ok(datagram.length - 21 <= REQUEST_BYTES_MAX);
  assert.is(unpack((decodeDatagram(datagram) as IncomingRequest<"warpwire_store">).args.value), "x".repeat(8116));
  const old = { ...args, age: 2 ** 32 };
  assert.throws(() => encodeRequest({ rpc: "warpwire_store", args: old, messageId }), (error: unknown) => {
    return error instanceof CodecError && error.code === "range" && error.path === "args.age";
  });
});

test("hello with ten thousand keys is read in the time of its bytes, and nothing is kept of it", () => {
  const extra = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index % 100]));
  const { reply } = decodeResponse("warpwire_hello", pack({ ...extra, version: 1, capabilities: 0 }).bytes);
  assert.equal(reply, { version: 1, capabilities: 0 });
  for (const wrong of [[], 5, { version: 1 }, { version: "1", capabilities: 0 }, { version: 1, capabilities: 0.5 }]) {
    assert.throws(() => decodeResponse("warpwire_hello", pack(wrong).bytes), isCodecError);
  }
});

const proven: Proven = {
  challenge: new Uint8Array(32).fill(7),
  caller: { id: id(0xaa), ip: "10.0.0.1", port: 4000 },
  node: { id: id(0xbb), ip: "::1", port: 80 },
};

test("what is signed has the challenge, both ids and both addresses in it", () => {
  assert.is(
    formatHex(provenBytes(proven)),
    `92b0${hex("warpwire prove 1")}93c420${"07".repeat(32)}` +
      `93c414${"aa".repeat(20)}a8${hex("10.0.0.1")}cd0fa093c414${"bb".repeat(20)}a3${hex("::1")}50`,
  );
  const { challenge, caller, node } = proven;
  const others: Proven[] = [
    { ...proven, challenge: challenge.with(31, 8) },
    { ...proven, caller: node, node: caller },
    ...[{ id: id(1) }, { ip: "10.0.0.2" }, { port: 4001 }].flatMap((change) => [
      { ...proven, caller: { ...caller, ...change } },
      { ...proven, node: { ...node, ...change } },
    ]),
  ];
  const texts = new Set([proven, ...others].map((one) => formatHex(provenBytes(one))));
  assert.is(texts.size, 9);
  assert.throws(() => provenBytes({ ...proven, challenge: challenge.subarray(1) }), isCodecError);
});

test("a proof keeps the caller's address as it was written", () => {
  const caller = { ip: "010.0.0.1", port: 65535 };
  const reply = { publicKey: new Uint8Array(33).fill(3), caller, signature: new Uint8Array(65) };
  const bytes = encodeResponse({ rpc: "warpwire_prove", reply, messageId, addresses: "bin" });
  const { payload } = decodeDatagram(bytes) as IncomingResponse;
  assert.equal(decodeResponse("warpwire_prove", payload).reply, reply);
  // Our own calls have one form, whatever the form of other answers.
  assert.is(formatHex(bytes), formatHex(encodeResponse({ rpc: "warpwire_prove", reply, messageId, addresses: "str" })));
  const asBin = `93c421${"03".repeat(33)}92c409${hex(caller.ip)}cdffffc441${"00".repeat(65)}`;
  assert.equal(decodeResponse("warpwire_prove", parseHex(asBin)).reply, reply);
});

test.run();
