/**
 * warpwire: Kademlia on the host of UDP sockets.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { pack, unpack } from "../../dist/codec/msgpack/mod.js";
import { socketHost } from "../../dist/src/host/socket/host.js";
import { ContactCache, kademlia } from "../../dist/src/kademlia/mod.js";
import { rpcEndpoint } from "../../dist/src/rpc/mod.js";
import { datagramsSent } from "./dgram-count.mjs";

/** What the nodes of one process share, to save memory. */
const contacts = new ContactCache(1024);

/** @type {import("./work.mjs").System} */
export const system = { join, datagrams: datagramsSent };

async function join(first) {
  const host = await socketHost({ peerId: "node", listen: ["udp:127.0.0.1:0"] });
  const rpc = rpcEndpoint({ host, answer: {} });
  const id = new Uint8Array(randomBytes(20));
  const table = kademlia({ rpc, clock: host.clock, random: host.random, id, contacts });
  if (first !== undefined) await table.bootstrap([first.address]);
  return {
    address: host.addresses()[0],
    async put(value) {
      const key = new Uint8Array(createHash("sha1").update(value).digest());
      const { stored } = await table.put(key, pack(value));
      if (stored === 0) throw new Error("No node has stored the value");
      return key;
    },
    async get(key) {
      const found = await table.get(key);
      return found === null ? null : unpack(found.value);
    },
    async holds(key) {
      const wanted = String(key);
      for await (const { key: held } of table.values()) {
        if (String(held) === wanted) return true;
      }
      return false;
    },
    // The sockets first, so that nobody is told.
    async stop() {
      await host.stop();
      await table[Symbol.asyncDispose]();
      await rpc[Symbol.asyncDispose]();
    },
  };
}
