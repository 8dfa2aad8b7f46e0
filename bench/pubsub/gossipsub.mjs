/**
 * gossipsub of libp2p, as it is by default, over its memory transport: nothing is encrypted or signed, as ours.
 *
 * @module
 */

import "./with-resolvers.mjs";
import { gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { memory } from "@libp2p/memory";
import { plaintext } from "@libp2p/plaintext";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../frames/random.mjs";

const SEED = 9;
const POLL_MS = 50;
/** What is counted, by the name that gossipsub has for it. */
const COUNTED = {
  gossipsub_rpc_sent_message_total: "events",
  gossipsub_rpc_sent_count_total: "messages",
  gossipsub_rpc_sent_bytes_total: "bytes",
};
const sent = { events: 0, messages: 0, bytes: 0 };

/** Where gossipsub keeps its figures: most of them are left alone. */
const METRICS = {
  gauge: ({ name }) => counter(COUNTED[name]),
  histogram: () => counter(),
  avgMinMax: () => counter(),
};

/** @type {import("./work.mjs").System} */
export const system = { start, sent: () => ({ ...sent }) };

async function start(count, connections) {
  const nodes = [];
  for (let n = 0; n < count; n++) nodes.push(await startNode(n));
  for (const [a, b] of pairsOf(count, connections)) {
    await nodes[a].dial(nodes[b].getMultiaddrs());
  }
  const connected = ({ services: { pubsub } }) => pubsub.getPeers().length === connections;
  while (!nodes.every(connected)) await pause(POLL_MS);
  return nodes.map(({ services: { pubsub } }) => nodeOf(pubsub));
}

function startNode(n) {
  return createLibp2p({
    addresses: { listen: [`/memory/${n}`] },
    transports: [memory()],
    connectionEncrypters: [plaintext()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: Infinity },
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: "StrictNoSign",
        allowPublishToZeroTopicPeers: true,
        metricsRegister: METRICS,
        metricsTopicStrToLabel: new Map(),
      }),
    },
  });
}

/** @returns {import("./work.mjs").Node} */
function nodeOf(pubsub) {
  const [texts, bytes] = [new TextDecoder(), new TextEncoder()];
  const receivers = new Map();
  pubsub.addEventListener(
    "message",
    ({ detail: { topic, data } }) => receivers.get(topic)?.(texts.decode(data)),
  );
  return {
    subscribe(topic, received) {
      receivers.set(topic, received);
      pubsub.subscribe(topic);
    },
    async publish(topic, event) {
      await pubsub.publish(topic, bytes.encode(event));
    },
  };
}

/** Random pairs, so that each node is in the same number of them: as many times as that, all nodes go in pairs. */
function pairsOf(count, connections) {
  const random = seededRandom(SEED);
  const pairs = new Map();
  for (let turn = 0; turn < connections;) {
    const order = random.shuffle([...Array(count).keys()]);
    const drawn = Array.from(
      { length: count / 2 },
      (_, n) => order.slice(2 * n, 2 * n + 2).sort((a, b) => a - b),
    );
    if (drawn.some((pair) => pairs.has(String(pair)))) continue;
    for (const pair of drawn) pairs.set(String(pair), pair);
    turn++;
  }
  return [...pairs.values()];
}

function counter(kind) {
  const count = kind === undefined ? () => {} : (by = 1) => sent[kind] += by;
  return {
    inc: count,
    set() {},
    observe() {},
    addCollect() {},
    startTimer: () => () => {},
    reset() {},
  };
}
