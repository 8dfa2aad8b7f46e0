/**
 * Signed envelopes: those of the original programs, and all that they refuse.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../codec/error.ts";
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import { pack, Packed, unpack } from "../../codec/msgpack/mod.ts";
import { signMessage } from "../../src/identity/bitcoin-message.ts";
import { type EnvelopeFault, openEnvelope, signEnvelope } from "../../src/identity/envelope.ts";
import { Identity } from "../../src/identity/identity.ts";
import { ALICE, recordedEnvelopes, recordedSizes, vectors } from "./vectors.ts";

const test = suite("identity: envelopes");

const alice = Identity.parse(ALICE);

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An envelope of alice with a good signature, whatever its parts are. All parts are hex. */
function assemble(
  { head = "95", sender = `c414${alice.nodeIdHex}`, version = "01", token = "a5746f6b656e", body = "c0", tail = "" } =
    {},
): Uint8Array {
  const signature = signMessage(alice, parseHex(`93${version}${token}${body}`));
  return parseHex(`${head}${sender}${version}${token}${body}c441${formatHex(signature)}${tail}`);
}

function expectFault(fault: EnvelopeFault, bytes: Uint8Array, name: string): void {
  assert.equal(openEnvelope(bytes), { ok: false, fault }, name);
}

test("opens and makes the envelopes of the original programs", () => {
  assert.is(recordedEnvelopes.length, 3);
  for (const row of recordedEnvelopes) {
    const packed = parseHex(row.packed);
    assert.is(packed.length, row.packed_len);
    const opened = openEnvelope(packed);
    assert.ok(opened.ok, row.label);
    const { envelope, signer } = opened;
    assert.is(formatHex(envelope.signedBytes), row.signed_hex);
    assert.is(formatHex(envelope.sender), alice.nodeIdHex);
    assert.is(signer.astralIdentity, alice.astralIdentity);
    assert.is(envelope.version, 1);
    const token = unpack(envelope.token) as string | Uint8Array;
    assert.is(formatHex(signEnvelope(alice, token, unpack(envelope.body))), row.packed, row.label);
    assert.is(formatHex(signEnvelope(alice, envelope.token, envelope.body)), row.packed, row.label);
  }
});

test("texts become str and bytes bin, as in the two recorded ways", () => {
  const [bin, str] = recordedEnvelopes;
  assert.is(formatHex(signEnvelope(alice, utf8("token"), utf8("body"))), bin.packed);
  assert.is(formatHex(signEnvelope(alice, "token", "body")), str.packed);
});

test("an envelope has at most 519 bytes, as the original programs have it", () => {
  assert.is(recordedSizes.length, 3);
  const overhead = recordedSizes[0].packed_len - recordedSizes[0].body_len;
  for (const { body_len, packed_len } of recordedSizes) {
    assert.is(packed_len - body_len, overhead);
    // The recorded token has five letters as bin and the body three bytes of head, being longer than 255.
    const make = () => signEnvelope(alice, utf8("token"), new Uint8Array(body_len));
    if (packed_len > 519) {
      assert.throws(make, (error: CodecError) => error instanceof CodecError && error.code === "limit");
      continue;
    }
    const bytes = make();
    assert.is(bytes.length, packed_len);
    assert.ok(openEnvelope(bytes).ok);
  }
  const body = `c501a3${"00".repeat(419)}`;
  expectFault("size", assemble({ token: "c405746f6b656e", body }), "520 bytes");
});

test("checks the bytes that came, not what they mean", () => {
  const [bin, str] = recordedEnvelopes.map(({ packed }) => packed);
  // The same text in the other type, under the same signature.
  expectFault("signature", parseHex(bin.replace("c405746f6b656e", "a5746f6b656e")), "token as str");
  expectFault("signature", parseHex(str.replace("a4626f6479", "c404626f6479")), "body as bin");
  // A longer form of the same number is signed as it is.
  assert.ok(openEnvelope(assemble({ version: "cc01" })).ok);
  expectFault("signature", parseHex(str.replace("d08101", "d081cc01")), "version in a longer form");
});

test("opens every form of array, version, token and body, as long as it was signed so", () => {
  const good = [
    assemble(),
    assemble({ head: "dc0005" }),
    assemble({ sender: `c50014${alice.nodeIdHex}` }),
    assemble({ version: "00" }),
    assemble({ version: "ce7fffffff" }),
    assemble({ token: "c0", body: "9301c2cb3ff0000000000000" }),
    assemble({ token: "07" }),
    assemble({ body: "81a16101" }),
    assemble({ body: "d40100" }),
  ];
  for (const bytes of good) assert.ok(openEnvelope(bytes).ok, formatHex(bytes));
});

