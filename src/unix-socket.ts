/**
 * Unix sockets to listen on: in a folder that only the owner may enter, with a mode that admits only the owner.
 *
 * @module
 */

import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { HostError } from "./host/mod.ts";
import { listenFailure } from "./host/connect/mod.ts";
import { otherOwner, othersMay } from "./file-owner.ts";

const FOLDER_MODE = 0o700;
const SOCKET_MODE = 0o600;

/**
 * Prepares the place of a socket: makes its folder if there is none, and removes what a service that crashed has left.
 *
 * @throws HostError `address` if the folder is another user's, or others may enter it; if somebody answers there, or something else has the name
 */
export async function preparePath(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (cause) {
    throw listenFailure(`unix:${path}`, cause);
  }
  const found = await lstat(folder);
  const owner = otherOwner(found);
  if (owner !== null) {
    throw new HostError("address", `Cannot listen on "unix:${path}": its folder is not safe, ${owner}`);
  }
  if (othersMay(found)) {
    throw new HostError(
      "address",
      `Cannot listen on "unix:${path}": others may enter its folder (its mode must be 700)`,
    );
  }
  const socket = await lstat(path).catch(() => null);
  if (socket === null) return;
  if (!socket.isSocket()) throw new HostError("address", `Cannot listen on "unix:${path}": there is another file`);
  if (await answers(path)) throw new HostError("address", `Cannot listen on "unix:${path}": somebody answers there`);
  await unlink(path);
}

/** Lets only the owner connect to a socket that is listened on. */
export async function protectPath(path: string): Promise<void> {
  if (process.platform !== "win32") await chmod(path, SOCKET_MODE);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
