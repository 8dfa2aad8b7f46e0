/**
 * Sealing keys and sealed messages: the bytes that other libraries make, who can open what, and what is found out.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import nacl from "tweetnacl";
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import { inspect } from "../../codec/inspect/inspect.ts";
import { signMessage } from "../../src/identity/bitcoin-message.ts";
import { Identity } from "../../src/identity/identity.ts";
import {
  seal,
  SEALED_MESSAGE_BYTES_MAX,
  SEALED_OVERHEAD_BYTES,
  SealedMessage,
  unseal,
} from "../../src/identity/sealed-message.ts";
import {
  ownSealingKey,
  PUBLISHED_KEY_BYTES,
  publishSealingKey,
  readSealingKey,
  type SealingKey,
} from "../../src/identity/sealing-key.ts";
import { expectCode } from "./expect-code.ts";
import { vectors } from "./vectors.ts";

const test = suite("identity: sealed messages");

const alice = new Identity(new Uint8Array(32).fill(1));
const bob = new Identity(new Uint8Array(32).fill(2), { compressed: false });
const mallory = new Identity(new Uint8Array(32).fill(3));
const hello = new TextEncoder().encode("hello");

function keyOf(identity: Identity): SealingKey {
  return readSealingKey(publishSealingKey(identity), identity.nodeId);
}

/** A published key of an X25519 key that need not be one's own. */
function publish(signer: Identity, x25519: Uint8Array): Uint8Array {
  const statement = new TextEncoder().encode(`warpwire x25519 key 1: ${formatHex(x25519)}`);
  return Uint8Array.of(1, ...x25519, ...signMessage(signer, statement));
}

test("libsodium makes the same bytes, and what it makes opens", () => {
  assert.ok(vectors.sealed.length > 5);
  for (const row of vectors.sealed) {
    const sender = new Identity(parseHex(row.sender), { compressed: row.compressed });
    const recipient = new Identity(parseHex(row.recipient));
    const message = parseHex(row.message);
    assert.is(formatHex(publishSealingKey(recipient)), row.recipientPublished);
    const key = readSealingKey(parseHex(row.recipientPublished), recipient.nodeId);
    const sealed = seal(sender, key, message, { random: () => parseHex(row.nonce) });
    assert.is(formatHex(sealed), row.sealed);
    const opened = unseal(recipient, parseHex(row.sealed));
    assert.equal(opened.bytes, message);
    assert.is(opened.sender.address, sender.address);
  }
});

// RFC 7748, section 6.1, and tests/secretbox.c of NaCl: that the package in use computes what its name says.
test("tweetnacl passes the vectors of RFC 7748 and NaCl", () => {
  const a = parseHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const b = parseHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  assert.is(formatHex(nacl.scalarMult(a, nacl.scalarMult.base(b))), shared);
  assert.is(formatHex(nacl.scalarMult(b, nacl.scalarMult.base(a))), shared);
  const key = parseHex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
  const nonce = parseHex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
  const message = parseHex(
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f4" +
      "1db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52" +
      "f0a089bc76897040e082f937763848645e0705",
  );
  const box =
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c" +
    "98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb373" +
    "2bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";
  assert.is(formatHex(nacl.secretbox(message, nonce, key)), box);
});

test("goes from one to the other, and says who sent it", () => {
  for (const [from, to] of [[alice, bob], [bob, alice], [alice, alice]]) {
    const { sender, bytes } = unseal(to, seal(from, keyOf(to), hello));
    assert.equal(bytes, hello);
    assert.equal([sender.nodeId, sender.publicKey], [from.nodeId, from.publicKey]);
    assert.is(sender.compressed, from.compressed);
  }
});

test("has the length of the message and 139 bytes, up to the longest", () => {
  assert.is(SEALED_OVERHEAD_BYTES, 139);
  for (const size of [0, 1, SEALED_MESSAGE_BYTES_MAX]) {
    const message = new Uint8Array(size).fill(7);
    const sealed = seal(alice, keyOf(bob), message);
    assert.is(sealed.length, size + 139);
    const { bytes } = unseal(bob, sealed);
    assert.is(bytes.length, size);
    assert.ok(bytes.every((byte) => byte === 7));
  }
  const longest = new Uint8Array(SEALED_MESSAGE_BYTES_MAX + 1);
  expectCode("size", () => seal(alice, keyOf(bob), longest));
});

test("seals the same message into other bytes each time", () => {
  const [first, second] = [seal(alice, keyOf(bob), hello), seal(alice, keyOf(bob), hello)];
  assert.not.equal(first.subarray(-21), second.subarray(-21));
  assert.not.ok(formatHex(first).includes(formatHex(hello)));
});

test("opens for nobody else", () => {
  const sealed = seal(alice, keyOf(bob), hello);
  expectCode("sealed", () => unseal(mallory, sealed));
  expectCode("sealed", () => unseal(alice, sealed));
});

test("opens in both forms of the recipient, who is the same person", () => {
  const compressed = new Identity(bob.toSecret());
  assert.equal(unseal(compressed, seal(alice, keyOf(bob), hello)).bytes, hello);
});

