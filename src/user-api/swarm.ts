/**
 * A network of nodes in one process, each with its user API, to try programs on.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Identity } from "../identity/mod.ts";
import { type StorjNode, storjNode } from "../storj/mod.ts";
import { userApi } from "./dispatch.ts";
import { serveUserApi, type UserApiLimits, type UserApiServers } from "./servers/mod.ts";

const HOST = "127.0.0.1";
const NODES = 50;
const PORT_MAX = 65_535;
/** So many nodes join at once. */
const JOINING = 10;
/** Nodes that the others join by. */
const KNOWN = 3;

/** Options of {@link startSwarm}. */
export interface SwarmOptions {
  /** How many nodes there are. Default 50. */
  readonly nodes?: number;
  /** The UDP port of the first node; the others have the next ones. Default 0: free ones. */
  readonly port?: number;
  /** The same for their user API. */
  readonly rpcPort?: number;
  /** How many levels the filters of publish/subscribe have. Default: that of nodes. */
  readonly depth?: number;
  /** What the keys of the nodes follow from. Default `warpwire`. */
  readonly seed?: string;
  /** Origins of the web pages that may call. Default none. */
  readonly origins?: readonly string[];
  /** Bounds on clients. Default: no limit on the calls of a second, as these are nodes for tests. */
  readonly limits?: Partial<UserApiLimits>;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

/** A node of a swarm. */
export interface SwarmNode {
  readonly node: StorjNode;
  /** Where its user API is, as `http://127.0.0.1:5000`: JSON-RPC 2.0 over HTTP and WebSockets, without a token. */
  readonly url: string;
}

/** A network of nodes. */
export interface Swarm extends AsyncDisposable {
  readonly nodes: readonly SwarmNode[];
  /** Ends all nodes and their servers. */
  close(): Promise<void>;
}

/**
 * Starts a network of nodes that only this machine reaches and that know no other network. Resolves when all have joined.
 *
 * ```ts
 * import { startSwarm } from "warpwire/user-api";
 *
 * await using swarm = await startSwarm({ nodes: 3 });
 * const request = { jsonrpc: "2.0", id: 1, method: "dht_id" };
 * const response = await fetch(swarm.nodes[0].url, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify(request),
 * });
 * console.log((await response.json()).result === swarm.nodes[0].node.nodeIdHex); // true
 * ```
 *
 * @throws HostError `address` for a port that cannot be listened on; RangeError for numbers that are out of range
 */
export async function startSwarm(options: SwarmOptions = {}): Promise<Swarm> {
  const { nodes: count = NODES, port = 0, rpcPort = 0, signal } = options;
  checkNumber("nodes", count, 1, 1000);
  for (const [name, first] of [["port", port], ["rpcPort", rpcPort]] as const) {
    checkNumber(name, first, 0, PORT_MAX - count + 1);
  }
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all(undo.splice(0).map((step) => step()));
  };
  const members: SwarmNode[] = [];
  try {
    for (let from = 0; from < count; from = members.length) {
      signal?.throwIfAborted();
      // The first one has nobody to join by.
      const more = Math.min(from === 0 ? 1 : JOINING, count - from);
      const bootstrap = members.slice(0, KNOWN).map(({ node }) => `${HOST}:${node.port}`);
      const starts = Array.from({ length: more }, (_, at) => startMember(from + at, bootstrap, options, undo));
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === "rejected") throw start.reason;
        members.push(start.value);
      }
    }
    // Those who came first do not know all who came later.
    if (count > 1) await Promise.all(members.map(({ node }) => node.refreshNeighbours(waiting(signal))));
  } catch (error) {
    await close();
    throw error;
  }
  return { nodes: members, close, [Symbol.asyncDispose]: close };
}

async function startMember(
  index: number,
  bootstrap: readonly string[],
  { port = 0, rpcPort = 0, seed = "warpwire", origins = [], limits, depth, signal }: SwarmOptions,
  undo: (() => Promise<void>)[],
): Promise<SwarmNode> {
  const node = await storjNode({
    ...{ key: keyOf(seed, index), listen: HOST, udpPort: port === 0 ? 0 : port + index, bootstrap },
    ...(depth !== undefined && { pubsub: { depth } }),
  });
  const api = userApi(node, { facts: { network: "storjnet", listen: HOST, bootstrap, startedMs: Date.now() } });
  let servers: UserApiServers | null = null;
  undo.push(async () => {
    api.close();
    await servers?.close();
    await node.close();
  });
  servers = await serveUserApi(node, api, {
    addresses: [`http://${HOST}:${rpcPort === 0 ? 0 : rpcPort + index}`],
    access: { token: null, origins },
    limits: { callsPerSecond: Infinity, ...limits },
  });
  if (bootstrap.length > 0) await node.ready(waiting(signal));
  return { node, url: servers.addresses[0] };
}

/** The key of a node: always the same. */
function keyOf(seed: string, index: number): Identity {
  let attempt = 0;
  return Identity.generate({
    random: (count) =>
      createHash("sha256").update(JSON.stringify([seed, index, attempt++])).digest().subarray(0, count),
  });
}

function waiting(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`Option ${name} must be a whole number from ${min} to ${max}, not ${value}`);
}
