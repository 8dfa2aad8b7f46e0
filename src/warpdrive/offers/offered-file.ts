/**
 * A file of an offer, as the store keeps it: what of it goes to a peer, to programs of this node, and to the disk part.
 *
 * @module
 */

import { jsonOptional, type JsonShape, jsonString } from "../../../codec/json/mod.ts";
import { type EntryInfo, entryInfo, type Info } from "../../../codec/protocols/warpdrive/mod.ts";
import type { FileEntry, OfferedEntry } from "../files/mod.ts";

/**
 * An entry as it is stored: what both peers know of it, and what only the sender knows, which is its absolute path, when
 * the file was last changed (milliseconds with fractions, as text), and its device and inode.
 */
export interface StoredFile extends EntryInfo {
  ModifiedMs?: string | undefined;
  Inode?: string | undefined;
}
/** See {@link StoredFile}. */
export const StoredFile: JsonShape<StoredFile> = entryInfo({
  ModifiedMs: jsonOptional(jsonString),
  Inode: jsonOptional(jsonString),
});

/** A file of this machine, as it is stored. */
export function storedFile(
  { uri, path, size, isDirectory, permissions, modifiedMs, inode, sha256 }: FileEntry,
): StoredFile {
  return {
    Uri: uri,
    Path: path,
    Size: size,
    IsDir: isDirectory,
    Perm: permissions & 0o777,
    Mime: "",
    Name: lastName(uri) || lastName(path),
    ...(sha256 !== undefined && { Sha256: sha256 }),
    ModifiedMs: String(modifiedMs),
    ...(inode !== undefined && { Inode: inode }),
  };
}

/** A stored file of this machine, for the disk part. */
export function fileEntry(file: StoredFile): FileEntry {
  const { Size: size, Path: path, ModifiedMs, Inode: inode } = file;
  return { ...offeredEntry(file), size, path, modifiedMs: Number(ModifiedMs ?? Number.NaN), inode };
}

/** What both peers know of an entry, for the disk part. An empty hash is none; so is that of a folder. */
export function offeredEntry({ Uri, Size, IsDir, Perm, Sha256, ModifiedMs }: Info | StoredFile): OfferedEntry {
  const sha256 = Sha256 === "" || IsDir ? undefined : Sha256;
  const entry = { uri: Uri, size: Size, isDirectory: IsDir, permissions: Perm & 0o777, sha256 };
  return typeof ModifiedMs === "number" ? { ...entry, modifiedMs: ModifiedMs } : entry;
}

/**
 * What a node shows of an entry to its own programs. The sender's Uri is the absolute path there, too; what comes in has
 * the name that the disk gets.
 */
export function listedInfo({ ModifiedMs: _, Inode: _inode, ...info }: StoredFile, incoming: boolean): Info {
  return incoming ? { ...info, Name: lastName(info.Uri) || info.Name } : { ...info, Uri: info.Path };
}

/** What a peer gets to know of an entry: never its absolute path, and of its mode only the permissions. */
export function sentInfo({ ModifiedMs: _, Inode: _inode, ...info }: StoredFile): Info {
  return { ...info, Path: info.Uri, Perm: info.Perm & 0o777 };
}

/** The last name of a path, which may end with a slash. */
function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/", path.length - 2) + 1).replace(/\/$/, "");
}
