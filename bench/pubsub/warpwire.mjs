/**
 * warpwire: storj nodes on UDP sockets.
 *
 * @module
 */

import { storjNode } from "../../dist/src/storj/mod.js";
import { datagramsWithEvents } from "./dgram-events.mjs";

/** @type {import("./work.mjs").System} */
export const system = { start, sent: datagramsWithEvents };

/** Nodes have no connections: each knows some others, whom it finds by itself. */
async function start(count) {
  const nodes = [await storjNode()];
  const bootstrap = [`127.0.0.1:${nodes[0].port}`];
  while (nodes.length < count) {
    const node = await storjNode({ bootstrap });
    await node.ready();
    nodes.push(node);
  }
  return nodes.map(nodeOf);
}

/** @returns {import("./work.mjs").Node} */
function nodeOf(node) {
  return {
    async subscribe(topic, received) {
      for await (const event of node.topic(topic)) received(event);
    },
    publish: (topic, event) => node.publish(topic, event),
  };
}