const REFUSED: [fault: EnvelopeFault, name: string, bytes: Uint8Array][] = [
  ["form", "nothing", new Uint8Array()],
  ["form", "no array", parseHex("c0")],
  ["form", "a byte that begins no value", parseHex("c1")],
  ["form", "a map", assemble({ head: "85" })],
  ["form", "an array of four", assemble({ head: "94" })],
  ["form", "an array of six", assemble({ head: "96", tail: "c0" })],
  ["form", "bytes after it", assemble({ tail: "00" })],
  ["form", "a body that is no value", assemble({ body: "c1" })],
  ["form", "an array that claims four billion values", parseHex("ddffffffff")],
  ["sender", "a sender of 19 bytes", assemble({ sender: `c413${alice.nodeIdHex.slice(2)}` })],
  ["sender", "a sender of 21 bytes", assemble({ sender: `c415${alice.nodeIdHex}00` })],
  ["sender", "a sender as str", assemble({ sender: `b4${"61".repeat(20)}` })],
  ["sender", "a sender that is an integer", assemble({ sender: "01" })],
  ["version", "version -1", assemble({ version: "ff" })],
  ["version", "a version that is true", assemble({ version: "c3" })],
  ["version", "version 1.0", assemble({ version: "cb3ff0000000000000" })],
  ["version", "a version as text", assemble({ version: "a131" })],
  ["version", "no version", assemble({ version: "c0" })],
  ["signature", "somebody else's sender", assemble({ sender: `c414${"11".repeat(20)}` })],
  [
    "signature",
    "the sender of the other form",
    assemble({ sender: `c414${new Identity(alice.toSecret(), { compressed: false }).nodeIdHex}` }),
  ],
  ["signature", "a signature of 64 bytes", replaceEnd(assemble(), 67, "c440", 64)],
  ["signature", "a signature of 66 bytes", replaceEnd(assemble(), 67, "c442", 66)],
  ["signature", "a signature as str", replaceEnd(assemble(), 67, "d941", 65)],
  ["signature", "a signature of zeros", replaceEnd(assemble(), 67, "c441", 65)],
];

function replaceEnd(bytes: Uint8Array, count: number, head: string, zeros: number): Uint8Array {
  return Uint8Array.of(...bytes.subarray(0, -count), ...parseHex(head), ...new Uint8Array(zeros));
}

for (const [fault, name, bytes] of REFUSED) {
  test(`refuses ${name}: ${fault}`, () => expectFault(fault, bytes, name));
}

test("an envelope that is cut anywhere is refused", () => {
  const bytes = assemble();
  for (let length = 0; length < bytes.length; length++) {
    assert.not.ok(openEnvelope(bytes.subarray(0, length)).ok, `${length} bytes`);
  }
});

test("opens an envelope inside of a larger buffer", () => {
  const bytes = assemble();
  const buffer = new Uint8Array(bytes.length + 20).fill(0xc1);
  buffer.set(bytes, 9);
  assert.ok(openEnvelope(buffer.subarray(9, 9 + bytes.length)).ok);
});

test("accepts signatures of either s", () => {
  const rows = vectors.signatures.filter(({ size }) => size < 300);
  const seen = new Set<boolean>();
  for (const row of rows.slice(0, 12)) {
    const signer = new Identity(parseHex(row.secret), { compressed: row.compressed });
    const bytes = signEnvelope(signer, "signal", row.byte);
    const { ok } = openEnvelope(bytes);
    assert.ok(ok);
    seen.add(bytes[bytes.length - 32] >= 0x80);
  }
  assert.is(seen.size, 2);
});

test("does not sign maps, wherever they are, nor what cannot be packed", () => {
  for (const body of [{}, { a: 1 }, [1, [{ a: 1 }]], pack({ a: 1 }), new Packed(parseHex("81c0c0"))]) {
    assert.throws(() => signEnvelope(alice, "token", body), (error: Error) => error instanceof CodecError);
  }
  assert.throws(
    () => signEnvelope(alice, "token", undefined as unknown as null),
    (e: Error) => e instanceof CodecError,
  );
});

test.run();
