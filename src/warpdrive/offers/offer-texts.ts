/**
 * The texts of an offer: how long they may be, and how lists show them.
 *
 * @module
 */

import type { Info } from "../../../codec/protocols/warpdrive/mod.ts";
import { WarpdriveError } from "../error.ts";

/** How long the texts of an entry may be, in bytes of UTF-8. */
export const TEXT_BYTES_MAX: Readonly<Record<"Uri" | "Path" | "Name" | "Mime" | "Sha256", number>> = Object.freeze({
  /** The longest path of Linux (PATH_MAX); the download folder takes 3,072 bytes. */
  Uri: 4096,
  Path: 4096,
  /** The longest name of any common file system: 255 units of UTF-16, three bytes each. */
  Name: 765,
  /** Two names of at most 127 bytes and the slash between them (RFC 6838, section 4.2), and as much of parameters. */
  Mime: 510,
  /** A hash of 512 bits in hex digits: old nodes may use the key for others. */
  Sha256: 128,
});

/** How many bytes the name of an offer takes in lists: one text of an entry at most. */
const NAME_BYTES_MAX = TEXT_BYTES_MAX.Uri;

/**
 * Checks the texts of a list that a peer offers.
 *
 * @throws WarpdriveError `limit`, for the first text that is too long
 */
export function checkTexts(files: readonly Info[]): void {
  for (let index = 0; index < files.length; index++) {
    for (const [field, bytesMax] of Object.entries(TEXT_BYTES_MAX)) {
      const text = files[index][field as keyof typeof TEXT_BYTES_MAX];
      if (text === undefined || text.length * 3 <= bytesMax) continue;
      const bytes = text.length > bytesMax ? text.length : new TextEncoder().encode(text).length;
      if (bytes <= bytesMax) continue;
      const what = `"${field}" of the entry ${index} has at least ${bytes} bytes`;
      throw new WarpdriveError("limit", `Cannot take the offer: ${what}, at most ${bytesMax} are allowed`);
    }
  }
}

/**
 * What a list is called: the path of its only entry, or the first name of the first level. Hidden names come before all
 * others: they change how programs behave, and must not be overlooked. It is made of the path on disk (`Uri`), never of
 * the name that the sender shows.
 */
export function listName(files: readonly Pick<Info, "Uri" | "Name">[]): string {
  if (files.length === 1) return shortened(withoutSlash(files[0].Uri) || files[0].Name);
  let first = "";
  for (const { Uri } of files) {
    const root = rootOf(Uri);
    if (root.startsWith(".") && root !== ".") return shortened(root);
    if (first === "" || first === ".") first = root;
  }
  return shortened(first || (files[0]?.Name ?? ""));
}

/** As much of a name as lists show; those that were stored by earlier versions may have any length. */
export function shortened(name: string): string {
  return name.length <= NAME_BYTES_MAX ? name : `${name.slice(0, NAME_BYTES_MAX / 4)}…`;
}

function rootOf(uri: string): string {
  const end = uri.indexOf("/", 1);
  return end < 0 ? uri : uri.slice(0, end);
}

function withoutSlash(uri: string): string {
  return uri.endsWith("/") ? uri.slice(0, -1) : uri;
}
