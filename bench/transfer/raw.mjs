/**
 * A file through a socket of `node:net`, and nothing else: what every transfer is measured by.
 *
 * @module
 */

import { once } from "node:events";
import { closeSync, createReadStream, createWriteStream, fsyncSync, mkdirSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Bytes that are read and written at once: faster here than the 64 KiB that file streams take by themselves. */
export const PIECE_BYTES = 256 * 1024;

/** @type {import("./program.mjs").MakeNode} */
export async function rawNode(folder) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // Waited for from now on: the other process may connect before this one is asked to receive.
  const connected = once(server, "connection");
  return {
    address: { port: server.address().port, host: "127.0.0.1" },
    send: (to, path) => pipeline(read(path), connect(to)),
    async receive(name) {
      const [socket] = await connected;
      await store(socket, folder, name);
    },
  };
}

/** What a file has, in pieces. */
export function read(path) {
  return createReadStream(path, { highWaterMark: PIECE_BYTES });
}

/** Writes a file, and waits until it is on the disk. */
export async function store(source, folder, name) {
  mkdirSync(folder, { recursive: true });
  const fd = openSync(join(folder, name), "w");
  await pipeline(source, createWriteStream("", { fd, autoClose: false, highWaterMark: PIECE_BYTES }));
  fsyncSync(fd);
  closeSync(fd);
}
