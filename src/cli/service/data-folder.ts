/**
 * The data folder of a local service: where it is, who may enter it, and the secrets in it.
 *
 * @module
 */

import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { formatHex } from "../../../codec/mod.ts";
import { CodedError, systemCode } from "../../coded-error.ts";
import { formatMode, otherOwner, othersMay } from "../../file-owner.ts";
import { platformRandom } from "../../identity/mod.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** The longest file that is read, in bytes; a list of addresses is far shorter. */
const FILE_BYTES_MAX = 64 * 1024;
const TOKEN_BYTES = 32;

/** The help of the option that names a data folder. */
export const DATA_OPTION = { type: "string", value: "DIR", about: "data folder of the service" } as const;

/** Where everything is in a data folder. */
export interface DataFolder {
  readonly path: string;
  readonly key: string;
  readonly token: string;
  readonly socket: string;
  readonly service: string;
}

/** The files of a data folder; by default of the user's own, see {@link defaultDataFolder}. */
export function dataFolder(given: string | undefined): DataFolder {
  const path = resolve(given ?? defaultDataFolder());
  return {
    path,
    key: join(path, "key"),
    token: join(path, "token"),
    socket: join(path, "apphost.sock"),
    service: join(path, "service.json"),
  };
}

/**
 * Where each platform keeps the data of a user's programs. On Linux and the like the XDG Base Directory Specification
 * says so (https://specifications.freedesktop.org/basedir-spec/latest/), which demands that relative paths are ignored.
 */
export function defaultDataFolder(): string {
  const { platform, env } = process;
  if (platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "warpwire");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "warpwire");
  const { XDG_DATA_HOME: xdg = "" } = env;
  return join(isAbsolute(xdg) ? xdg : join(homedir(), ".local", "share"), "warpwire");
}

/**
 * Makes the data folder if there is none.
 *
 * @throws ServiceError `folder` if it cannot be made, belongs to somebody else, or if others may enter it
 */
export async function prepareFolder(folder: DataFolder): Promise<void> {
  try {
    await mkdir(folder.path, { recursive: true, mode: FOLDER_MODE });
  } catch (cause) {
    const where = JSON.stringify(folder.path);
    throw new ServiceError("folder", `Cannot make the data folder ${where}: ${reasonOf(cause)}`, { cause });
  }
  await checkFolder(folder);
}

/**
 * Checks who may put something else in the place of what is in the data folder; does nothing if there is none.
 *
 * @throws ServiceError `folder` if it belongs to somebody else, or if others may enter it
 */
export async function checkFolder({ path }: DataFolder): Promise<void> {
  const where = JSON.stringify(path);
  let found: { readonly mode: number; readonly uid: number };
  try {
    found = await stat(path);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return;
    throw new ServiceError("folder", `Cannot use the data folder ${where}: ${reasonOf(cause)}`, { cause });
  }
  checkOwner(`the data folder ${where}`, found);
  if (!othersMay(found)) return;
  const mode = formatMode(found.mode);
  throw new ServiceError("folder", `Others may enter the data folder ${where}: its mode is ${mode}, not 700`);
}

/** @throws ServiceError `folder` for what belongs to another user */
function checkOwner(what: string, stat: { readonly uid: number }): void {
  const owner = otherOwner(stat);
  if (owner !== null) throw new ServiceError("folder", `Cannot use ${what}: ${owner}`);
}

/**
 * The token with which programs of this user act as the node: the one in the folder, or a new one.
 *
 * @throws ServiceError `folder`
 */
export async function loadOrMakeToken(folder: DataFolder): Promise<string> {
  const found = await loadToken(folder);
  if (found !== null) return found;
  const made = formatHex(platformRandom(TOKEN_BYTES));
  await writeOwnFile(folder.token, `${made}\n`);
  return made;
}

/**
 * The token of a data folder; `null` if it has none.
 *
 * @throws ServiceError `folder` if others may read it, or if it is not a token
 */
export async function loadToken({ token: path }: DataFolder): Promise<string | null> {
  const text = await readOwnFile(path);
  if (text === null) return null;
  const token = text.trim();
  if (/^[\x21-\x7e]{16,255}$/.test(token)) return token;
  throw new ServiceError("folder", `Cannot use ${JSON.stringify(path)}: it holds no token`);
}

/**
 * Reads a file that only its owner may use; `null` if there is none.
 *
 * @throws ServiceError `folder` if others may use it, or if it is too long
 */
export async function readOwnFile(path: string): Promise<string | null> {
  const where = JSON.stringify(path);
  try {
    const file = await open(path, "r");
    try {
      const found = await file.stat();
      const { mode, size } = found;
      checkOwner(where, found);
      if (othersMay(found)) {
        throw new ServiceError("folder", `Others may use ${where}: its mode is ${formatMode(mode)}, not 600`);
      }
      if (size > FILE_BYTES_MAX) throw new ServiceError("folder", `${where} has more than ${FILE_BYTES_MAX} bytes`);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    if (systemCode(cause) === "ENOENT") return null;
    throw new ServiceError("folder", `Cannot read ${where}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes a file that only its owner may use, whole or not at all.
 *
 * @throws ServiceError `folder`
 */
export async function writeOwnFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new ServiceError("folder", `Cannot write ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes a file under a name of its own beside `path`, and returns that name.
 *
 * @throws ServiceError `folder`
 */
export async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${formatHex(platformRandom(8))}.new`;
  try {
    const file = await open(draft, "wx", FILE_MODE);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return draft;
  } catch (cause) {
    await rm(draft, { force: true });
    throw new ServiceError("folder", `Cannot write ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  return systemCode(error) || String(error);
}

/** The codes of {@link ServiceError}, with their meaning. */
export const SERVICE_ERROR_CODES = {
  /** A data folder, or a file in it, cannot be used: others may enter it, or it is something else. */
  folder: "The data folder cannot be used",
  /** One service works in a data folder at a time. */
  running: "A service works in the data folder already",
  /** No service works in the data folder, or it is still starting. */
  "not-running": "No service works in the data folder",
  /** The node is not a warpwire service, or what it answers cannot be understood. */
  answer: "The node does not answer as a warpwire service does",
} as const;

/** One of the codes of {@link SERVICE_ERROR_CODES}. */
export type ServiceErrorCode = keyof typeof SERVICE_ERROR_CODES;

/** Thrown by the commands that run the local service or talk to it. */
export class ServiceError extends CodedError<ServiceErrorCode> {
  override readonly name: string = "ServiceError";
}
