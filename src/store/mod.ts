/**
 * What must survive a crash: documents in namespaces, in a folder or in memory.
 *
 * @module
 */

import type { FolderStoreOptions } from "./folder.ts";
import type { Store } from "./store.ts";

export { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from "./error.ts";
export type { FolderStoreOptions } from "./folder.ts";
export { memoryStore } from "./memory.ts";
export type { Change, Damage, Namespace, NamespaceOptions, Store, StoreOptions } from "./store.ts";

/**
 * Opens the store of a data folder, on Node and Deno. A damaged one is renamed, with the time in its name, and what can
 * be read of it goes into a new one; `onDamage` is told.
 *
 * @throws StoreError `locked`, `io`
 */
export async function openStore(options: FolderStoreOptions): Promise<Store> {
  // Loaded when it is needed: browsers have neither folders nor LevelDB.
  const { openFolder } = await import("./folder.ts");
  return await openFolder(options);
}
export { type HoldingProcess, isAlive, putAside, thisProcess } from "./held-file.ts";
