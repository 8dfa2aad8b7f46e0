/**
 * dht-rpc: what Hyperswarm is built on, with the values that its README shows.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import DHT from "dht-rpc";

const VALUES = 0;
const HOST = "127.0.0.1";
let sent = 0;

/** @type {import("./work.mjs").System} */
export const system = { join, datagrams: () => sent };

async function join(first) {
  const dht = first === undefined ? DHT.bootstrapper(await freePort(), HOST, { host: HOST }) : new DHT({
    bootstrap: [{ host: HOST, port: first.port }],
    ...{ ephemeral: false, firewalled: false, host: HOST, udx: first.udx },
  });
  if (first === undefined) countSent(dht.udx);
  const values = new Map();
  dht.on("request", (request) => {
    if (request.command !== VALUES) return;
    const key = request.target.toString("hex");
    if (request.token) {
      values.set(key, request.value);
      request.reply(null);
    } else {
      request.reply(values.get(key));
    }
  });
  await dht.fullyBootstrapped();
  return {
    port: dht.address().port,
    // One for all nodes, which saves them memory.
    udx: dht.udx,
    async put(value) {
      const target = createHash("sha256").update(value).digest();
      await dht.query({ target, command: VALUES, value: Buffer.from(value) }, { commit: true }).finished();
      return target;
    },
    async get(target) {
      for await (const { value } of dht.query({ target, command: VALUES })) {
        if (value !== null) return value;
      }
      return null;
    },
    holds: (target) => values.has(target.toString("hex")),
    stop: () => dht.destroy(),
  };
}

/** Counts what all sockets send that come from `udx`: requests, repeated ones too, and answers. */
function countSent(udx) {
  const { createSocket } = udx;
  udx.createSocket = (options) => {
    const socket = createSocket.call(udx, options);
    const { trySend } = socket;
    socket.trySend = (...args) => {
      sent++;
      return trySend.apply(socket, args);
    };
    return socket;
  };
}

/** The first node has to know its port before it has one. */
async function freePort() {
  const socket = createSocket("udp4").bind(0, HOST);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
