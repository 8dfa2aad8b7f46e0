/**
 * Signed messages: known signatures of other programs, signatures of either s, and what is no signature.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { base64 } from "@scure/base";
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import { parseAddress } from "../../src/identity/public-key.ts";
import { parseBase58Check } from "../../src/identity/base58check.ts";
import { messageDigest, recoverSigner, signMessage, verifyMessage } from "../../src/identity/bitcoin-message.ts";
import { Identity } from "../../src/identity/identity.ts";
import { platformRandom } from "../../src/identity/secret-key.ts";
import { expectCode } from "./expect-code.ts";
import { ALICE, recordedEnvelopes, vectors } from "./vectors.ts";

const test = suite("identity: signed messages");

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The other signature of the same signer: n - s, with the other of the two points. */
function withOtherS(signature: Uint8Array): Uint8Array {
  const s = ORDER - BigInt(`0x${formatHex(signature.subarray(33))}`);
  const other = signature.slice();
  other[0] = ((signature[0] - 27) ^ 1) + 27;
  other.set(parseHex(s.toString(16).padStart(64, "0")), 33);
  return other;
}

function isHigh(signature: Uint8Array): boolean {
  return BigInt(`0x${formatHex(signature.subarray(33))}`) > ORDER / 2n;
}

test("signs what the original programs signed, byte for byte", () => {
  const alice = Identity.parse(ALICE);
  assert.is(recordedEnvelopes.length, 3);
  for (const row of recordedEnvelopes) {
    const message = parseHex(row.signed_hex);
    const signature = signMessage(alice, message);
    assert.is(base64.encode(signature), row.sig_b64, row.label);
    assert.is(signature[0], row.first_byte, row.label);
    assert.ok(verifyMessage(alice.nodeId, message, signature), row.label);
    assert.is(recoverSigner(message, signature).astralIdentity, alice.astralIdentity, row.label);
  }
});

test("signs what Python's ecdsa signs, and leaves s as it is", () => {
  const signers = new Map<string, Identity>();
  for (const row of vectors.signatures) {
    const name = JSON.stringify(row);
    const key = `${row.secret} ${row.compressed}`;
    const signer = signers.get(key) ?? new Identity(parseHex(row.secret), { compressed: row.compressed });
    signers.set(key, signer);
    const message = new Uint8Array(row.size).fill(row.byte);
    const signature = signMessage(signer, message);
    assert.is(formatHex(signature), row.signature, name);
    assert.is(isHigh(signature), row.highS, name);
    assert.ok(verifyMessage(signer.nodeId, message, signature), name);
  }
  const high = vectors.signatures.filter(({ highS }) => highS).length;
  assert.ok(high > 5 && high < vectors.signatures.length - 5, `${high} of ${vectors.signatures.length} are high`);
});

test("accepts both signatures of the same signer", () => {
  const alice = Identity.parse(ALICE);
  const seen = new Set<boolean>();
  for (let index = 0; index < 8; index++) {
    const message = Uint8Array.of(index);
    const signature = signMessage(alice, message);
    const other = withOtherS(signature);
    assert.is.not(isHigh(other), isHigh(signature));
    assert.ok(verifyMessage(alice.nodeId, message, other));
    seen.add(isHigh(signature));
  }
  assert.is(seen.size, 2);
});

test("finds the signers that libsecp256k1 finds, also of points above the order", () => {
  let large = 0;
  for (const row of vectors.recovery) {
    const [message, signature] = [parseHex(row.message), parseHex(row.signature)];
    if (row.publicKey === null) {
      expectCode("signature", () => recoverSigner(message, signature));
      continue;
    }
    assert.is(recoverSigner(message, signature).astralIdentity, row.publicKey, row.signature);
    if (signature[0] > 32) large++;
  }
  assert.ok(large > 3, `${large} points above the order`);
});

// Bitcoin Core, src/test/util_tests.cpp (message_sign, message_hash) and test/functional/rpc_signmessage.py, where the
// key is one of the test network; bitcoinjs-message, test/fixtures.json. They take the lower s, we either.
const SIGNED: [name: string, secret: string, message: string, signature: string][] = [
  [
    "Bitcoin Core's unit test",
    "d97f5108f11cda6eeebaaa420fef0726b1f898060b98489fa3098463c0032866",
    "Trust no one",
    "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
  ],
  [
    "Bitcoin Core's functional test",
    formatHex(parseBase58Check("cUeKHd5orzT3mz8P9pxyREHfsWtVfgsfDjiZZBcjUBAaGk1BTj7N", "a key", [34]).slice(1, 33)),
    "This is just a test message",
    "INbVnW4e6PeRmsv2Qgu8NuopvrVjkcxob+sX8OcZG0SALhWybUjzMLPdAsXI46YZGb0KQTRii+wWIQzRpG/U+S0=",
  ],
  [
    "bitcoinjs-message",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "vires is numeris",
    "IF8nHqFr3K2UKYahhX3soVeoW8W1ECNbr0wfck7lzyXjCS5Q16Ek45zyBuy1Fiy9sTPKVgsqqOuPvbycuVSSVl8=",
  ],
];

