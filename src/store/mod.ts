/**
 * Data that must survive a crash: documents in namespaces, in a folder or in memory.
 *
 * @module
 */

import type { FolderStoreOptions } from "./folder.ts";
import { audit } from "./level.ts";
import { LevelStore, type Store, type StoreOptions } from "./store.ts";

export { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from "./error.ts";
export type { FolderStoreOptions } from "./folder.ts";
export type { Change, Damage, Namespace, NamespaceOptions, Store, StoreOptions } from "./store.ts";

/**
 * Opens the store of a data folder, on Node and Deno. A damaged one is renamed, with the time in its name, and what can
 * be read of it goes into a new one; `onDamage` is called.
 *
 * @throws StoreError `locked`, `io`
 */
export async function openStore(options: FolderStoreOptions): Promise<Store> {
  // Loaded when it is needed: browsers have neither folders nor LevelDB.
  const { openFolder } = await import("./folder.ts");
  return await openFolder(options);
}

/**
 * A store in memory, which is gone when the program ends.
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
  // Loaded when it is needed: most programs have a folder.
  const { MemoryLevel } = await import("memory-level");
  const level = new MemoryLevel<string, string>();
  await level.open();
  return new LevelStore({ level, found: await audit(level) }, options);
}
