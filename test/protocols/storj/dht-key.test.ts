import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { dhtKey, type FilterKey, ID_BYTES } from "../../../codec/protocols/storj/mod.ts";
import { fixture } from "../../fixture.ts";

const test = suite("storj: keys of the hash table");

type Row = readonly [kind: string, key: string, digest: string | null];

const { python2, python3 } = fixture("storj-key-vectors.json") as { python2: Row[]; python3: Row[] };

function keyOf([kind, key]: Row): FilterKey {
  const values: Record<string, () => FilterKey> = {
    text: () => key,
    bytes: () => parseHex(key),
    int: () => Number(key),
    big: () => BigInt(key),
    none: () => null,
    bool: () => key === "True",
    float: () => new DataView(parseHex(key).buffer).getFloat64(0),
  };
  return values[kind]();
}

const ours = (row: Row) => formatHex(dhtKey(keyOf(row)));

test("keys have the digests of storjkademlia on Python 2", () => {
  assert.is(python2.length, 38);
  let refused = 0;
  for (const row of python2) {
    if (row[2] === null) refused++;
    else assert.is(ours(row), row[2], `${row[0]} ${row[1]}`);
  }
  assert.is(refused, 1, "text that is not ASCII has no key on Python 2");
});

test("keys have the digests of kademlia on Python 3, but for floats of many digits", () => {
  const different = python3.filter((row) => ours(row) !== row[2]);
  assert.ok(different.every(([kind]) => kind === "float"));
  // A tenth and two of them, a third, those from 10^11 to 10^16, which Python 3 prints without exponent, and the smallest.
  assert.equal(different.map((row) => keyOf(row)), [0.1 + 0.2, 1 / 3, 123456789012.5, 12345678901.25, 5e-324]);
});

test("what is no key", () => {
  for (const wrong of [undefined, [1], {}, "\ud800", Symbol("key")]) {
    assert.throws(() => dhtKey(wrong as FilterKey), (error: unknown) => error instanceof TypeError);
  }
  assert.is(dhtKey("key").length, ID_BYTES);
  assert.is.not(formatHex(dhtKey(dhtKey("key"))), formatHex(dhtKey("key")), "a digest is a key like any other bytes");
});

test.run();
