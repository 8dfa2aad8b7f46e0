/**
 * Random and mutated input of everything that reads what strangers send: it is refused with an error of ours, or read.
 *
 * @module
 */

import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAddress } from "../../src/identity/public-key.ts";
import { recoverSigner, signMessage, verifyMessage } from "../../src/identity/bitcoin-message.ts";
import { openEnvelope, signEnvelope } from "../../src/identity/envelope.ts";
import { IdentityError } from "../../src/identity/error.ts";
import { Identity } from "../../src/identity/identity.ts";
import { parsePeerId } from "../../src/identity/peer-id.ts";
import { PublicIdentity } from "../../src/identity/public-identity.ts";
import { seal, unseal } from "../../src/identity/sealed-message.ts";
import { publishSealingKey, readSealingKey } from "../../src/identity/sealing-key.ts";
import { check } from "../codec/seed.ts";
import { ALICE } from "./vectors.ts";

const test = suite("identity: hostile input");

const alice = Identity.parse(ALICE);
const bob = new Identity(new Uint8Array(32).fill(2));

/** Texts of any kind, and texts that look like the real ones. */
const texts = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"), maxLength: 140 }),
  fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 60, maxLength: 68 }),
  fc.tuple(fc.constantFrom(ALICE, alice.address, alice.peerId, alice.astralIdentity), fc.nat(), fc.string()).map(
    ([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice(at % text.length + 1),
  ),
);

/** Bytes of any kind, and good bytes of which some are others. */
function mutated(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const bytes = good.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    }),
    fc.tuple(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 40 })).map(([at, tail]) =>
      Uint8Array.of(...good.subarray(0, at), ...tail)
    ),
  );
}

/** Runs what may throw errors of ours and no others; says whether it did not. */
function survives(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof IdentityError) return false;
    throw error;
  }
}

test("texts", () => {
  check("texts of keys, addresses, identities and peer ids", texts, 1000, (text) => {
    for (const parse of [Identity.parse, parseAddress, parsePeerId, PublicIdentity.fromAstralIdentity]) {
      survives(() => parse(text));
    }
  });
});

test("public keys", () => {
  check("public keys", mutated(alice.publicKey), 300, (bytes) => {
    if (survives(() => new PublicIdentity(bytes))) assert.ok(bytes.length === 33 || bytes.length === 65);
  });
});

test("signatures", () => {
  const message = Uint8Array.of(1, 2, 3);
  const good = signMessage(alice, message);
  check("signatures", mutated(good), 300, (bytes) => {
    survives(() => recoverSigner(message, bytes));
    if (verifyMessage(alice.nodeId, message, bytes)) assert.equal(bytes, good);
  });
});

test("published keys", () => {
  const good = publishSealingKey(alice);
  check("published keys", mutated(good), 200, (bytes) => {
    if (survives(() => readSealingKey(bytes, alice.nodeId))) assert.equal(bytes, good);
  });
});

test("sealed messages", () => {
  const good = seal(alice, readSealingKey(publishSealingKey(bob), bob.nodeId), Uint8Array.of(1, 2, 3));
  check("sealed messages", mutated(good), 200, (bytes) => {
    if (survives(() => unseal(bob, bytes))) assert.equal(bytes, good);
  });
});

test("envelopes", () => {
  const good = signEnvelope(alice, "peers", new Uint8Array(40));
  check("envelopes", mutated(good), 500, (bytes) => {
    if (openEnvelope(bytes).ok) assert.equal(bytes, good);
  });
});

test.run();
