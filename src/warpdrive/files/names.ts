/**
 * The names of files: which can be sent and received, which are equal, and how numbered and partial names are formed.
 *
 * @module
 */

import { NAME_BYTES_MAX, type SkipReason } from "./entry.ts";

/** The folder of the download folder in which journals are kept. No entry of an offer may have this name. */
export const STATE_FOLDER = ".warpwire";

const encoder = new TextEncoder();

/** What is wrong with a name: a code and words that follow "the name". */
export interface NameFault {
  readonly code: "unsafe-path" | "name-too-long";
  readonly reason: string;
  /** Why a file with such a name is left out of an offer; `undefined` for names that no file has. */
  readonly skip?: SkipReason | undefined;
}

/** Bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Whether a text has more than so many bytes in UTF-8. */
export function exceedsBytes(text: string, bytesMax: number): boolean {
  // A unit of UTF-16 takes one to three bytes, so that most texts need no count.
  return text.length > bytesMax || text.length * 3 > bytesMax && utf8Length(text) > bytesMax;
}

/**
 * What is wrong with one name of a path, if anything: the same rule on every system, so that what can be sent can also be
 * received. Backslashes separate on Windows, control characters and NUL end names elsewhere, and lone surrogates have no
 * bytes.
 */
export function nameFault(name: string): NameFault | undefined {
  if (name === "") return unsafe("is empty");
  if (name === "." || name === "..") return unsafe(`is ${JSON.stringify(name)}`);
  if (name.includes("/") || name.includes("\\")) return unsafe("contains a separator", "separator");
  if (/\p{Cc}/u.test(name)) return unsafe("contains a control character", "control-character");
  if (!name.isWellFormed()) return unsafe("is not valid Unicode", "not-unicode");
  if (exceedsBytes(name, NAME_BYTES_MAX)) {
    return { code: "name-too-long", reason: `has more than ${NAME_BYTES_MAX} bytes`, skip: "name-too-long" };
  }
  return undefined;
}

/** What is wrong with the first name of a path, which in addition must be no drive and not the journals' folder. */
export function firstNameFault(name: string): NameFault | undefined {
  if (/^[A-Za-z]:/.test(name)) return unsafe("starts with a drive letter");
  if (foldName(name) === STATE_FOLDER) return unsafe("is kept for the program's own notes");
  return nameFault(name);
}

function unsafe(reason: string, skip?: SkipReason): NameFault {
  return { code: "unsafe-path", reason, skip };
}

/**
 * A text that is the same for all names that some file system takes for one: whatever their case, Unicode normal form and
 * invisible characters.
 */
export function foldName(name: string): string {
  const visible = name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  return visible.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** Names that Windows keeps for devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)[ ]*(\.|$)/i;

/**
 * The name under which Windows can keep a file: forbidden characters, dots and spaces at the end, and the tilde of short
 * names (which could stand for another file) become `_`, and names of devices get one in front.
 */
export function windowsName(name: string): string {
  const possible = name.replaceAll(/[<>:"|?*]|~(?=\d)|[. ]+$/g, (found) => "_".repeat(found.length));
  return DEVICE.test(possible) ? clip(`_${possible}`, NAME_BYTES_MAX) : possible;
}

/** The name with a number before its extension: `photo (2).jpg`, `.profile (2)`. Shortened where it would be too long. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && name.length - dot <= 16;
  const tail = ` (${number})${hasExtension ? name.slice(dot) : ""}`;
  return clip(hasExtension ? name.slice(0, dot) : name, NAME_BYTES_MAX - utf8Length(tail)) + tail;
}

/**
 * The name of a file that is not complete. The mark, made of the offer, and the position keep it apart from those of other
 * offers, and from other names that are shortened to the same.
 */
export function partName(name: string, mark: string, index: number): string {
  const tail = `.${mark}-${index}.part`;
  return clip(name, NAME_BYTES_MAX - tail.length) + tail;
}

/** The start of a text that has at most so many bytes, cut between characters. */
function clip(text: string, bytesMax: number): string {
  if (!exceedsBytes(text, bytesMax)) return text;
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytesMax)).read);
}

/** The folder of a relative path; empty for the first level. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** The last name of a relative path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
