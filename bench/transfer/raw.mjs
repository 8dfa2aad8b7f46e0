/**
 * A file through a socket of `node:net`, and nothing else: what every transfer is measured by. And the same through a
 * stream of libp2p, which shows what of a transfer over libp2p is libp2p's own.
 *
 * @module
 */

import { once } from "node:events";
import { closeSync, createReadStream, createWriteStream, fsyncSync, mkdirSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { libp2pHost } from "../../dist/src/host/libp2p/host.js";
import { Identity } from "../../dist/src/identity/mod.js";

/** Bytes that are read and written at once: faster here than the 64 KiB that file streams take by themselves. */
const PIECE_BYTES = 256 * 1024;

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

/** @type {import("./program.mjs").MakeNode} */
export async function rawLibp2pNode(folder) {
  const host = await libp2pHost({ identity: Identity.generate() });
  const protocol = host.mountStreams("raw");
  return {
    address: { peerId: host.peerId, addresses: host.addresses() },
    async send(to, path) {
      const stream = await host.openStream(to, "raw");
      for await (const piece of read(path)) await stream.write(piece);
      await stream.close();
    },
    async receive(name) {
      const { value: incoming } = await protocol[Symbol.asyncIterator]().next();
      await store(piecesOf(await incoming.accept()), folder, name);
    },
    stop: () => host.stop(),
  };
}

function read(path) {
  return createReadStream(path, { highWaterMark: PIECE_BYTES });
}

async function* piecesOf(stream) {
  const buf = new Uint8Array(PIECE_BYTES);
  for (let count = await stream.read(buf); count !== null; count = await stream.read(buf)) yield buf.slice(0, count);
}

/** Writes a file, and waits until it is on the disk. */
async function store(source, folder, name) {
  mkdirSync(folder, { recursive: true });
  const fd = openSync(join(folder, name), "w");
  await pipeline(source, createWriteStream("", { fd, autoClose: false, highWaterMark: PIECE_BYTES }));
  fsyncSync(fd);
  closeSync(fd);
}
