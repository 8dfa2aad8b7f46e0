/**
 * `find`, `peers`, `status` and `showtype`: where nodes are.
 *
 * @module
 */

import { StorjError } from "../../storj/mod.ts";
import type { NodeStatus } from "../../user-api/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { columns, formatTime } from "../terminal/mod.ts";
import { type NodeAccess, withNode } from "./node-access.ts";
import { nodeIdArgument } from "./texts.ts";

/** A node, and where it is. */
type Peer = readonly [nodeId: string, ip: string, port: number];

const HEADINGS = ["NODE ID", "IP", "PORT"];

/** Prints where a node is. */
export const findCommand: CommandSpec = {
  name: "find",
  usage: "<nodeid>",
  about: "look for a node, and print where it is",
  async run(args, streams) {
    const [id] = positionals(args, ["nodeid"]);
    const nodeId = nodeIdArgument(id);
    return await withNode(args, streams, async (access) => {
      access.show("looking…");
      const at = await access.call("dht_find", [nodeId]) as readonly [string, number] | null;
      if (at === null) {
        await access.checkPeers();
        throw new StorjError("not-found", `The node ${nodeId} was not found, or does not answer`);
      }
      printPeers([[nodeId, ...at]], access);
    });
  },
};

/** Prints the nearest nodes. */
export const peersCommand: CommandSpec = {
  name: "peers",
  usage: "[options]",
  about: "print the nodes that are nearest to this one, at most 20",
  async run(args, streams) {
    positionals(args, []);
    return await withNode(args, streams, async (access) => {
      await access.checkPeers();
      access.show("looking…");
      if (!access.isRunning) await access.call("node_refresh");
      printPeers(await access.call("dht_peers") as Peer[], access);
    });
  },
};

function printPeers(peers: readonly Peer[], { config, print }: NodeAccess): void {
  if (config.json) print(peers.map(([nodeId, ip, port]) => `${jsonLine({ nodeId, ip, port })}\n`).join(""));
  else print(columns([HEADINGS, ...peers.map(([nodeId, ip, port]) => [nodeId, ip, `${port}`])]));
}

/** Prints the status of the node. */
export const statusCommand: CommandSpec = {
  name: "status",
  usage: "[options]",
  about: "print the id and port of the node, and how many others it knows",
  async run(args, streams) {
    positionals(args, []);
    return await withNode(args, streams, async ({ call, config, isRunning, print }) => {
      const status = await call("node_status") as NodeStatus;
      const { nodeId, address, port, network, listen, peers, startedMs } = status;
      const { contacts, values, keptPuts, messages, relaying, streams } = status;
      if (config.json) return print(`${jsonLine({ running: isRunning, ...status, peers: peers.length })}\n`);
      print(columns([
        ["node id", nodeId],
        ["address", address],
        ["running", isRunning ? `since ${formatTime(startedMs)}` : "no, only for this command"],
        ["listens", `UDP port ${port} of ${listen}`],
        ["network", network],
        ["peers", `${contacts} known`],
        ["values", `${values} held, ${keptPuts} own ones put anew each day`],
        ["messages", `${messages} not yet taken, ${relaying} to pass on`],
        ["streams", `${streams} open`],
      ]));
    }, { alone: true });
  },
};

/** Prints whether others reach the node. */
export const showtypeCommand: CommandSpec = {
  name: "showtype",
  usage: "[options]",
  about: "print whether other nodes reach this one without being called first",
  async run(args, streams) {
    positionals(args, []);
    return await withNode(args, streams, async ({ call, checkPeers, show, config, print }) => {
      await checkPeers();
      show("asking others…");
      const isPublic = await call("node_type") === "public";
      if (config.json) print(`${jsonLine({ public: isPublic })}\n`);
      else print(`${isPublic ? "Public" : "Private"} node!\n`);
    });
  },
};