for (const [name, secret, message, signature] of SIGNED) {
  test(`signs the message of ${name}`, () => {
    const signer = Identity.parse(secret);
    const ours = signMessage(signer, utf8(message));
    assert.is(base64.encode(isHigh(ours) ? withOtherS(ours) : ours), signature);
    assert.ok(verifyMessage(signer.nodeId, utf8(message), base64.decode(signature)));
    const uncompressed = new Identity(signer.toSecret(), { compressed: false });
    assert.equal(signMessage(uncompressed, utf8(message)).subarray(1), ours.subarray(1));
    assert.is(signMessage(uncompressed, utf8(message))[0], ours[0] - 4);
  });
}

// The same sources.
const VERIFIED: [good: boolean, address: string, message: string, signature: string][] = [
  [
    true,
    "15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs",
    "Trust no one",
    "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
  ],
  [
    true,
    "11canuhp9X2NocwCq7xNrQYTmUgZAnLK3",
    "Trust me",
    "IIcaIENoYW5jZWxsb3Igb24gYnJpbmsgb2Ygc2Vjb25kIGJhaWxvdXQgZm9yIGJhbmtzIAaHRtbCeDZINyavx14=",
  ],
  [
    false,
    "15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs",
    "I never signed this",
    "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
  ],
  [
    false,
    "1KqbBpLy5FARmTPD4VZnDDpYjkUvkr82Pm",
    "message should be irrelevant",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  ],
  [
    true,
    "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM",
    "vires is numeris",
    "G8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
  ],
  [
    true,
    "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs",
    "vires is numeris",
    "H8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
  ],
  // The form that the header says is part of who signed.
  [
    false,
    "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM",
    "vires is numeris",
    "H8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
  ],
  [
    false,
    "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs",
    "vires is numeris",
    "G8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
  ],
  // Of segwit addresses, whose headers begin at 35 and are not for us.
  [
    false,
    "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
    "vires is numeris",
    "JF8nHqFr3K2UKYahhX3soVeoW8W1ECNbr0wfck7lzyXjCS5Q16Ek45zyBuy1Fiy9sTPKVgsqqOuPvbycuVSSVl8=",
  ],
];

for (const [good, address, message, signature] of VERIFIED) {
  test(`${good ? "verifies" : "does not verify"} "${message}" of ${address}`, () => {
    assert.is(verifyMessage(parseAddress(address), utf8(message), base64.decode(signature)), good);
  });
}

test("hashes messages as Bitcoin Core and bitcoinjs-message do", () => {
  const digests: [message: string, digest: string][] = [
    ["", "80e795d4a4caadd7047af389d9f7f220562feb6196032e2131e10563352c4bcc"],
    ["Vires is Numeris", "f8a5affbef4a3241b19067aa694562f64f513310817297089a8929a930f4f933"],
    ["Trust no one", "aa8215d723ecd2f14867eeb7e19f192be7bc15a2352a24b991d4f5870cbaf6e8"],
  ];
  for (const [message, digest] of digests) assert.is(formatHex(messageDigest(utf8(message))), digest);
});

test("a change of any bit of the signature, the message or the node id is found", () => {
  const alice = Identity.parse(ALICE);
  const message = utf8("token");
  const signature = signMessage(alice, message);
  for (let bit = 0; bit < signature.length * 8; bit++) {
    // Every third bit, to save time; bits of all bytes come up.
    if (bit % 3 !== 0) continue;
    assert.not.ok(verifyMessage(alice.nodeId, message, flipped(signature, bit)), `bit ${bit} of the signature`);
  }
  for (let bit = 0; bit < message.length * 8; bit++) {
    assert.not.ok(verifyMessage(alice.nodeId, flipped(message, bit), signature), `bit ${bit} of the message`);
  }
  assert.not.ok(verifyMessage(flipped(alice.nodeId, 7), message, signature));
  assert.not.ok(verifyMessage(alice.nodeId.subarray(1), message, signature));
  assert.not.ok(verifyMessage(alice.publicKey, message, signature));
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] ^= 1 << (bit & 7);
  return changed;
}

test("refuses what is no signature", () => {
  const alice = Identity.parse(ALICE);
  const message = utf8("x");
  const good = signMessage(alice, message);
  const bad = [
    new Uint8Array(),
    good.subarray(1),
    Uint8Array.of(...good, 0),
    ...[0, 26, 35, 43, 255].map((header) => Uint8Array.of(header, ...good.subarray(1))),
    Uint8Array.of(31, ...new Uint8Array(64)),
    Uint8Array.of(31, ...new Uint8Array(64).fill(255)),
    Uint8Array.of(...good.subarray(0, 33), ...new Uint8Array(32)),
    undefined as unknown as Uint8Array,
  ];
  for (const signature of bad) {
    expectCode("signature", () => recoverSigner(message, signature));
    assert.not.ok(verifyMessage(alice.nodeId, message, signature));
  }
});

test("with random bytes, each signature of a message is another one, and valid", () => {
  const me = Identity.generate();
  const message = new TextEncoder().encode("again and again");
  const signatures = Array.from({ length: 5 }, () => signMessage(me, message, { random: platformRandom }));
  assert.is(new Set([signMessage(me, message), ...signatures].map(formatHex)).size, 6);
  for (const signature of signatures) assert.ok(verifyMessage(me.nodeId, message, signature));
  const same = () => new Uint8Array(32).fill(7);
  assert.equal(signMessage(me, message, { random: same }), signMessage(me, message, { random: same }));
  assert.equal(signMessage(me, message), signMessage(me, message, {}));
  expectCode("random", () => signMessage(me, message, { random: () => new Uint8Array(31) }));
});

test.run();
