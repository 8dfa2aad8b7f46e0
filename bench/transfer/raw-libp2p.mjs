/**
 * A file through a stream of libp2p, which shows what of a transfer over libp2p is libp2p's own.
 *
 * @module
 */

import { libp2pHost } from "../../dist/src/host/libp2p/host.js";
import { Identity } from "../../dist/src/identity/mod.js";
import { PIECE_BYTES, read, store } from "./raw.mjs";

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

async function* piecesOf(stream) {
  const buf = new Uint8Array(PIECE_BYTES);
  for (let count = await stream.read(buf); count !== null; count = await stream.read(buf)) yield buf.slice(0, count);
}
