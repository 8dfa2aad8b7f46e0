/**
 * The download folder of a node. It is remembered in the store: one that is gone is waited for, not created again.
 *
 * @module
 */

import { jsonBool, type JsonInfer, jsonObject, jsonString } from "../../../codec/json/mod.ts";
import type { Namespace, Store } from "../../store/mod.ts";
import { ensureDownloadFolder } from "../files/mod.ts";

const StoredFolder = jsonObject({ path: jsonString, mounted: jsonBool });
type StoredFolder = JsonInfer<typeof StoredFolder>;

/** The one key: a node has one folder at a time. */
const KEY = "folder";

/** The download folder of a node. */
export class DownloadFolder {
  readonly path: string;
  readonly #store: Store;
  readonly #stored: Namespace<StoredFolder>;

  constructor(path: string, store: Store) {
    this.path = path;
    this.#store = store;
    this.#stored = store.namespace({ name: "downloads", version: 1, shape: StoredFolder });
  }

  /**
   * Makes sure of the folder. It is made if the node has not received into it before.
   *
   * @throws FilesError `no-folder`, `conflict`, `no-permission`, `disk`; StoreError
   */
  async ensure(): Promise<void> {
    const stored = await this.#stored.get(KEY);
    const before = stored?.path === this.path ? stored : undefined;
    const { mounted } = await ensureDownloadFolder(this.path, before);
    if (before?.mounted === mounted || before?.mounted === true) return;
    await this.#store.write([this.#stored.putting(KEY, { path: this.path, mounted })]);
  }
}
