/**
 * `npm run sim -- --pubsub`: publish/subscribe in a simulated network, with virtual time, real filters and real datagrams.
 *
 *     npm run sim -- --pubsub                                 50 nodes, 200 topics with one subscriber each, 1 % lost
 *     npm run sim -- --pubsub --nodes 200 --subscribers half  half of the nodes subscribe; also 1, 2, …, all
 *     npm run sim -- --pubsub --topics 40 --loss 0.05         an event on each of so many topics; more is lost
 *     npm run sim -- --pubsub --churn 10                      a tenth of the nodes is replaced within 10 minutes
 *     npm run sim -- --pubsub --old 10                        ten of the nodes do it as the originals did
 *     npm run sim -- --pubsub --nodes 50 --old 50             all of them, with filters of --old-depth levels
 *     npm run sim -- --pubsub --seed 2 --json                 another run; the figures as one line of JSON
 *     npm run sim -- --pubsub --record "50 nodes"             keeps the figures of docs/pubsub.md, with a chart
 *
 * A run in which too little is delivered, or anything twice, prints its seed and ends with status 1.
 *
 * @module
 */

import { PUBSUB, type PubsubFigures, type PubsubScenario, PubsubSimulation } from "../test/sim/pubsub.ts";
import { pubsubText } from "../test/sim/pubsub-report.ts";
import { type NumberTexts, shareOption, wholeOf } from "./numbers.ts";
import { PUBSUB_CHART, record } from "./sim-chart.ts";

/** The share that must be delivered: to the only subscriber of a topic, to others, and while nodes are replaced. */
const DELIVERED = { one: 0.995, more: 0.99, churn: 0.98 };
/** Requests with an event for each delivery: to the only subscriber of a topic, and to others. */
const REQUESTS_MAX = { one: 15, more: 20 };
/** Requests until an event is delivered to the only subscriber, in the middle. */
const REQUESTS_UNTIL_MAX = 4;
/** Bytes of a request that tells of a subscription. */
const UPDATE_BYTES_MAX = 250;

/** Simulates, prints what came of it, and returns the status. */
export async function simPubsub(options: NumberTexts): Promise<number> {
  const scenario = scenarioOf(options);
  try {
    const figures = await new PubsubSimulation(scenario).run();
    console.log(options.json === true ? JSON.stringify(figures) : pubsubText(figures));
    if (typeof options.record === "string") record(PUBSUB_CHART, options.record, figures);
    const faults = faultsOf(figures);
    if (faults.length === 0) return 0;
    console.error(`Seed ${scenario.seed}: ${faults.join("; ")}`);
  } catch (error) {
    console.error(`Seed ${scenario.seed}:`, error);
  }
  return 1;
}

/** What is not as it should be. Nothing is expected of originals. */
function faultsOf(figures: PubsubFigures): string[] {
  const { between, churnMinutes, subscribers, requestsPerDelivery, nodes, old } = figures;
  if (old === nodes) return [];
  const { expected, delivered } = between?.oursToOurs ?? figures;
  const kind = subscribers === 1 ? "one" : "more";
  const least = churnMinutes > 0 ? DELIVERED.churn : old > 0 ? DELIVERED.more : DELIVERED[kind];
  const faults: [boolean, string][] = [
    [delivered < least * expected, `${delivered} of ${expected} were delivered`],
    [figures.doubled + figures.strays > 0, `${figures.doubled} came again, ${figures.strays} to the wrong ones`],
    [figures.tablesChanged > 0, `${figures.tablesChanged} routing tables are not the same`],
  ];
  if (old === 0 && churnMinutes === 0) {
    faults.push(
      [requestsPerDelivery > REQUESTS_MAX[kind], `${requestsPerDelivery} requests for each delivery`],
      [kind === "one" && figures.requestsUntil.p50 > REQUESTS_UNTIL_MAX, `${figures.requestsUntil.p50} until it`],
      [figures.updates > nodes, `${figures.updates} requests for a subscription`],
      [figures.updateBytes > UPDATE_BYTES_MAX, `of ${figures.updateBytes} bytes`],
    );
  }
  return faults.filter(([isFault]) => isFault).map(([, text]) => text);
}

function scenarioOf(options: NumberTexts): PubsubScenario {
  return {
    nodes: wholeOf(options, "nodes", PUBSUB.nodes),
    loss: shareOption(options, "loss", PUBSUB.loss),
    subscribers: subscribersOf(options),
    topics: wholeOf(options, "topics", PUBSUB.topics),
    churnMinutes: wholeOf(options, "churn", PUBSUB.churnMinutes),
    old: wholeOf(options, "old", PUBSUB.old),
    oldDepth: wholeOf(options, "old-depth", PUBSUB.oldDepth),
    seed: wholeOf(options, "seed", PUBSUB.seed),
  };
}

function subscribersOf(options: NumberTexts): PubsubScenario["subscribers"] {
  const { subscribers } = options;
  return subscribers === "half" || subscribers === "all" ? subscribers : wholeOf(options, "subscribers", 1);
}
