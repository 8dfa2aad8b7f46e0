import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { dhtKey, type FilterKey } from "../../../codec/protocols/storj/mod.ts";

const test = suite("storj: keys of the hash table");

/** What `digest` of the Python package kademlia 2.2.3 makes of these keys. */
const DIGESTS: [key: FilterKey, hex: string][] = [
  ["key", "a62f2225bf70bfaccbc7f1ef2a397836717377de"],
  ["schlüssel", "36d2e84746c5c1e130f1738ef134710d34f11a82"],
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  [5, "ac3478d69a3c81fa62e60f5c3696165a4e5e6ac4"],
  [-7, "565e8bd101bd602536fe79ba40584a1561da3581"],
  [2n ** 70n, "7036b391f0a70164ad111f84ef9c20e681fa4a0d"],
  [true, "88b33e4e12f75ac8bf792aebde41f1a090f3a612"],
  [null, "6eef6648406c333a4035cd5e60d0bf2ecf2606d7"],
  [parseHex("00ff"), "aa3e5dcdd77b153f2e59bd0d8794fde33cb4e486"],
];

test("keys have the digest that the Python nodes give them", () => {
  for (const [key, hex] of DIGESTS) assert.is(formatHex(dhtKey(key)), hex, String(key));
});

test("what Python would take for something else is no key", () => {
  for (const key of ["\ud800", [1], {}, undefined]) assert.throws(() => dhtKey(key as FilterKey), TypeError);
});

test.run();
