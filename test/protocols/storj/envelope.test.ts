import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, formatHex, parseHex } from "../../../codec/mod.ts";
import { pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import {
  decodeDatagram,
  decodeEnvelope,
  encodeEnvelope,
  type IncomingRequest,
  type MessageBody,
  messageBody,
  type NodeInfo,
  parseIp,
  RELAY_MESSAGE_BYTES_MAX,
  signedBytes,
  signedParts,
  tokenText,
} from "../../../codec/protocols/storj/mod.ts";
import { assertRefused } from "../../codec/table.ts";
import { fixture } from "../../fixture.ts";
import { recordedRelay } from "./recorded.ts";

interface RecordedEnvelope {
  readonly label: string;
  readonly packed?: string;
  readonly packed_len: number;
  readonly sig_b64?: string;
  readonly signed_hex?: string;
  readonly body_len?: number;
}

const envelopes = (fixture("storj-identity.json") as { cases: RecordedEnvelope[] }).cases
  .filter((one) => one.packed_len !== undefined);
const signed = envelopes.filter((one) => one.packed !== undefined);
const sender = parseHex("aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081");
const signature = new Uint8Array(65).fill(0x1f);

const test = suite("storj: signed messages");

test("recorded messages are read, and written as they were", () => {
  assert.is(signed.length, 3);
  for (const { label, packed, packed_len, sig_b64, signed_hex } of signed) {
    const bytes = parseHex(packed!);
    assert.is(bytes.length, packed_len);
    const envelope = decodeEnvelope(bytes);
    assert.equal(envelope.sender, sender, label);
    assert.is(envelope.version, 1);
    assert.is(btoa(String.fromCharCode(...envelope.signature)), sig_b64);
    assert.is(formatHex(envelope.signedBytes), signed_hex, label);
    assert.is(formatHex(signedBytes(envelope)), signed_hex);
    assert.is(formatHex(encodeEnvelope(envelope)), packed);
    for (let length = 0; length < bytes.length; length++) {
      assertRefusedAs(() => decodeEnvelope(bytes.subarray(0, length)), "truncated");
    }
    assertRefusedAs(() => decodeEnvelope(Uint8Array.from([...bytes, 0])), "trailing");
  }
});

function assertRefusedAs(run: () => unknown, code: CodecError["code"]): void {
  assert.throws(run, (error: unknown) => error instanceof CodecError && error.code === code);
}

test("bin and str tell messages apart that say the same", () => {
  const [bytes, text] = signed.map(({ packed }) => decodeEnvelope(parseHex(packed!)));
  assert.equal([tokenText(bytes), tokenText(text)], ["token", "token"]);
  assert.is.not(formatHex(bytes.signedBytes), formatHex(text.signedBytes));
  assert.is(tokenText({ token: pack(5) }), undefined);
  assert.is(tokenText({ token: new Packed(parseHex("c401ff")) }), undefined);
});

test("what is signed is what was received, also where nobody would write it so", () => {
  const parts = "cd0001d90161cb3ff0000000000000";
  const envelope = decodeEnvelope(parseHex(`95c50014${formatHex(sender)}${parts}c60000004100${"00".repeat(64)}`));
  assert.is(envelope.version, 1);
  assert.is(formatHex(envelope.signedBytes), `93${parts}`);
  // In the middle of other bytes, too.
  const around = new Uint8Array(300);
  const packed = parseHex(signed[0].packed!);
  around.set(packed, 100);
  assert.is(formatHex(decodeEnvelope(around.subarray(100, 100 + packed.length)).signedBytes), signed[0].signed_hex);
});

test("the largest recorded sizes are those that are accepted", () => {
  for (const { body_len, packed_len } of envelopes.filter((one) => one.body_len !== undefined)) {
    const message = (token: string) => ({
      sender,
      version: 1,
      token: new Packed(parseHex(token)),
      body: pack(new Uint8Array(body_len!)),
      signature,
    });
    const make = () => encodeEnvelope(message("c405746f6b656e")).length;
    if (packed_len <= RELAY_MESSAGE_BYTES_MAX) assert.is(make(), packed_len);
    else assertRefusedAs(make, "limit");
  }
  assertRefusedAs(() => decodeEnvelope(new Uint8Array(520)), "limit");
});

test("what nodes drop unread", () => {
  const id = `c414${"aa".repeat(20)}`;
  const end = `c441${"1f".repeat(65)}`;
  const refused = (hex: string, code: CodecError["code"], path: string, offset: number) =>
    assertRefused(() => decodeEnvelope(parseHex(hex)), [code, path, offset], hex);
  refused(`94${id}01c0c0`, "length", "", 0);
  refused(`95b4${"61".repeat(20)}01c0c0${end}`, "msgpack", "sender", 1);
  refused(`95c413${"aa".repeat(19)}01c0c0${end}`, "length", "sender", 1);
  refused(`95${id}ffc0c0${end}`, "range", "version", 23);
  refused(`95${id}cb3ff0000000000000c0c0${end}`, "msgpack", "version", 23);
  refused(`95${id}01c0c0c440${"1f".repeat(64)}`, "length", "signature", 26);
  refused(`95${id}01c0c0d941${"1f".repeat(65)}`, "msgpack", "signature", 26);
  refused(`95${id}01c0c1${end}`, "msgpack", "body", 25);
  refused("81a16101", "msgpack", "", 0);
});

test("peers", () => {
  const recorded = decodeEnvelope(parseHex(signed[2].packed!));
  const body = messageBody(recorded);
  const peers = [new Uint8Array(20).fill(0x11), new Uint8Array(20).fill(0x22)];
  assert.equal(body, { token: "peers", peers });
  assert.is(formatHex(signedBytes(signedParts(body!))), signed[2].signed_hex);
  assert.equal(messageBody(signedParts({ token: "peers", peers: [] })), { token: "peers", peers: [] });
  const half = { token: pack("peers"), body: pack(new Uint8Array(21)) };
  assert.throws(() => messageBody(half), /21 bytes are not whole ids/);
  assert.throws(() => signedParts({ token: "peers", peers: [new Uint8Array(19)] }), /20 bytes, not 19/);
});

test("signals, in the bytes of Python 2", () => {
  const parts = signedParts({ token: "signal", name: "request_peers" });
  assert.is(formatHex(signedBytes(parts)), "9301c4067369676e616cc40d726571756573745f7065657273");
  assert.equal(messageBody(parts), { token: "signal", name: "request_peers" });
  const text = { token: pack("signal"), body: pack("request_info") };
  assert.equal(messageBody(text), { token: "signal", name: "request_info" });
  assertRefusedAs(() => messageBody({ token: pack("signal"), body: pack(5) }), "msgpack");
  assert.is(messageBody({ token: pack("other"), body: pack(5) }), undefined);
  assert.is(messageBody({ token: pack([1]), body: pack(5) }), undefined);
});

const info: NodeInfo = {
  version: "0.0.21",
  storage: { total: 100, used: 10, free: 90 },
  network: { transport: { ip: "10.0.0.1", port: 4000 }, unl: "unl", isPublic: false },
  platform: { system: "Linux", release: "4.2", version: "#1", machine: "x86_64" },
};

test("what a node says about itself", () => {
  const recorded = recordedRelay.find(({ name }) => name.startsWith("info"))!.bytes.slice(42);
  const body = new Packed(parseHex(recorded));
  const read = messageBody({ token: pack("info"), body }) as MessageBody & { token: "info" };
  assert.equal(read.info, info);
  assert.is(formatHex(signedParts(read).body.bytes), recorded);
  const paid: MessageBody = { token: "info", info: { ...info, payout: sender } };
  assert.equal(messageBody(signedParts(paid)), paid);
  assert.is((unpack(signedParts(paid).body) as unknown[]).length, 5);
  const wrong = (change: Partial<NodeInfo>) => () => signedParts({ token: "info", info: { ...info, ...change } });
  assertRefused(wrong({ version: "0.1" }), ["refused", "version", -1], "version");
  assertRefused(wrong({ storage: { total: 1, used: 2, free: -1 } }), ["refused", "storage", -1], "storage");
  assertRefused(wrong({ storage: { total: 3, used: 1, free: 1 } }), ["refused", "storage", -1], "storage");
  const elsewhere = { ...info.network, transport: { ip: "10.0.0.256", port: 1 } };
  assertRefused(wrong({ network: elsewhere }), ["refused", "network.transport.ip", -1], "address");
  const damaged = new Packed(parseHex(recorded.replace("93640a5a", "93640a5b")));
  assertRefusedAs(() => messageBody({ token: pack("info"), body: damaged }), "refused");
});

test("IP addresses", () => {
  const good = ["0.0.0.0", "255.255.255.255", "10.0.0.1", "::", "::1", "1::", "fe80::1:2", "1:2:3:4:5:6:7:8"];
  for (const text of [...good, "::ffff:10.0.0.1", "1:2:3:4:5:6:10.0.0.1", "ABCD::"]) {
    assert.ok(parseIp(text) !== null, text);
  }
  const bad = ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", ":", ":::", "1:2:3:4:5:6:7", "::1::"];
  for (
    const text of [...bad, "1:2:3:4:5:6:7:8:9", "::12345", "g::", "1.2.3.4::", "1:2:3:4:5:6:7::8", "::1%eth0", "1:"]
  ) {
    assert.is(parseIp(text), null, text);
  }
});

test("an IP address is 32 bits or eight groups", () => {
  assert.is(parseIp("10.0.0.1"), 0x0a000001);
  assert.is(parseIp("255.255.255.254"), -2);
  assert.equal(parseIp("2001:DB8::8:200C:417a"), [0x2001, 0xdb8, 0, 0, 0, 8, 0x200c, 0x417a]);
  assert.equal(parseIp("::ffff:192.0.2.255"), [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x02ff]);
  assert.equal(parseIp("1:2:3:4:5:6:7::"), [1, 2, 3, 4, 5, 6, 7, 0]);
});

test("a relayed message is verified as it came", () => {
  const { bytes } = recordedRelay.find(({ name }) => name.startsWith("relay_message carrying"))!;
  const { args } = decodeDatagram(parseHex(bytes)) as IncomingRequest<"relay_message">;
  assert.is(args.message.bytes.length, RELAY_MESSAGE_BYTES_MAX);
  const envelope = decodeEnvelope(args.message.bytes);
  assert.is(tokenText(envelope), "peers");
  assert.ok(bytes.includes(formatHex(envelope.signedBytes.subarray(1))));
});

test.run();
