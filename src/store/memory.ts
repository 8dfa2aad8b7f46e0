/**
 * A store in memory, for tests and for browsers.
 *
 * @module
 */

import { MemoryLevel } from "memory-level";
import { audit } from "./level.ts";
import { LevelStore, type Store, type StoreOptions } from "./store.ts";

/**
 * A store that is gone when the program ends.
 *
 * ```ts
 * import { memoryStore } from "warpwire/store";
 * import { jsonObject, jsonString } from "warpwire/json";
 *
 * await using store = await memoryStore();
 * const peers = store.namespace({ name: "peers", version: 1, shape: jsonObject({ alias: jsonString }) });
 * await store.write([peers.putting("02c6", { alias: "bob" })]);
 * console.log((await peers.get("02c6"))?.alias); // bob
 * ```
 */
export async function memoryStore(options: StoreOptions = {}): Promise<Store> {
  const level = new MemoryLevel<string, string>();
  await level.open();
  return new LevelStore({ level, found: await audit(level) }, options);
}
