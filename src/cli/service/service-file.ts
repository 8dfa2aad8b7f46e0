/**
 * The file that names the service of a data folder, and its addresses. It is there as long as the service runs, and
 * keeps a second one out.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import {
  decodeJson,
  jsonArray,
  type JsonInfer,
  jsonInt,
  jsonObject,
  jsonOptional,
  jsonString,
} from "../../../codec/json/mod.ts";
import { systemCode } from "../../coded-error.ts";
import { isAlive, placeHeldFile, thisProcess } from "../../held-file.ts";
import { checkFolder, type DataFolder, readOwnFile, ServiceError, writeDraft, writeOwnFile } from "./data-folder.ts";

/** How programs speak to the astral node whose guest a service is. */
const GuestAccess = jsonObject({
  protocol: jsonString,
  token: jsonString,
});
/** How programs speak to the astral node whose guest a service is. */
export type GuestAccess = JsonInfer<typeof GuestAccess>;

const ServiceFile = jsonObject({
  pid: jsonInt,
  /** When the process began, in the system's own terms; empty where it does not say. Process ids are used again. */
  began: jsonString,
  /** Where programs reach the service, or the astral node whose guest it is; empty while it starts. */
  addresses: jsonArray(jsonString),
  guest: jsonOptional(GuestAccess),
});
type ServiceFile = JsonInfer<typeof ServiceFile>;

/** A data folder that belongs to this service. */
export interface Claim {
  /** Publishes where programs reach the service, or the astral node whose guest it is. */
  publish(addresses: readonly string[], guest?: GuestAccess): Promise<void>;
  /** Gives the folder back. */
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process.
 *
 * @throws ServiceError `running` if another service has it; `folder`
 */
export async function claimFolder(folder: DataFolder): Promise<Claim> {
  const own = await thisProcess();
  const text = JSON.stringify({ ...own, addresses: [] });
  const draft = await writeDraft(folder.service, text);
  try {
    await place(draft, text, folder);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    publish: (addresses, guest) => writeOwnFile(folder.service, `${JSON.stringify({ ...own, addresses, guest })}\n`),
    release: () => rm(folder.service, { force: true }),
  };
}

/** Who has a data folder. */
export interface Holder {
  readonly pid: number;
  /** Empty while it starts. */
  readonly addresses: readonly string[];
  /** Set where the addresses are those of an astral node, whose guest the service is. */
  readonly guest?: GuestAccess | undefined;
}

/**
 * The living process that has a data folder; `null` if there is none.
 *
 * @throws ServiceError `folder`
 */
export async function folderHolder(folder: DataFolder): Promise<Holder | null> {
  await checkFolder(folder);
  const text = await readOwnFile(folder.service);
  const found = text === null ? null : parse(text);
  if (found === null || !await isAlive(found)) return null;
  return { pid: found.pid, addresses: found.addresses ?? [], guest: found.guest };
}

/**
 * The service of a data folder; the first of its addresses is the best.
 *
 * @throws ServiceError `not-running`, `folder`
 */
export async function findService(folder: DataFolder): Promise<Holder> {
  const found = await folderHolder(folder);
  if (found === null) throw notRunning(`No service works in ${JSON.stringify(folder.path)}`);
  if (found.addresses.length > 0) return found;
  throw notRunning(`The service in ${JSON.stringify(folder.path)} is still starting`);
}

/** Gives the draft its name, unless a living service has it. */
async function place(draft: string, text: string, { service, path }: DataFolder): Promise<void> {
  const isPlaced = await placeHeldFile({ draft, path: service, text }, readOwnFile, async (found) => {
    const holder = parse(found);
    if (holder === null || !await isAlive(holder)) return;
    const where = JSON.stringify(path);
    throw new ServiceError("running", `A service works in ${where} already: it is the process ${holder.pid}`);
  }).catch((cause) => {
    if (cause instanceof ServiceError) throw cause;
    throw new ServiceError("folder", `Cannot write ${JSON.stringify(service)}: ${systemCode(cause)}`, { cause });
  });
  if (!isPlaced) throw new ServiceError("running", `Other services are starting in ${JSON.stringify(path)}`);
}

/** What the file says; `null` for one that says nothing, as nobody lives by it. */
function parse(text: string): ServiceFile | null {
  try {
    return decodeJson(ServiceFile, new TextEncoder().encode(text));
  } catch {
    return null;
  }
}

function notRunning(message: string): ServiceError {
  return new ServiceError("not-running", `${message}; "warpwire serve" starts one`);
}
