/**
 * The work on streams between storj nodes, over UDP.
 *
 * @module
 */

import { storjNode } from "../../dist/src/storj/mod.js";
import { echo, hostCaller, hostSender, sink } from "./host-subject.mjs";

/**
 * Two nodes take streams, one for each kind of work; another one opens them, and knows where they are.
 *
 * @returns {import("./subjects.mjs").Subject}
 */
export function storjSubject() {
  return {
    async serve() {
      const nodes = [];
      const places = [];
      for (const work of [sink, echo]) {
        const node = await storjNode();
        serve(node, work);
        nodes.push(node);
        places.push({
          id: node.nodeIdHex,
          at: { ip: "127.0.0.1", port: node.port },
        });
      }
      return {
        address: places,
        stop: () => Promise.all(nodes.map((node) => node.close())),
      };
    },
    async dial([sinkAt, echoAt]) {
      const node = await storjNode();
      const open = ({ id, at }) => node.openStream(id, { at });
      return {
        sender: async () => hostSender(await open(sinkAt)),
        caller: async () => hostCaller(await open(echoAt)),
        stop: () => node.close(),
      };
    },
  };
}

async function serve(node, work) {
  for await (const { stream } of node.incomingStreams()) {
    work(stream).catch(() => {});
  }
}
