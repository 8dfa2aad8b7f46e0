/**
 * The keys and signatures that engines are given.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import { Identity, recoverSigner, signatures } from "../../src/identity/mod.ts";
import { ALICE, vectors } from "./vectors.ts";

const test = suite("identity: signatures for engines");

const message = new TextEncoder().encode("a challenge");

test("what is signed is checked, and says which form of the key the id is of", () => {
  for (const compressed of [true, false]) {
    const me = new Identity(Identity.parse(ALICE).toSecret(), { compressed });
    const { own, verify } = signatures(me);
    assert.equal([formatHex(own.nodeId), own.address], [me.nodeIdHex, me.address]);
    const signature = own.sign(message);
    const signer = verify(own.publicKey, message, signature);
    assert.equal([signer?.nodeIdHex, signer?.compressed], [me.nodeIdHex, compressed]);
  }
});

test("signatures of Python's ecdsa are their signers'", () => {
  const { verify } = signatures(Identity.generate());
  for (const row of vectors.signatures) {
    const text = new Uint8Array(row.size).fill(row.byte);
    const signer = new Identity(parseHex(row.secret), { compressed: row.compressed });
    assert.is(verify(signer.publicKey, text, parseHex(row.signature))?.address, signer.address);
  }
});

test("another key, another message and what is no signature are nobody's", () => {
  const { own, verify } = signatures(Identity.generate());
  const signature = own.sign(message);
  assert.is(verify(Identity.generate().publicKey, message, signature), null);
  assert.is(verify(own.publicKey, message.with(0, 0), signature), null);
  assert.is(verify(own.publicKey, message, signature.with(40, signature[40] ^ 1)), null);
  for (const wrong of [new Uint8Array(65), new Uint8Array(64), signature.with(0, 99), signature.fill(255, 1)]) {
    assert.is(verify(own.publicKey, message, wrong), null);
  }
  assert.is(verify(new Uint8Array(33), message, own.sign(message)), null);
  assert.is(verify(own.publicKey.subarray(1), message, own.sign(message)), null);
  assert.is(recoverSigner(message, own.sign(message)).address, own.address);
});

test.run();
