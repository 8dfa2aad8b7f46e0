/**
 * The calls about the node itself, the network, and the user API.
 *
 * @module
 */

import { join } from "node:path";
import { systemClock } from "../../host/timing/mod.ts";
import { crawl, type MapNode, monitor, type NetworkMap, type SavedDataset } from "../../storj/mod.ts";
import { type Call, call, type CallContext, optional, param } from "./call.ts";
import { peer } from "./hash-table.ts";
import { answers, CONTENT, DURATION, EXAMPLE_ID, FLAG, integer, listOf, NODE_ID, NULL, record } from "./kinds.ts";
import type { NodeStatus } from "../wire.ts";
import { TOPIC } from "./topics.ts";

/** A map of the network as JSON. */
export type MapAnswer = Omit<NetworkMap, "nodes"> & { readonly nodes: Readonly<Record<string, MapNode>> };

/** What is told of a dataset of `monitor`. */
export interface DatasetNotice extends Omit<SavedDataset, "processed"> {
  /** How many nodes have answered. */
  readonly nodes: number;
}

/** A crawl takes minutes where many nodes do not answer. */
const MAP_MS_MAX = 3_600_000;
/** What asks nobody else. */
const QUICK_MS = 5000;
/** Progress is told so often at most. */
const PROGRESS_MS = 200;
const NODES_MAX = 100_000;
const LIMIT_MAX = 1000;
const OBJECT = { type: "object" };
const ALICE = "aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081";

/** The calls about the node and the network. */
export const NODE_CALLS: readonly Call[] = [
  call({
    name: "node_type",
    from: "ours",
    about: "Whether others reach the node without being called first.",
    params: [],
    result: answers('"public" | "private"', { enum: ["public", "private"] }, "What it is"),
    example: { params: [], result: "public" },
    run: async ({ node, signal }) => await node.isPublic({ signal }) ? "public" : "private",
  }),
  call({
    name: "node_status",
    from: "ours",
    about: "What the node is, and how much it has of what.",
    params: [],
    result: answers(
      "NodeStatus",
      record({ nodeId: { type: "string" }, address: { type: "string" }, port: { type: "integer" } }),
      "The status",
    ),
    timeoutMs: QUICK_MS,
    example: {
      params: [],
      result: { nodeId: ALICE, address: "1GWixQNKetwUzbwD2bzzuBEHwaNxJzLhDt", port: 4000, network: "storjnet" },
    },
    partial: true,
    run: statusOf,
  }),
  call({
    name: "node_refresh",
    from: "ours",
    about: "Looks for the nodes around this one; that happens by itself every two minutes, too.",
    params: [],
    result: answers("null", NULL, "Null"),
    example: { params: [], result: null },
    run: ({ node, signal }) => node.refreshNeighbours({ signal }),
  }),
  call({
    name: "stats",
    from: "ours",
    about: "Figures of the node.",
    params: [],
    result: answers("Record<string, JsonValue>", OBJECT, "The figures by subject"),
    example: { params: [], result: { keptPuts: 0, streams: { open: 0 } } },
    partial: true,
    run: ({ node }) => node.stats(),
  }),
  call({
    name: "peer_info",
    from: "ours",
    about: "What a node says about itself. Others ask it; only nodes that run with `--answer-requests` answer.",
    params: [param("nodeid", NODE_ID, "40 hex digits", { otherNames: ["hexnodeid"] })],
    result: answers("Record<string, JsonValue>", OBJECT, "Its version, storage, network and platform"),
    errors: ["InvalidNodeid", "Timeout"],
    example: {
      params: [EXAMPLE_ID],
      result: { network: { transport: { ip: "127.0.0.1", port: 4653 }, isPublic: true } },
    },
    partial: true,
    run: ({ node, signal }, { nodeid }) => node.requestInfo(nodeid, { signal }),
  }),
  call({
    name: "map",
    otherNames: ["node_map"],
    from: "ours",
    about: "Asks all nodes whom they know. Where notifications can be sent, `progress` tells how it goes on.",
    params: [
      optional("nodesmax", integer(1, NODES_MAX), null, "How many nodes the map has at most; 10,000 by default"),
    ],
    result: answers(
      "Record<string, JsonValue>",
      record({ self: { type: "string" }, nodes: OBJECT }),
      "The map: each node by its id",
    ),
    timeoutMs: MAP_MS_MAX,
    example: { params: [], result: { self: ALICE, complete: true } },
    partial: true,
    run: mapOf,
  }),
  call({
    name: "monitor",
    otherNames: ["node_monitor"],
    from: "ours",
    about:
      "Asks the nodes around what they are, again and again, and keeps the answers in files. Tells of each with `progress`, and ends with the connection.",
    params: [
      optional("intervalms", DURATION, null, "From one dataset to the next, in milliseconds; an hour by default"),
      optional("limit", integer(1, LIMIT_MAX), null, "How many nodes a dataset has at most; 20 by default"),
    ],
    result: answers("null", NULL, "Null"),
    timeoutMs: Infinity,
    example: { params: [], result: null },
    run: watch,
  }),
];

