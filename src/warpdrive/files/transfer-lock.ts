/**
 * Keeps two processes from receiving the same into one folder: a file beside the journal that names who has it.
 *
 * @module
 */

import { lstat, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { type HoldingProcess, isAlive, placeHeldFile, thisProcess } from "../../held-file.ts";
import { diskError, FilesError } from "./error.ts";
import { inNotesFolder } from "./notes-folder.ts";

/** What a lock says. */
interface Holder extends HoldingProcess {
  readonly host: string;
}

/** What says nothing and is older was left by a process that was killed. */
const STALE_MS_MIN = 60_000;

/**
 * Takes the lock at a path; what a dead process left there gives way. Returns what gives it back.
 *
 * @throws FilesError `busy`, with who has it; `symlink`, `no-permission`, `no-space`, `disk`
 */
export async function lockTransfer(path: string): Promise<() => Promise<void>> {
  const folder = dirname(path);
  try {
    const text = JSON.stringify({ ...await thisProcess(), host: hostname() });
    await place(path, text);
    return async () => {
      // Somebody who removed it by hand may have taken it since.
      if (await readFile(path, "utf8").catch(() => "") === text) await rm(path, { force: true });
      // Others may be in it.
      await rmdir(folder).catch(() => {});
    };
  } catch (cause) {
    throw diskError(`Cannot lock ${JSON.stringify(path)}`, cause);
  }
}

async function place(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await inNotesFolder(dirname(draft), () => writeFile(draft, text, { mode: 0o600 }));
  try {
    await removeDrafts(path, draft);
    const isPlaced = await placeHeldFile(
      { draft, path, text },
      () => readFile(path, "utf8").catch(() => null),
      async (found) => {
        const holder = parse(found);
        if (holder !== null && await isHeld(holder)) throw busy(path, holder);
      },
    );
    if (!isPlaced) throw new FilesError("busy", `Cannot take ${JSON.stringify(path)}: other processes are taking it`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes what processes that were killed while they took the same lock have left beside it. */
async function removeDrafts(path: string, own: string): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${basename(path)}.`));
  for (const draft of names.map((name) => join(folder, name))) {
    if (draft === own) continue;
    const holder = parse(await readFile(draft, "utf8").catch(() => ""));
    const { mtimeMs } = await lstat(draft).catch(() => ({ mtimeMs: Infinity }));
    const isLeft = holder === null ? Date.now() - mtimeMs > STALE_MS_MIN : !await isHeld(holder);
    if (isLeft) await rm(draft, { force: true });
  }
}

function busy(path: string, { pid, host }: Holder): FilesError {
  const where = host === hostname() ? "" : ` on ${JSON.stringify(host)}`;
  const hint = where === "" ? "" : `; if it is not, remove ${JSON.stringify(path)}`;
  return new FilesError(
    "busy",
    `Cannot receive the same twice: the process ${pid}${where} is receiving it here${hint}`,
  );
}

function parse(text: string): Holder | null {
  try {
    const { pid, began, host } = JSON.parse(text);
    const valid = Number.isSafeInteger(pid) && pid > 0 && typeof began === "string" && typeof host === "string";
    return valid ? { pid, began, host } : null;
  } catch {
    // Nobody lives by a lock that says nothing.
    return null;
  }
}

/** Whether the process of a lock is there. Of a process on another machine, with a shared disk, that is unknown. */
async function isHeld(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  // This process knows by itself what it is receiving.
  return holder.pid !== process.pid && await isAlive(holder);
}
