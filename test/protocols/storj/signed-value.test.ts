import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { CodecError, formatHex, parseHex } from "../../../codec/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import {
  dhtKey,
  packSigned,
  signedEntryBytes,
  signedKey,
  type SignedValue,
  unpackSigned,
} from "../../../codec/protocols/storj/mod.ts";
import { same } from "../../codec/same.ts";
import { check } from "../../codec/seed.ts";

const test = suite("storj: signed values");

const hex = (text: string) => formatHex(new TextEncoder().encode(text));
const ADDRESS = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH";

const signed: SignedValue = {
  sequence: 300,
  value: pack({ a: 1 }),
  publicKey: new Uint8Array(33).fill(2),
  signature: new Uint8Array(65).fill(0x1f),
  name: "né:ws",
};

test("the bytes of a signed value, and of what is signed", () => {
  const bytes = `95cd012c81a16101c421${"02".repeat(33)}c441${"1f".repeat(65)}a6${hex("né:ws")}`;
  assert.is(formatHex(packSigned(signed).bytes), bytes);
  assert.ok(same(unpackSigned(new Packed(parseHex(bytes))), signed));
  const key = signedKey(ADDRESS, signed.name);
  assert.is(
    formatHex(signedEntryBytes(key, signed)),
    `92b1${hex("warpwire signed 1")}95c414${formatHex(key)}cd012c81a16101c421${"02".repeat(33)}a6${hex("né:ws")}`,
  );
});

test("the key is the digest of a text, which no other owner and name have", () => {
  assert.equal(signedKey(ADDRESS, "né:ws"), dhtKey(`signed:${ADDRESS}:né:ws`));
  // hashlib.sha1(("signed:" + address + ":news").encode()).hexdigest()
  assert.is(formatHex(signedKey(ADDRESS, "news")), "a6f3fa14926848b41ccd4c2e6f96de9d61d221f6");
  assert.is.not(formatHex(signedKey(ADDRESS, "a")), formatHex(signedKey(ADDRESS, "b")));
  assert.throws(() => signedKey(ADDRESS, "\ud800"), (error: unknown) => error instanceof TypeError);
});

test("whatever is changed is signed", () => {
  const key = signedKey(ADDRESS, signed.name);
  const texts = [
    signedEntryBytes(key, signed),
    signedEntryBytes(key.with(0, key[0] ^ 1), signed),
    ...[{ sequence: 301 }, { value: pack({ a: 2 }) }, { publicKey: signed.publicKey.with(32, 3) }, { name: "news" }]
      .map((change) => signedEntryBytes(key, { ...signed, ...change })),
  ];
  assert.is(new Set(texts.map(formatHex)).size, 6);
});

test("the value inside is signed as it came, not as it would be written", () => {
  const key = signedKey(ADDRESS, signed.name);
  const [short, long] = ["05", "cd0005"].map((value) => ({ ...signed, value: new Packed(parseHex(value)) }));
  assert.is(unpack(long.value), 5);
  assert.is.not(formatHex(signedEntryBytes(key, short)), formatHex(signedEntryBytes(key, long)));
  assert.is(formatHex(unpackSigned(packSigned(long))!.value.bytes), "cd0005");
});

test("other values are no signed values", () => {
  const others = [null, "x", [], [1, 2, 3, 4], {}, 5, ["1", 2, new Uint8Array(33), new Uint8Array(65), "n"]];
  for (const other of others) assert.is(unpackSigned(pack(other)), null);
  const parts = [1, 2, new Uint8Array(33), new Uint8Array(65), "n"] as const;
  assert.ok(unpackSigned(pack([...parts])) !== null);
  const wrong = [-1, undefined, new Uint8Array(65), new Uint8Array(64), 5];
  for (const [index, other] of wrong.entries()) {
    if (other !== undefined) assert.is(unpackSigned(pack(parts.map((part, at) => at === index ? other : part))), null);
  }
  assert.is(unpackSigned(pack([...parts, 1])), null);
  const impossible = { ...signed, sequence: -1 };
  assert.throws(() => packSigned(impossible), (error: unknown) => error instanceof CodecError);
});

test("broken ones are read or are none", () => {
  let none = 0;
  check("signed values", chosen((choose) => mutate(packSigned(signed).bytes, [], choose)), 4000, (bytes) => {
    let value: Packed;
    try {
      value = new Packed(bytes);
    } catch (error) {
      assert.instance(error, CodecError);
      return;
    }
    const found = unpackSigned(value);
    if (found === null) none++;
    else assert.ok(same(unpackSigned(packSigned(found)), found));
  });
  assert.ok(none > 50, `${none} were none`);
});

test.run();
