/**
 * Secret keys: WIF, HWIF, hex and random ones; what is refused, and why.
 *
 * @module
 */

import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/text/hex.ts";
import { formatBase58Check, parseBase58Check } from "../../src/identity/base58check.ts";
import type { IdentityErrorCode } from "../../src/identity/error.ts";
import { Identity } from "../../src/identity/identity.ts";
import { expectCode } from "./expect-code.ts";
import { ALICE, recordedKeys, vectors } from "./vectors.ts";

const test = suite("identity: keys");

test("the original programs read the same keys and refuse the same texts", () => {
  assert.is(recordedKeys.length, 7);
  for (const row of recordedKeys) {
    if (row.error !== undefined) {
      assert.throws(() => Identity.parse(row.key), undefined, row.key);
      continue;
    }
    const identity = Identity.parse(row.key);
    assert.is(identity.address, row.address, row.label);
    assert.is(identity.nodeIdHex, row.nodeid, row.label);
    assert.is(identity.toWif(), row.wif, row.label);
  }
});

test("secret 1 has another node id in its uncompressed form", () => {
  const identity = Identity.parse("5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAnchuDf");
  assert.is(identity.address, "1EHNa6Q4Jz2uvNExL497mE43ikXhwF6kZm");
  assert.is(identity.nodeIdHex, "91b24bf9f5288532960ac687abb035127b1d28a5");
});

test("other libraries make the same WIF, address and public key of the same secrets", () => {
  assert.is(vectors.keys.length, 18);
  for (const row of vectors.keys) {
    const name = `${row.name}, ${row.compressed ? "" : "un"}compressed`;
    const parsed = Identity.parse(row.wif);
    const made = new Identity(parseHex(row.secret), { compressed: row.compressed });
    for (const identity of [parsed, made]) {
      assert.is(identity.toWif(), row.wif, name);
      assert.is(identity.address, row.address, name);
      assert.is(identity.astralIdentity, row.publicKey, name);
      assert.is(formatHex(identity.publicKey), row.publicKey, name);
      assert.is(identity.compressed, row.compressed, name);
      assert.is(formatHex(identity.toSecret()), row.secret, name);
    }
    const fromHex = Identity.parse(row.secret.toUpperCase());
    assert.is(fromHex.astralIdentity, row.publicKey, name);
    assert.is(fromHex.compressed, true, name);
  }
});

// BIP 32, test vectors 1 and 2: an extended secret key and the extended public key of the same node.
const BIP32: [path: string, secret: string, public_: string][] = [
  [
    "m of vector 1",
    "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
  ],
  [
    "m/0'/1/2'/2/1000000000 of vector 1",
    "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76",
    "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy",
  ],
  [
    "m of vector 2",
    "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U",
    "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB",
  ],
  [
    "m/0/2147483647' of vector 2",
    "xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9",
    "xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZNnBC5y4a",
  ],
];

for (const [path, secret, publicKey] of BIP32) {
  test(`the key of BIP 32's ${path} is the node's own`, () => {
    const identity = Identity.parse(secret);
    assert.is(formatHex(identity.publicKey), formatHex(parseBase58Check(publicKey, "a key", [78]).subarray(-33)));
    assert.is(identity.compressed, true);
    const error = expectCode("public", () => Identity.parse(publicKey));
    assert.not.ok(error.message.includes(publicKey));
  });
}

// BIP 32, test vector 5: extended keys that must be refused.
const BIP32_INVALID: [name: string, code: IdentityErrorCode, text: string][] = [
  [
    "secret key version, public key",
    "syntax",
    "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGTQQD3dC4H2D5GBj7vWvSQaaBv5cxi9gafk7NF3pnBju6dwKvH",
  ],
  [
    "prefix 04",
    "syntax",
    "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGpWnsj83BHtEy5Zt8CcDr1UiRXuWCmTQLxEK9vbz5gPstX92JQ",
  ],
  [
    "prefix 01",
    "syntax",
    "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD9y5gkZ6Eq3Rjuahrv17fEQ3Qen6J",
  ],
  [
    "a master with a parent",
    "syntax",
    "xprv9s2SPatNQ9Vc6GTbVMFPFo7jsaZySyzk7L8n2uqKXJen3KUmvQNTuLh3fhZMBoG3G4ZW1N2kZuHEPY53qmbZzCHshoQnNf4GvELZfqTUrcv",
  ],
  [
    "a master with an index",
    "syntax",
    "xprv9s21ZrQH4r4TsiLvyLXqM9P7k1K3EYhA1kkD6xuquB5i39AU8KF42acDyL3qsDbU9NmZn6MsGSUYZEsuoePmjzsB3eFKSUEh3Gu1N3cqVUN",
  ],
  [
    "an unknown version",
    "network",
    "DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHGMQzT7ayAmfo4z3gY5KfbrZWZ6St24UVf2Qgo6oujFktLHdHY4",
  ],
  [
    "another unknown version",
    "network",
    "DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHPmHJiEDXkTiJTVV9rHEBUem2mwVbbNfvT2MTcAqj3nesx8uBf9",
  ],
  [
    "secret 0",
    "range",
    "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzF93Y5wvzdUayhgkkFoicQZcP3y52uPPxFnfoLZB21Teqt1VvEHx",
  ],
  [
    "the order as secret",
    "range",
    "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD5SDKr24z3aiUvKr9bJpdrcLg1y3G",
  ],
];

