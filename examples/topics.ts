/**
 * Events by topic: whoever has subscribed to a topic gets what others publish on it.
 *
 *     deno run -A examples/topics.ts
 *
 * @module
 */

import { storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

await using alice = await storjNode();
const bootstrap = [`127.0.0.1:${alice.port}`];
await using bob = await storjNode({ bootstrap });
await using carol = await storjNode({ bootstrap });

console.log("Giving nodes some time to find peers.");
const options = { timeoutMs: WALK_TIMEOUT_MS };
await Promise.all([alice.ready(options), bob.ready(options), carol.ready(options)]);

// Bob and Carol follow the weather as it comes; Alice looks later what there was.
const listeners = { Bob: bob.topic("weather"), Carol: carol.topic("weather") };
alice.subscribe("weather");

await alice.publish("weather", { city: "Riga", degrees: 4.5 });

for (const [name, events] of Object.entries(listeners)) {
  for await (const event of events) {
    const { city, degrees } = event as { city: string; degrees: number };
    console.log(`${name} hears of ${degrees} °C in ${city}`);
    break;
  }
}
console.log(`Events that wait for Alice: ${alice.events("weather").length}`);
