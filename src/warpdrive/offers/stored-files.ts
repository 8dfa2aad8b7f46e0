/**
 * From the entries of the disk part to those of the store and the protocol, and back.
 *
 * @module
 */

import type { Info } from "../../../codec/protocols/warpdrive/mod.ts";
import type { FileEntry, OfferedEntry } from "../files/mod.ts";
import type { StoredFile } from "./offer.ts";

/** An entry of this machine, as it is stored. */
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

/** A stored entry of this machine, for the disk part. */
export function fileEntry(file: StoredFile): FileEntry {
  const { Size: size, Path: path, ModifiedMs, Inode: inode } = file;
  return { ...offeredEntry(file), size, path, modifiedMs: Number(ModifiedMs ?? Number.NaN), inode };
}

/** What a peer says of an entry, for the disk part. A hash that cannot be one is none: old nodes may use the key. */
export function offeredEntry({ Uri, Size, IsDir, Perm, Sha256 }: Info): OfferedEntry {
  const sha256 = Sha256 === "" || IsDir ? undefined : Sha256;
  return { uri: Uri, size: Size, isDirectory: IsDir, permissions: Perm & 0o777, sha256 };
}

/** What comes before each entry: element `i` is the sum of the sizes of the entries before `i`. */
export function bytesBefore(files: readonly StoredFile[]): Float64Array {
  const sums = new Float64Array(files.length + 1);
  files.forEach(({ Size, IsDir }, index) => sums[index + 1] = sums[index] + (IsDir ? 0 : Size));
  return sums;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/", path.length - 2) + 1).replace(/\/$/, "");
}
