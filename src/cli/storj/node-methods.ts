/**
 * What a node does for programs, by the names of its user API: the commands use the same methods on a node of their own and
 * on one that runs in another process. Everything that goes in and out is JSON.
 *
 * @module
 */

import { join } from "node:path";
import type { MsgpackValue } from "../../../codec/msgpack/mod.ts";
import {
  type At,
  crawl,
  type MapNode,
  monitor,
  type NetworkMap,
  QUERY_TIMEOUT_MS,
  type SavedDataset,
  type StorjNode,
  WALK_TIMEOUT_MS,
} from "../../storj/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { packedText, plainValue, unpackedText } from "./texts.ts";

/** A method was called with what it does not take. */
export class ParamsError extends Error {
  override readonly name: string = "ParamsError";
}

/** How a call goes. */
export interface MethodCall {
  /** Ends the call. */
  readonly signal: AbortSignal;
  /** Tells the caller something before the answer. */
  readonly notify: (value: unknown) => void;
}

/** What a node is besides what it says itself. */
export interface NodeFacts {
  readonly network: string;
  readonly listen: string;
  /** What it was told to join by. */
  readonly bootstrap: readonly string[];
  readonly startedMs: number;
}

/** The node that the methods are of. */
export interface MethodNode {
  readonly node: StorjNode;
  readonly facts: NodeFacts;
  /** The data folder. */
  readonly home: string;
}

/** A method: what its parameters are called, how long it may take, and what it does. */
interface Method {
  readonly params: readonly string[];
  readonly timeoutMs: number;
  run(from: MethodNode, params: Params, call: MethodCall & { readonly timeoutMs: number }): unknown;
}

/** The status of a node. */
export interface NodeStatus extends NodeFacts {
  readonly nodeId: string;
  readonly address: string;
  readonly port: number;
  /** The nearest ones, and how many there are in all. */
  readonly peers: readonly Peer[];
  readonly contacts: number;
  /** Values that it holds, those that it puts anew, messages that nobody has taken or that are passed on, streams. */
  readonly values: number;
  readonly keptPuts: number;
  readonly messages: number;
  readonly relaying: number;
  readonly streams: number;
}

/** A node, and where it is. */
export type Peer = readonly [nodeId: string, ip: string, port: number];

/** A map as JSON. */
export type MapAnswer = Omit<NetworkMap, "nodes"> & { readonly nodes: Readonly<Record<string, MapNode>> };

/** What is told of a dataset. */
export interface DatasetNotice extends Omit<SavedDataset, "processed"> {
  /** How many nodes have answered. */
  readonly nodes: number;
}

/** A crawl takes minutes where many nodes do not answer. */
const MAP_MS_MAX = 3_600_000;
/** Progress is told so often at most. */
const PROGRESS_MS = 200;

const METHODS: Readonly<Record<string, Method>> = {
  dht_id: { params: [], timeoutMs: QUERY_TIMEOUT_MS, run: ({ node }) => node.nodeIdHex },
  dht_peers: { params: [], timeoutMs: QUERY_TIMEOUT_MS, run: ({ node }) => peersOf(node) },
  /** The value is JSON; with the option `packed` it is the hex digits of its msgpack. */
  dht_put: {
    params: ["key", "value", "options"],
    timeoutMs: WALK_TIMEOUT_MS,
    run: ({ node }, params, wait) => {
      const { packed, keep = false } = params.options("options", ["packed", "keep"]);
      const value = packed ? unpackedText(params.text("value")) : params.json("value");
      return node.dhtPut(params.text("key"), value, { ...wait, keep });
    },
  },
  /** The answer is JSON, in which bytes are texts; with the option `packed` it is the hex digits of its msgpack. */
  dht_get: {
    params: ["key", "options"],
    timeoutMs: WALK_TIMEOUT_MS,
    run: async ({ node }, params, wait) => {
      const { packed } = params.options("options", ["packed"]);
      const value = await node.dhtGet(params.text("key"), wait);
      if (value === null) return null;
      return packed ? packedText(value) : plainValue(value);
    },
  },
  dht_find: {
    params: ["hexnodeid"],
    timeoutMs: WALK_TIMEOUT_MS,
    run: async ({ node }, params, wait) => pair(await node.dhtFind(params.text("hexnodeid"), wait)),
  },
  dht_stun: {
    params: [],
    timeoutMs: WALK_TIMEOUT_MS,
    run: async ({ node }, _, wait) => pair(await node.dhtStun(wait)),
  },
  message_send: {
    params: ["hexnodeid", "message"],
    timeoutMs: WALK_TIMEOUT_MS,
    run: ({ node }, params, wait) => node.messageSend(params.text("hexnodeid"), params.json("message"), wait),
  },
  /** Beyond the user API, as are those below. */
  relay_message: {
    params: ["hexnodeid", "message", "options"],
    timeoutMs: WALK_TIMEOUT_MS,
    run: ({ node }, params, wait) => {
      const options = params.options("options", ["sealed", "repeat"]);
      return node.relayMessage(params.text("hexnodeid"), params.json("message"), { ...wait, ...options });
    },
  },
  /** Notifies of the progress. */
  node_map: {
    params: ["nodesmax"],
    timeoutMs: MAP_MS_MAX,
    run: async ({ node }, params, { notify, ...wait }) => {
      const nodesMax = params.number("nodesmax");
      let toldMs = 0;
      const map = await crawl(node, {
        ...wait,
        ...(nodesMax !== undefined && { nodesMax }),
        onProgress: (progress) => {
          if (systemClock.now() - toldMs < PROGRESS_MS) return;
          toldMs = systemClock.now();
          notify(progress);
        },
      });
      return { ...map, nodes: Object.fromEntries(map.nodes) } satisfies MapAnswer;
    },
  },
  /** Notifies of each dataset, and ends only with the call. */
  node_monitor: {
    params: ["intervalms", "limit"],
    timeoutMs: Infinity,
    run: async ({ node, home }, params, { signal, notify }) => {
      const [intervalMs, limit] = [params.number("intervalms"), params.number("limit")];
      const options = { ...(intervalMs !== undefined && { intervalMs }), ...(limit !== undefined && { limit }) };
      for await (const saved of monitor(node, { ...options, signal, folder: join(home, "datasets") })) {
        const { processed, ...notice } = saved;
        notify({ ...notice, nodes: Object.keys(processed).length } satisfies DatasetNotice);
      }
    },
  },
  node_status: { params: [], timeoutMs: QUERY_TIMEOUT_MS, run: statusOf },
  node_refresh: { params: [], timeoutMs: WALK_TIMEOUT_MS, run: ({ node }, _, wait) => node.refreshNeighbours(wait) },
  node_is_public: { params: [], timeoutMs: WALK_TIMEOUT_MS, run: ({ node }, _, wait) => node.isPublic(wait) },
};

