/**
 * The work on any host.
 *
 * @module
 */

import { readBytes } from "../../dist/src/host/mod.js";
import { HEADER_BYTES, PIECE_BYTES, readAmount, REQUEST, writeAmount } from "./work.mjs";

/** The other side says with one byte that it has everything. */
const TAKEN = new Uint8Array(1);

/**
 * A subject whose streams are those of hosts.
 *
 * @param {() => Promise<import("../../dist/src/host/mod.js").Host>} makeServer a started host
 * @param {() => Promise<import("../../dist/src/host/mod.js").Host>} makeClient a started host
 * @param {object} [peer] whom clients ask, where it is not the server's id and addresses
 * @returns {import("./subjects.mjs").Subject}
 */
export function hostSubject(makeServer, makeClient, peer) {
  return {
    async serve() {
      const host = await makeServer();
      serve(host.mountStreams("sink"), sink);
      serve(host.mountStreams("echo"), echo);
      // Hosts behind a node tell when it has heard of the paths.
      await host.ready?.();
      return {
        address: peer ?? { peerId: host.peerId, addresses: host.addresses() },
        stop: () => host.stop(),
      };
    },
    async dial(address) {
      const host = await makeClient();
      return {
        sender: async () => hostSender(await host.openStream(address, "sink")),
        caller: async () => hostCaller(await host.openStream(address, "echo")),
        stop: () => host.stop(),
      };
    },
  };
}

async function serve(protocol, work) {
  for await (const incoming of protocol) {
    incoming.accept().then(work).catch(() => {});
  }
}

/** Takes what comes, and says so when everything that was announced is there. */
export async function sink(stream) {
  const buf = new Uint8Array(PIECE_BYTES);
  for (;;) {
    let left = readAmount(await readBytes(stream, HEADER_BYTES));
    while (left > 0) left -= await stream.read(buf);
    await stream.write(TAKEN);
  }
}

/** Sends everything back. */
export async function echo(stream) {
  const buf = new Uint8Array(REQUEST.length);
  for (;;) {
    const count = await stream.read(buf);
    if (count === null) return await stream.close();
    await stream.write(buf.subarray(0, count));
  }
}

/** Sends on a stream. */
export function hostSender(stream) {
  return {
    async send(count, piece) {
      await stream.write(writeAmount(count));
      for (let sent = 0; sent < count; sent += piece.length) {
        await stream.write(piece);
      }
      await readBytes(stream, 1);
    },
    close: () => stream.close(),
  };
}

/** Asks on a stream. */
export function hostCaller(stream) {
  return {
    async call() {
      await stream.write(REQUEST);
      await readBytes(stream, REQUEST.length);
    },
    close: () => stream.close(),
  };
}
