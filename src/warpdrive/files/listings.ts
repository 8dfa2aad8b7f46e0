/**
 * The contents of a download folder before a transfer.
 *
 * @module
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { OfferedEntry } from "./entry.ts";
import { FilesError } from "./error.ts";
import { folderOf, foldName, lastName } from "./names.ts";

/** What has a name. */
export type Kind = "folder" | "link" | "other";

/** The contents of folders, read when they are first asked for. */
export class Listings {
  readonly #root: string;
  readonly #key: (name: string) => string;
  readonly #folders = new Map<string, Promise<Map<string, Kind>>>();

  constructor(root: string, foldNames: boolean) {
    this.#root = root;
    this.#key = foldNames ? foldName : (name) => name;
  }

  /** The names of the first level, as far as they matter: folded where the file system does not distinguish them. */
  async roots(): Promise<Iterable<string>> {
    return (await this.#folder("")).keys();
  }

  /** What is at a path; nothing, where a part of the path is not a folder. */
  async kindAt(path: string): Promise<Kind | undefined> {
    return (await this.#folder(folderOf(path))).get(this.#key(lastName(path)));
  }

  /** Whether what is there already stays, for an entry under a policy that keeps the names of folders. */
  async isKept(entry: OfferedEntry, target: string, index: number, overwrite: boolean): Promise<boolean> {
    const kind = target === "" ? "folder" : await this.kindAt(target);
    if (kind === undefined || entry.isDirectory && kind === "folder") return false;
    const name = JSON.stringify(target);
    if (entry.isDirectory) {
      if (kind === "link") throw new FilesError("symlink", `Cannot use the folder ${name}: it is a link`, { index });
      throw new FilesError("conflict", `Cannot make the folder ${name}: a file has its name`, { index });
    }
    if (!overwrite) return true;
    if (kind === "folder") throw new FilesError("conflict", `Cannot replace ${name}: it is a folder`, { index });
    return false;
  }

  #folder(path: string): Promise<Map<string, Kind>> {
    let listing = this.#folders.get(path);
    if (listing === undefined) {
      listing = this.#read(path);
      this.#folders.set(path, listing);
    }
    return listing;
  }

  async #read(path: string): Promise<Map<string, Kind>> {
    const isFolder = path === "" || await this.kindAt(path) === "folder";
    const found = isFolder ? await readdir(join(this.#root, path), { withFileTypes: true }) : [];
    return new Map(
      found.map((item) => [
        this.#key(item.name),
        item.isSymbolicLink() ? "link" : item.isDirectory() ? "folder" : "other",
      ]),
    );
  }
}