/** How long a method may take, in milliseconds; of an unknown one, as long as it takes to say so. */
export function methodTimeoutMs(name: string): number {
  return isMethod(name) ? METHODS[name].timeoutMs : QUERY_TIMEOUT_MS;
}

/** Whether there is a method of this name. */
export function isMethod(name: string): boolean {
  return Object.hasOwn(METHODS, name);
}

/**
 * Calls a method.
 *
 * @param params As in JSON-RPC 2.0: a list, or an object with names
 * @throws ParamsError; StorjError
 */
export async function callMethod(
  from: MethodNode,
  name: string,
  params: unknown,
  { signal, notify }: MethodCall,
): Promise<unknown> {
  const { params: names, timeoutMs, run } = METHODS[name];
  return await run(from, new Params(names, params), { signal, timeoutMs, notify });
}

/** The parameters of a call. */
class Params {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(names: readonly string[], given: unknown = []) {
    if (Array.isArray(given)) {
      if (given.length > names.length) throw new ParamsError(`Expected at most ${names.length} parameters`);
      this.#values = Object.fromEntries(given.map((value, index) => [names[index], value]));
    } else {
      if (typeof given !== "object" || given === null) throw new ParamsError("Parameters are a list or an object");
      const unknown = Object.keys(given).find((name) => !names.includes(name));
      if (unknown !== undefined) throw new ParamsError(`Unknown parameter ${JSON.stringify(unknown)}`);
      this.#values = { ...given };
    }
  }

  json(name: string): MsgpackValue {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (value === undefined) throw new ParamsError(`Parameter "${name}" is missing`);
    return value as MsgpackValue;
  }

  text(name: string): string {
    const value = this.json(name);
    if (typeof value !== "string") throw new ParamsError(`Parameter "${name}" must be a text`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    if (value !== undefined && typeof value !== "number") throw new ParamsError(`Parameter "${name}" must be a number`);
    return value;
  }

  /** Those of the options that are given as true. */
  options<T extends string>(name: string, options: readonly T[]): Partial<Record<T, true>> {
    const given = this.#values[name] ?? {};
    if (typeof given !== "object") throw new ParamsError(`Parameter "${name}" must be an object`);
    const set: Partial<Record<T, true>> = {};
    for (const option of options) if ((given as Record<string, unknown>)[option] === true) set[option] = true;
    return set;
  }
}

function peersOf(node: StorjNode): Peer[] {
  return node.peers().map(({ nodeId, ip, port }) => [nodeId, ip, port]);
}

function pair(at: At | null): readonly [ip: string, port: number] | null {
  return at === null ? null : [at.ip, at.port];
}

function statusOf({ node, facts }: MethodNode): NodeStatus {
  const { table, keptPuts, inbox, relay, streams } = node.stats();
  return {
    ...{ nodeId: node.nodeIdHex, address: node.address, port: node.port, ...facts, peers: peersOf(node) },
    ...{ contacts: table.contacts, values: table.values.values, keptPuts },
    ...{ messages: inbox.direct + inbox.relayed, relaying: relay.queued, streams: streams.open },
  };
}
