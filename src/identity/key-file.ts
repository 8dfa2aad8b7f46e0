/**
 * The key file of a node.
 *
 * @module
 */

import { constants } from "node:fs";
import { type FileHandle, link, open, unlink } from "node:fs/promises";
import { formatHex } from "../../codec/mod.ts";
import { systemCode } from "../coded-error.ts";
import { formatMode, otherOwner, othersMay } from "../file-owner.ts";
import { IdentityError } from "./error.ts";
import { Identity } from "./identity.ts";
import { platformRandom } from "./secret-key.ts";

/** The longest key file, in bytes: an extended key has 111 characters, the rest is for line ends. */
export const KEY_FILE_BYTES_MAX = 256;

/** Only the owner may read and write. */
const OWNER_ONLY = 0o600;

/**
 * Saves a key as WIF in a file that only its owner may read. The file is there with all of its content, or not at all.
 *
 * @throws IdentityError `exists` when something is there already, which is never overwritten; `file` when the file
 * cannot be written, as in a folder that does not exist or on a disk that knows no hard links
 */
export async function saveKey(path: string, identity: Identity): Promise<void> {
  const draft = `${path}.${formatHex(platformRandom(8))}.new`;
  try {
    await writeDraft(draft, `${identity.toWif()}\n`);
    // Unlike a renamed file, a link never replaces one.
    await link(draft, path);
  } catch (cause) {
    throw saveFailure(path, cause);
  } finally {
    await unlink(draft).catch(() => {});
  }
}

/**
 * Loads the key of a file: WIF, HWIF or hex, see {@link Identity.parse}. Symbolic links are followed; what counts is
 * the file they lead to.
 *
 * @throws IdentityError `missing`, `permissions` when the file belongs to another user, or group or others may do
 * anything with it (not checked on Windows), `file` when it is not a regular file, too long or not readable, or an
 * error of {@link Identity.parse}
 */
export async function loadKey(path: string): Promise<Identity> {
  let text: string;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      text = await readKeyText(path, file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw loadFailure(path, cause);
  }
  try {
    return Identity.parse(text);
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    throw new IdentityError(cause.code, `${cause.message} (in the file ${JSON.stringify(path)})`, { cause });
  }
}

async function writeDraft(draft: string, text: string): Promise<void> {
  const file = await open(draft, "wx", OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The text of an open file, after checks of the very file that is read. */
async function readKeyText(path: string, file: FileHandle): Promise<string> {
  const stat = await file.stat();
  const where = JSON.stringify(path);
  if (!stat.isFile()) throw new IdentityError("file", `Cannot load a key from ${where}: it is not a regular file`);
  const owner = otherOwner(stat);
  if (owner !== null) throw new IdentityError("permissions", `Cannot load a key from ${where}: ${owner}`);
  if (othersMay(stat)) {
    const mode = formatMode(stat.mode);
    throw new IdentityError("permissions", `Cannot load a key from ${where}: its mode is ${mode} instead of 600`);
  }
  // A byte more than is allowed: the file may have grown since its size was read.
  const buffer = new Uint8Array(KEY_FILE_BYTES_MAX + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > KEY_FILE_BYTES_MAX) {
    throw new IdentityError("file", `Cannot load a key from ${where}: it has more than ${KEY_FILE_BYTES_MAX} bytes`);
  }
  return new TextDecoder().decode(buffer.subarray(0, length)).trim();
}

/** What went wrong while saving; the folder may be missing, the file may not be there. */
function saveFailure(path: string, cause: unknown): IdentityError {
  const system = systemCode(cause);
  const code = system === "EEXIST" ? "exists" : "file";
  return new IdentityError(code, `Cannot save a key as ${JSON.stringify(path)}: ${system || "unknown error"}`, {
    cause,
  });
}

function loadFailure(path: string, cause: unknown): IdentityError {
  if (cause instanceof IdentityError) return cause;
  const system = systemCode(cause);
  const code = system === "ENOENT" ? "missing" : "file";
  return new IdentityError(code, `Cannot load a key from ${JSON.stringify(path)}: ${system || "unknown error"}`, {
    cause,
  });
}
