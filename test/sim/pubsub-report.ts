/**
 * The figures of publish/subscribe, for people.
 *
 * @module
 */

import type { PubsubFigures, Share } from "./pubsub.ts";
import { rowsText } from "./report.ts";

/** The figures as a table. */
export function pubsubText(figures: PubsubFigures): string {
  const { requestsUntil, hops, ms, between } = figures;
  const rows: [string, string][] = [
    ["nodes", `${figures.nodes}, ${figures.old} of them originals`],
    ["datagrams lost", `${100 * figures.loss} %`],
    ["subscribers of a topic", `${figures.subscribers}`],
    ["a tenth replaced", figures.churnMinutes === 0 ? "-" : `in ${figures.churnMinutes} minutes`],
    ["events", `${figures.events} on ${figures.topics} topics`],
    ["delivered", shareText(figures)],
    ...Object.entries(between ?? {}).map(([name, share]): [string, string] => [`  ${name}`, shareText(share)]),
    ["again, to the wrong ones", `${figures.doubled}, ${figures.strays}`],
    ["requests until delivered", `${requestsUntil.p50}, p95 ${requestsUntil.p95}`],
    ["hops", `${hops.p50}, p95 ${hops.p95}`],
    ["virtual time", `${ms.p50} ms, p95 ${ms.p95} ms`],
    ["requests with an event", `${figures.requestsPerDelivery} a delivery, at most ${figures.requestsMax} an event`],
    ["datagrams of events", `${figures.datagramsPerDelivery} a delivery`],
    ["a subscription", `${figures.updates} requests of ${figures.updateBytes} bytes`],
    ["routing tables changed", `${figures.tablesChanged} by 200 subscriptions at once`],
    ["time", `${figures.wallS} s`],
    ["seed", `${figures.seed}`],
    ["digest", figures.digest],
  ];
  return rowsText(rows);
}

function shareText({ delivered, expected }: Share): string {
  const percent = expected === 0 ? "-" : `${Math.floor(10_000 * delivered / expected) / 100} %`;
  return `${delivered} of ${expected}, ${percent}`;
}
