/**
 * Names of public keys: addresses, astral identities, peer ids.
 *
 * @module
 */

import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { base58 } from "@scure/base";
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import { formatAddress, parseAddress } from "../../src/identity/public-key.ts";
import type { IdentityErrorCode } from "../../src/identity/error.ts";
import { Identity } from "../../src/identity/identity.ts";
import { formatPeerId, parsePeerId } from "../../src/identity/peer-id.ts";
import { PublicIdentity } from "../../src/identity/public-identity.ts";
import { expectCode } from "./expect-code.ts";
import { vectors } from "./vectors.ts";

const test = suite("identity: names of public keys");

// The first key and its secret are the test vector of libp2p's specification of peer ids. The texts were made with
// @libp2p/crypto 5.1.23 and @libp2p/peer-id 6.0.15: toString() and toCID().toString().
const PEER_IDS: [publicKey: string, base58: string, cid: string][] = [
  [
    "037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99",
    "16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY",
    "bafzaajiiaijcca3xo7uzjzcsyilaj6i54cj44qk7kqzpoao5rti2pjx6udtdbp6kte",
  ],
  [
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "16Uiu2HAm3cuhhRL2msUuLF62KRSfneFDx94RsuouyW25Ho42cFMq",
    "bafzaajiiaijccatzxzth56o4xowflidcsxhiocyhakn7zwznzyunswpsqfnrn6axta",
  ],
  [
    "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527",
    "16Uiu2HAmTnVdDXJtTqG24BjkxB5Ywy94DrbQ8j7sSH8qmEB1YEm4",
    "bafzaajiiaijcca7azn4g7rhxe7jnp4jvoqoydznnbyafydtq3fytdpyt4m2zaexfe4",
  ],
];

for (const [publicKey, text, cid] of PEER_IDS) {
  test(`peer id ${text}`, () => {
    assert.is(formatPeerId(parseHex(publicKey)), text);
    assert.is(formatHex(parsePeerId(text)), publicKey);
    assert.is(formatHex(parsePeerId(cid)), publicKey);
    const identity = PublicIdentity.fromPeerId(text);
    assert.is(identity.peerId, text);
    assert.is(identity.astralIdentity, publicKey);
    assert.is(identity.compressed, true);
  });
}

test("the secret of libp2p's specification has that peer id, in both forms", () => {
  const secret = parseHex("53DADF1D5A164D6B4ACDB15E24AA4C5B1D3461BDBD42ABEDB0A4404D56CED8FB");
  for (const compressed of [true, false]) {
    assert.is(new Identity(secret, { compressed }).peerId, PEER_IDS[0][1]);
  }
});

function multihash(hex: string): string {
  return base58.encode(parseHex(hex));
}

const KEY = PEER_IDS[1][0];

const REFUSED_PEER_IDS: [name: string, code: IdentityErrorCode, text: string][] = [
  ["an Ed25519 key", "kind", "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"],
  ["an Ed25519 key as CID", "kind", "bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6"],
  ["the hash of a key", "kind", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"],
  ["a CID of a file", "syntax", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"],
  ["a CID of nothing", "syntax", "baeaa"],
  ["nothing", "syntax", ""],
  ["letters that are not in base58", "syntax", "16Uiu2HAm0"],
  ["a letter missing", "syntax", PEER_IDS[1][1].slice(0, -1)],
  ["a byte too many", "syntax", multihash(`00250802122${1}${KEY}00`)],
  ["another length of the multihash", "syntax", multihash(`002408021221${KEY}`)],
  ["another length of the key", "kind", multihash(`002508021220${KEY}`)],
  ["x that is on no point", "point", multihash(`00250802122102${"00".repeat(31)}05`)],
  ["an uncompressed key's first byte", "point", multihash(`00250802122104${KEY.slice(2)}`)],
  ["an address", "syntax", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"],
  ["a million letters", "syntax", "b".repeat(1_000_000)],
  ["no text", "syntax", null as unknown as string],
];

for (const [name, code, text] of REFUSED_PEER_IDS) {
  test(`refuses the peer id of ${name} with the code ${code}`, () => {
    expectCode(code, () => parsePeerId(text));
  });
}

test("public keys have the names that other libraries give them", () => {
  for (const row of vectors.keys) {
    const form = { compressed: row.compressed };
    for (const bytes of [row.publicKey, row.uncompressed]) {
      const identity = new PublicIdentity(parseHex(bytes), form);
      assert.is(identity.address, row.address);
      assert.is(identity.astralIdentity, row.publicKey);
      assert.equal(parseAddress(row.address), identity.nodeId);
      assert.is(formatAddress(identity.nodeId), row.address);
    }
    const own = new PublicIdentity(parseHex(row.compressed ? row.publicKey : row.uncompressed));
    assert.is(own.address, row.address);
  }
});

test("astral identities are compressed public keys", () => {
  assert.is(PublicIdentity.fromAstralIdentity(KEY.toUpperCase()).peerId, PEER_IDS[1][1]);
  for (const text of ["", "anyone ", KEY.slice(2), `04${KEY.slice(2)}`, `${KEY}00`, "zz".repeat(33)]) {
    expectCode("syntax", () => PublicIdentity.fromAstralIdentity(text));
  }
  for (const text of ["anyone", "00".repeat(33), `02${"00".repeat(31)}05`, `02${"ff".repeat(32)}`]) {
    expectCode("point", () => PublicIdentity.fromAstralIdentity(text));
  }
});

const BAD_POINTS: [name: string, hex: string][] = [
  ["nothing", ""],
  ["32 bytes", KEY.slice(2)],
  ["34 bytes", `${KEY}00`],
  ["another first byte", `05${KEY.slice(2)}`],
  ["x that is on no point", `02${"00".repeat(31)}05`],
  ["x above the field", `02${"ff".repeat(32)}`],
  ["a point beside the curve", `${vectors.keys[0].uncompressed.slice(0, -2)}b9`],
  ["a hybrid key", `06${vectors.keys[0].uncompressed.slice(2)}`],
];

for (const [name, hex] of BAD_POINTS) {
  test(`refuses ${name} as a public key`, () => {
    expectCode("point", () => new PublicIdentity(parseHex(hex)));
  });
}

const REFUSED_ADDRESSES: [name: string, code: IdentityErrorCode, text: string][] = [
  ["nothing", "syntax", ""],
  ["an address of the test network", "network", "mpLQjfK79b7CCV4VMJWEWAj5Mpx8Up5zxB"],
  ["an address of a script", "network", "3B5fQsEXEaV8v6U3ejYc8XaKXAkyQj2MjV"],
  ["a segwit address", "syntax", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
  ["a key", "syntax", vectors.keys[0].wif],
  ["a letter changed", "checksum", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMJ"],
];

for (const [name, code, text] of REFUSED_ADDRESSES) {
  test(`refuses ${name} as an address with the code ${code}`, () => {
    expectCode(code, () => parseAddress(text));
  });
}

test("does not repeat secrets that were put in the wrong place", () => {
  const { wif, secret } = vectors.keys[6];
  for (const text of [wif, secret, `${secret}00`]) {
    for (const parse of [parseAddress, parsePeerId, PublicIdentity.fromAstralIdentity]) {
      const error = expectCode("syntax", () => parse(text));
      assert.not.ok(inspect(error).includes(text.slice(0, 8)), error.message);
    }
  }
});

test("refuses to write other than 20 bytes as an address", () => {
  for (const size of [0, 19, 21]) expectCode("size", () => formatAddress(new Uint8Array(size)));
});

test.run();
