/**
 * `swarm`: a network of nodes in one process, to try programs on.
 *
 * @module
 */

import { startSwarm, type Swarm } from "../../user-api/mod.ts";
import { type CommandSpec, numberOption, positionals, textOption, textOptions } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { INTERRUPTED_STATUS, stopSignal, untilAborted } from "../terminal/mod.ts";
import { RPC_OPTIONS } from "./rpc.ts";

const PORT_MAX = 65_535;
const PORT = 6000;
const RPC_PORT = 5000;
const NODES_MAX = 1000;
const DEPTH_MAX = 4;

/** Runs a network until a signal ends it. */
export const swarmCommand: CommandSpec = {
  name: "swarm",
  usage: "[options]",
  about: "run a network of nodes of its own, to try programs on",
  details:
    `All nodes are in one process, which only this machine reaches, and know no other network. Programs call each of
them by JSON-RPC, without a token. Nothing is kept. It prints one line when all have joined, and stays until Ctrl-C.`,
  options: {
    nodes: { type: "string", value: "N", about: "how many nodes; default 50" },
    port: { type: "string", value: "PORT", about: `UDP port of the first one; default ${PORT}; 0 takes free ones` },
    "rpc-port": {
      type: "string",
      value: "PORT",
      about: `port of its user API; default ${RPC_PORT}; 0 takes free ones`,
    },
    depth: { type: "string", value: "N", about: "levels of the filters of publish/subscribe" },
    seed: { type: "string", value: "TEXT", about: "what the keys of the nodes follow from" },
    "rpc-origin": RPC_OPTIONS["rpc-origin"],
  },
  async run(args, { out }) {
    positionals(args, []);
    const port = (name: string, usual: number) =>
      numberOption(args, name, { min: 0, max: PORT_MAX, whole: true }) ?? usual;
    const [depth, seed] = [
      numberOption(args, "depth", { min: 1, max: DEPTH_MAX, whole: true }),
      textOption(args, "seed"),
    ];
    using stop = stopSignal();
    let swarm: Swarm;
    try {
      swarm = await startSwarm({
        nodes: numberOption(args, "nodes", { min: 1, max: NODES_MAX, whole: true }) ?? 50,
        ...{ port: port("port", PORT), rpcPort: port("rpc-port", RPC_PORT), signal: stop.signal },
        ...{ origins: textOptions(args, "rpc-origin") },
        ...(depth !== undefined && { depth }),
        ...(seed !== undefined && { seed }),
      });
    } catch (error) {
      if (stop.signal.aborted) return INTERRUPTED_STATUS;
      throw error;
    }
    await using running = swarm;
    out(`${args.options.json === true ? jsonLine(swarmJson(running)) : swarmLine(running)}\n`);
    await untilAborted(stop.signal);
  },
};

function swarmJson({ nodes }: Swarm): object {
  return { type: "joined", nodes: nodes.map(({ node, url }) => ({ nodeId: node.nodeIdHex, port: node.port, url })) };
}

function swarmLine({ nodes }: Swarm): string {
  const ports = rowOf(nodes.map(({ node }) => node.port));
  const rpcPorts = rowOf(nodes.map(({ url }) => Number(new URL(url).port)));
  const who = nodes.length === 1 ? "1 node runs" : `${nodes.length} nodes have joined`;
  return `${who}: UDP ports ${ports}; user API at http://127.0.0.1, ports ${rpcPorts}`;
}

/** Numbers, those that follow each other as `5000 to 5049`. */
function rowOf(numbers: readonly number[]): string {
  const isRow = numbers.length > 1 && numbers.every((number, at) => number === numbers[0] + at);
  return isRow ? `${numbers[0]} to ${numbers[numbers.length - 1]}` : numbers.join(", ");
}
