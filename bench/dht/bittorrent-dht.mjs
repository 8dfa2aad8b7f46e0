/**
 * bittorrent-dht: the hash table of WebTorrent, with immutable values (BEP 44).
 *
 * @module
 */

import { once } from "node:events";
import DHT from "bittorrent-dht";
import { datagramsSent } from "./dgram-count.mjs";

/** @type {import("./work.mjs").System} */
export const system = { join, datagrams: datagramsSent };

async function join(first) {
  const dht = new DHT({ bootstrap: first === undefined ? false : [`127.0.0.1:${first.port}`] });
  const ready = once(dht, "ready");
  dht.listen(0, "127.0.0.1");
  await Promise.all([ready, once(dht, "listening")]);
  return {
    port: dht.address().port,
    put: (value) =>
      new Promise((resolve, reject) => {
        dht.put({ v: Buffer.from(value) }, (error, hash) => error ? reject(error) : resolve(hash));
      }),
    get: (key) =>
      new Promise((resolve, reject) => {
        dht.get(key, (error, found) => error ? reject(error) : resolve(found === null ? null : found.v));
      }),
    holds: (key) => dht._values.get(key.toString("hex")) !== undefined,
    stop: () => new Promise((resolve) => dht.destroy(resolve)),
  };
}
