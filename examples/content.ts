/**
 * Events by content: who subscribes says which events it wants, and who publishes says nothing but the event.
 *
 *     deno run -A examples/content.ts
 *
 * @module
 */

import { storjNode, WALK_TIMEOUT_MS } from "warpwire/storj";

// What offers are: their fields, and by which of them they are looked for.
const offers = {
  application: "Second-hand books",
  title: "Offers",
  uuid: "8f14e45f",
  fields: {
    title: { type: "object" },
    used: { type: "boolean" },
    price: { type: "number", minimum: 0, maximum: 200, resolution: 20 },
  },
  indexes: [["used", "price"]],
};

await using alice = await storjNode({ key: "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc" });
await using bob = await storjNode({ bootstrap: [`127.0.0.1:${alice.port}`] });

console.log("Giving nodes some time to find peers.");
const options = { timeoutMs: WALK_TIMEOUT_MS };
await Promise.all([alice.ready(options), bob.ready(options)]);

// Alice wants used books for 25 or less.
const wanted = alice.content(offers, { subscription: { used: [true], price: [0, 25] } });

// The schema comes with the first event, and is known then.
await bob.publishEvent({ title: "Emma", used: true, price: 120 }, { schema: offers });
await bob.publishEvent({ title: "Persuasion", used: false, price: 20 });
await bob.publishEvent({ title: "Mansfield Park", used: true, price: 27.5 });
await bob.publishEvent({ title: "Sanditon", used: true, price: 12.5 });

for await (const { title, price } of wanted) {
  console.log(`${title} costs ${price}`);
  break;
}