const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const SECRET = "0000000000000000000000000000000000000000000000000000000000000007";

function base58Check(hex: string): string {
  return formatBase58Check(parseHex(hex));
}

const REFUSED: [name: string, code: IdentityErrorCode, text: string][] = [
  ...BIP32_INVALID.map(([name, code, text]): [string, IdentityErrorCode, string] => [`BIP 32, ${name}`, code, text]),
  ["nothing", "syntax", ""],
  ["a word", "syntax", "notakey"],
  ["letters that are not in base58", "syntax", "0OIl"],
  ["a testnet WIF", "network", "cSuT2J14dYbe1zvB5z5WTXeRcMbj4tnoKssAK1ZQbnX5HtHfW3bi"],
  [
    "a testnet HWIF",
    "network",
    "tprv8ZgxMBicQKsPeFZuyoMy197pX8iJeTasLVYEeb68cj489fmCz7kxP8vAfJp3rWebDT3nLvDsBaz3CqnUfdhr1wbjmhUNwK5Hf7dN2Er9btD",
  ],
  ["a letter changed", "checksum", ALICE.replace("6", "7")],
  ["a letter missing", "checksum", ALICE.slice(0, -1)],
  ["space around it", "syntax", ` ${ALICE}`],
  ["an address", "syntax", "1GWixQNKetwUzbwD2bzzuBEHwaNxJzLhDt"],
  ["another last byte", "syntax", base58Check(`80${SECRET}02`)],
  ["31 bytes", "syntax", base58Check(`80${SECRET.slice(2)}`)],
  ["35 bytes", "syntax", base58Check(`80${SECRET}0101`)],
  ["no bytes but the checksum", "syntax", base58Check("")],
  ["WIF of 0", "range", base58Check(`80${"00".repeat(32)}01`)],
  ["WIF of the order", "range", base58Check(`80${ORDER}`)],
  ["hex of 0", "range", "00".repeat(32)],
  ["hex of the order", "range", ORDER],
  ["hex of the largest number", "range", "ff".repeat(32)],
  ["63 hex digits", "syntax", "a".repeat(63)],
  ["65 hex digits", "syntax", "a".repeat(65)],
  ["a million letters", "syntax", "K".repeat(1_000_000)],
  ["no text", "syntax", undefined as unknown as string],
];

for (const [name, code, text] of REFUSED) {
  test(`refuses ${name} with the code ${code}, and does not repeat the text`, () => {
    const error = expectCode(code, () => Identity.parse(text));
    if (text !== undefined && text.length > 10) assert.not.ok(inspect(error).includes(text.slice(0, 10)));
  });
}

test("the largest secret is one less than the order", () => {
  const wif = Identity.parse(`${ORDER.slice(0, -1)}0`).toWif();
  assert.is(wif, vectors.keys.find(({ name, compressed }) => name === "order - 1" && compressed)!.wif);
});

for (const size of [0, 31, 33, 64]) {
  test(`refuses a secret of ${size} bytes`, () => {
    expectCode("range", () => new Identity(new Uint8Array(size).fill(1)));
  });
}

test("makes a key of the random bytes that it is given", () => {
  const asked: number[] = [];
  const random = (count: number) => {
    asked.push(count);
    return parseHex(SECRET);
  };
  assert.is(Identity.generate({ random }).toWif(), Identity.parse(SECRET).toWif());
  assert.equal(asked, [32]);
  assert.is(Identity.generate({ random, compressed: false }).toWif()[0], "5");
});

test("asks again for random bytes that are no secret", () => {
  const given = [ORDER, "00".repeat(32), SECRET];
  const identity = Identity.generate({ random: () => parseHex(given.shift()!) });
  assert.is(formatHex(identity.toSecret()), SECRET);
  assert.equal(given, []);
});

test("gives a broken source of random bytes up", () => {
  let calls = 0;
  expectCode("random", () => Identity.generate({ random: () => (calls++, new Uint8Array(32)) }));
  assert.ok(calls > 1 && calls < 100, `${calls} calls`);
  expectCode("random", () => Identity.generate({ random: () => new Uint8Array(31) }));
  expectCode("random", () => Identity.generate({ random: () => undefined as unknown as Uint8Array }));
});

test("random keys of the platform differ", () => {
  assert.is.not(Identity.generate().toWif(), Identity.generate().toWif());
});

test("a secret shows neither in JSON nor when it is printed", () => {
  const identity = Identity.parse(SECRET);
  for (const text of [JSON.stringify(identity), inspect(identity, { depth: 5, showHidden: true }), `${identity}`]) {
    assert.not.ok(text.includes(identity.toWif()), text);
    assert.not.match(text, /0, 0, 7|0000007|"31":7/);
  }
  assert.is(JSON.stringify(identity), `{"nodeIdHex":"${identity.nodeIdHex}","compressed":true}`);
});

test("bytes that are given and handed out are copies", () => {
  const secret = parseHex(SECRET);
  const identity = new Identity(secret);
  const { address, peerId } = identity;
  for (const bytes of [secret, identity.toSecret(), identity.nodeId, identity.publicKey]) bytes.fill(9);
  assert.is(identity.toWif(), Identity.parse(SECRET).toWif());
  assert.equal([identity.address, identity.peerId], [address, peerId]);
});

test.run();