/** The calls about the user API. */
export const API_CALLS: readonly Call[] = [
  call({
    name: "rpc.discover",
    from: "JSON-RPC",
    about: "This description of the calls, as OpenRPC has it.",
    params: [],
    result: answers("Record<string, JsonValue>", OBJECT, "The document"),
    example: { params: [], result: { openrpc: "1.3.2" } },
    partial: true,
    run: ({ discover }) => discover(),
  }),
  call({
    name: "listen",
    from: "ours",
    about:
      "Has what comes told from now on, as long as the connection is there: with notifications `message`, `event` and `stream`. Not over HTTP. Several of these calls add up.",
    params: [
      optional("messages", FLAG, false, "Messages, which nobody else gets then"),
      optional("topics", listOf(TOPIC), [], "Events of these topics"),
      optional("schemas", listOf(CONTENT), [], "Events of these schemas"),
      optional("streams", FLAG, false, "Streams that others open"),
    ],
    result: answers("null", NULL, "Null"),
    errors: ["Limit", "InvalidSchema"],
    example: { params: [true, ["weather"]], result: null },
    run: ({ listen }, wanted) => listen(wanted),
  }),
];

function statusOf({ node, facts }: CallContext): NodeStatus {
  const { table, keptPuts, inbox, relay, streams } = node.stats();
  return {
    ...{ nodeId: node.nodeIdHex, address: node.address, port: node.port, ...facts, peers: node.peers().map(peer) },
    ...{ contacts: table.contacts, values: table.values.values, keptPuts },
    ...{ messages: inbox.direct + inbox.relayed, relaying: relay.queued, streams: streams.open },
  };
}

async function mapOf(
  { node, signal, progress }: CallContext,
  { nodesmax }: { readonly nodesmax: number | null },
): Promise<MapAnswer> {
  let toldMs = 0;
  const map = await crawl(node, {
    signal,
    timeoutMs: MAP_MS_MAX,
    ...(nodesmax !== null && { nodesMax: nodesmax }),
    onProgress(now) {
      if (systemClock.now() - toldMs < PROGRESS_MS) return;
      toldMs = systemClock.now();
      progress(now);
    },
  });
  return { ...map, nodes: Object.fromEntries(map.nodes) };
}

async function watch(
  { node, folder, signal, progress }: CallContext,
  { intervalms, limit }: { readonly intervalms: number | null; readonly limit: number | null },
): Promise<void> {
  const options = { ...(intervalms !== null && { intervalMs: intervalms }), ...(limit !== null && { limit }) };
  for await (const saved of monitor(node, { ...options, signal, folder: join(folder, "datasets") })) {
    const { processed, ...notice } = saved;
    progress({ ...notice, nodes: Object.keys(processed).length } satisfies DatasetNotice);
  }
}
