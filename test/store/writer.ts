/**
 * A program that writes pairs of documents into a store, as fast as it can, and prints the number of each pair that is
 * stored: `writer <folder>`. It is meant to be killed.
 *
 * @module
 */

import process from "node:process";
import "../end-with-parent.ts";
import { jsonInt, jsonObject } from "../../codec/json/mod.ts";
import { openStore } from "../../src/store/mod.ts";

const store = await openStore({ folder: process.argv[2], onDamage: ({ message }) => console.log(`damage ${message}`) });
const pairs = store.namespace({ name: "pairs", version: 1, shape: jsonObject({ n: jsonInt }) });
for (let n = (await pairs.get("left"))?.n ?? 0;; n++) {
  await store.write([pairs.putting("left", { n }), pairs.putting("right", { n }), pairs.putting(`n${n % 50}`, { n })]);
  console.log(n);
}