test("a change of any byte is found", () => {
  const sealed = seal(alice, keyOf(bob), hello);
  for (let index = 0; index < sealed.length; index++) {
    const changed = sealed.slice();
    changed[index] ^= 1 << index % 8;
    assert.throws(() => unseal(bob, changed), (error: Error) => error.name === "IdentityError", `byte ${index}`);
  }
});

test("refuses what is too short, too long, or of another version", () => {
  const sealed = seal(alice, keyOf(bob), hello);
  for (let length = 0; length < SEALED_OVERHEAD_BYTES; length++) {
    expectCode("size", () => unseal(bob, sealed.subarray(0, length)));
  }
  expectCode("sealed", () => unseal(bob, sealed.subarray(0, -1)));
  expectCode("sealed", () => unseal(bob, Uint8Array.of(...sealed, 0)));
  expectCode("size", () => unseal(bob, new Uint8Array(SEALED_MESSAGE_BYTES_MAX + SEALED_OVERHEAD_BYTES + 1)));
  expectCode("size", () => unseal(bob, "text" as unknown as Uint8Array));
  for (const version of [0, 2, 255]) {
    expectCode("version", () => unseal(bob, Uint8Array.of(version, ...sealed.subarray(1))));
    expectCode("version", () => unseal(bob, Uint8Array.of(1, version, ...sealed.subarray(2))));
  }
});

test("a message cannot be sent back as if the recipient had answered", () => {
  const sealed = seal(alice, keyOf(bob), hello);
  sealed.set(publishSealingKey(bob), 1);
  expectCode("sealed", () => unseal(alice, sealed));
});

test("a message cannot be claimed by signing its sender's sealing key", () => {
  const sealed = seal(alice, keyOf(bob), hello);
  sealed.set(publish(mallory, ownSealingKey(alice).publicKey), 1);
  expectCode("sealed", () => unseal(bob, sealed));
});

test("a message for somebody who published another's key does not open for the other", () => {
  const stolen = readSealingKey(publish(mallory, ownSealingKey(bob).publicKey), mallory.nodeId);
  expectCode("sealed", () => unseal(bob, seal(alice, stolen, hello)));
});

// All points of small order that are below 2^255 (https://cr.yp.to/ecdh.html#validate).
const SMALL_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

test("refuses keys of small order, with which everybody could open the message", () => {
  for (const hex of SMALL_ORDER) {
    const published = publish(mallory, parseHex(hex));
    const key = readSealingKey(published, mallory.nodeId);
    expectCode("sealed", () => seal(alice, key, hello));
    const sealed = seal(alice, keyOf(bob), hello);
    sealed.set(published, 1);
    expectCode("sealed", () => unseal(bob, sealed));
  }
});

test("refuses a source of random bytes that gives no nonce", () => {
  expectCode("random", () => seal(alice, keyOf(bob), hello, { random: (count) => new Uint8Array(count - 1) }));
});

test("a published key is always the same, and that of its owner only", () => {
  const published = publishSealingKey(alice);
  assert.is(published.length, PUBLISHED_KEY_BYTES);
  assert.equal(publishSealingKey(new Identity(alice.toSecret())), published);
  assert.equal(publish(alice, ownSealingKey(alice).publicKey), published);
  for (const owner of [alice.nodeId, alice.publicKey]) {
    assert.is(readSealingKey(published, owner).owner.address, alice.address);
  }
  const other = new Identity(alice.toSecret(), { compressed: false });
  for (const owner of [bob.nodeId, bob.publicKey, other.nodeId, new Uint8Array(), alice.nodeId.subarray(1)]) {
    expectCode("signature", () => readSealingKey(published, owner));
  }
  published.fill(0);
  assert.is.not(publishSealingKey(alice)[0], 0);
});

test("refuses published keys that are cut, longer, changed, or of another version", () => {
  const published = publishSealingKey(alice);
  expectCode("size", () => readSealingKey(published.subarray(1), alice.nodeId));
  expectCode("size", () => readSealingKey(Uint8Array.of(...published, 0), alice.nodeId));
  expectCode("size", () => readSealingKey(undefined as unknown as Uint8Array, alice.nodeId));
  expectCode("version", () => readSealingKey(Uint8Array.of(2, ...published.subarray(1)), alice.nodeId));
  for (let index = 1; index < published.length; index++) {
    const changed = published.slice();
    changed[index] ^= 0x10;
    expectCode("signature", () => readSealingKey(changed, alice.nodeId));
  }
});

test("the sealing key does not show the identity's secret", () => {
  const { secretKey, publicKey } = ownSealingKey(alice);
  assert.not.equal(secretKey, alice.toSecret());
  assert.equal(publicKey, nacl.scalarMult.base(secretKey));
});

test("the bytes are told apart by their schema", () => {
  const { spans, error } = inspect(SealedMessage, seal(alice, keyOf(bob), hello));
  assert.is(error, undefined);
  const ranges = spans.filter(({ path }) => path !== "").map(({ path, start, end }) => [path, start, end]);
  assert.equal(ranges.slice(0, 4), [["version", 0, 1], ["sender", 1, 99], ["nonce", 99, 123], ["box", 123, 144]]);
});

test.run();
