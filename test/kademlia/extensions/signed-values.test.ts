/**
 * Which values come in place of which, and which one a reader takes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type MsgpackValue, pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { dhtKey, packSigned, signedKey, unpackSigned } from "../../../codec/protocols/storj/mod.ts";
import { NewestSigned, signedAdmission } from "../../../src/kademlia/extensions/signed-values.ts";
import { ManualClock } from "../../host/manual-clock.ts";
import { ownerOf, signedBy } from "./owners.ts";

const test = suite("kademlia: signed values");

const alice = ownerOf(1);
const mallory = ownerOf(2);
const key = signedKey(alice.own.address, "news");
const stranger = { source: "udp:10.0.0.9" };

function judge(clock = new ManualClock(), { verify } = alice) {
  const admit = signedAdmission({ verify }, clock);
  return (value: Packed, held: Packed | null, at = key) => admit(at, value, held, stranger);
}

test("a newer value of the owner comes in place of whatever is there", () => {
  const admit = judge();
  const [first, second] = [1, 2].map((sequence) => signedBy(alice, { sequence }));
  assert.is(admit(first, null), true);
  assert.is(admit(second, first), true);
  assert.is(admit(first, pack("garbage")), true);
  assert.is(admit(first, signedBy(mallory, { sequence: 9, key })), true);
  assert.is(
    admit(signedBy(ownerOf(1, false), { sequence: 1 }), null, signedKey(ownerOf(1, false).own.address, "news")),
    true,
  );
});

test("lower sequences, and other values of the same one, do not", () => {
  const admit = judge();
  const held = signedBy(alice, { sequence: 5 });
  assert.is(admit(signedBy(alice, { sequence: 4 }), held), false);
  assert.is(admit(signedBy(alice, { sequence: 5, value: "other" }), held), false, "the first one stays");
  assert.is(admit(signedBy(alice, { sequence: 5 }), held), false);
});

test("strangers do not come in place of the owner's", () => {
  const admit = judge();
  const held = signedBy(alice, { sequence: 1 });
  for (const value of ["garbage", null, [1, 2, 3, 4, 5], { sequence: 9 }] as MsgpackValue[]) {
    assert.is(admit(pack(value), held), false);
  }
  assert.is(admit(signedBy(mallory, { sequence: 9, key }), held), false);
  assert.is(admit(signedBy(alice, { sequence: 9, name: "other" }), held), false, "signed for another key");
  assert.is(admit(signedBy(alice, { sequence: 9, name: "other", key }), held), false, "another name");
});

test("a signature that is wrong is refused, with or without a value in its place", () => {
  const parts = unpackSigned(signedBy(alice, { sequence: 3 }))!;
  const { signature } = parts;
  const forged = [
    { ...parts, sequence: 4 },
    { ...parts, value: pack("other") },
    { ...parts, name: "new" },
    { ...parts, publicKey: mallory.own.publicKey },
    { ...parts, signature: signature.with(50, signature[50] ^ 1) },
    { ...parts, signature: new Uint8Array(65) },
  ].map(packSigned);
  for (const held of [null, pack("garbage"), signedBy(alice, { sequence: 1 })]) {
    const admit = judge();
    for (const value of forged) assert.is(admit(value, held), false);
  }
});

test("signatures have no say where nobody has signed", () => {
  const admit = judge();
  assert.is(admit(pack("value"), null), undefined);
  assert.is(admit(pack("value"), pack("held")), undefined);
  // Signed for a key that is not the owner's: a value like any other, in place of a value like any other.
  const elsewhere = dhtKey("elsewhere");
  const value = signedBy(alice, { sequence: 1, key: elsewhere });
  assert.is(admit(value, null, elsewhere), undefined);
  assert.is(admit(pack("value"), value, elsewhere), undefined);
});

test("so many signatures are checked a second, and what costs nothing is not counted", () => {
  const clock = new ManualClock();
  let checks = 0;
  const admit = judge(clock, { ...alice, verify: (...args) => (checks++, alice.verify(...args)) });
  const held = signedBy(alice, { sequence: 2 });
  const [older, newer, forged] = [1, 3, 4].map((sequence) => signedBy(alice, { sequence }));
  const wrong = packSigned({ ...unpackSigned(forged)!, sequence: 5 });
  for (let index = 0; index < 500; index++) {
    assert.is(admit(older, held), false);
    assert.is(admit(pack(index), null), undefined);
  }
  assert.is(checks, 0);
  let refused = 0;
  for (let index = 0; index < 500; index++) if (admit(wrong, held) === false) refused++;
  assert.equal([refused, checks], [500, 50]);
  assert.is(admit(newer, held), false, "it could not be checked");
  const own = signedAdmission(alice, clock)(key, newer, held, { source: "" });
  assert.is(own, true);
  clock.advance(100);
  assert.is(admit(newer, held), true);
});

test("a reader takes the highest sequence of the owner's, the first of equal ones", () => {
  let checks = 0;
  const newest = new NewestSigned(key, (...args) => (checks++, alice.verify(...args)));
  assert.is(newest.add(pack("garbage")), -1);
  assert.is(newest.add(signedBy(mallory, { sequence: 99, key })), -1);
  assert.is(newest.add(packSigned({ ...unpackSigned(signedBy(alice, { sequence: 1 }))!, sequence: 98 })), -1);
  assert.is(newest.add(signedBy(alice, { sequence: 97, name: "other" })), -1);
  assert.is(newest.newest, null);
  const before = checks;
  for (let index = 0; index < 20; index++) assert.is(newest.add(signedBy(alice, { sequence: 7, value: "a" })), 7);
  assert.is(checks - before, 1, "equal bytes are checked once");
  assert.is(newest.add(signedBy(alice, { sequence: 7, value: "b" })), 7);
  assert.is(newest.add(signedBy(alice, { sequence: 6, value: "c" })), 6);
  assert.is(unpack(newest.newest!.value.value), "a");
  assert.is(newest.add(signedBy(alice, { sequence: 8, value: "d" })), 8);
  assert.is(unpack(newest.newest!.value.value), "d");
});

test.run();
