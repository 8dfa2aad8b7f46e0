import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../codec/mod.ts";
import { FILTERS, requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { type ServiceOffers, warpdriveClient } from "../../src/warpdrive/mod.ts";
import { EventHub } from "../../src/event-hub.ts";
import { SessionReader } from "../../src/warpdrive/client/session-reader.ts";
import { IDS, Nodes, stage, write } from "./nodes.ts";

const test = suite("warpdrive subscriptions");
const { A, B } = IDS;
const [port] = unified.ports;

test("a subscriber that does not read has one item for each subject, the newest", async () => {
  const feed = new EventHub<string>();
  const subscription = feed.subscribe();
  for (let n = 0; n < 1000; n++) feed.publish(`subject ${n % 3}`, `item ${n}`);
  const items = [];
  for (let n = 0; n < 3; n++) items.push((await subscription.next()).value);
  assert.equal(items, ["item 999", "item 997", "item 998"]);
  const waiting = subscription.next();
  feed.publish("another", "late");
  assert.equal(await waiting, { done: false, value: "late" });
});

test("a subscription ends with its signal, with its loop, and with the feed", async () => {
  const feed = new EventHub<number>();
  const controller = new AbortController();
  const bySignal = feed.subscribe(controller.signal).next();
  const byFeed = feed.subscribe();
  feed.publish("a", 1);
  for await (const item of feed.subscribe(AbortSignal.abort())) assert.unreachable(String(item));
  assert.is(feed.size, 2);
  controller.abort();
  assert.is((await bySignal).done, false);
  for await (const item of byFeed) {
    assert.is(item, 1);
    break;
  }
  assert.is(feed.size, 0);
  const last = feed.subscribe();
  feed.end();
  assert.is((await last.next()).done, true);
});

test("new offers and their states are reported at once, by direction", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "a" });
  const controller = new AbortController();
  const { signal } = controller;
  const offers = b.client.listenOffers("incoming", { signal });
  const states = b.client.listenStatus("all", { signal });
  const outgoing = b.client.listenOffers("outgoing", { signal });
  const [nextOffer, nextState, nextOutgoing] = [offers.next(), states.next(), outgoing.next()];
  await subscribed(b.service.offers, 3);
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  assert.is((await nextOffer).value!.Id, offerId);
  assert.equal([(await nextState).value!.Id, (await nextState).value!.Status], [offerId, "awaiting"]);
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { Status } of states) {
      seen.push(Status);
      if (Status === "completed") return;
    }
  })();
  await b.client.acceptOffer(offerId);
  await watching;
  assert.is(seen[0], "accepted");
  controller.abort();
  assert.is((await nextOutgoing).done, true);
});

test("what happens is watched from the state of now on, with everything that a bar needs", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "12345" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  const watched = b.client.watchOffers("incoming");
  const { value: first } = await watched.next();
  assert.equal([first!.Id, first!.Status, first!.Bytes, first!.Done, first!.Count, first!.Name, first!.Peer], [
    offerId,
    "awaiting",
    5,
    0,
    1,
    "a.txt",
    A,
  ]);
  await b.client.acceptFrom(A, offerId.slice(0, 8));
  for await (const { Status, Done } of watched) if (Status === "completed" && Done === 5) break;
  assert.equal((await b.client.listSummaries("incoming")).map(({ Status, Done }) => [Status, Done]), [[
    "completed",
    5,
  ]]);
  assert.equal(await b.client.listSummaries("outgoing"), []);
});

test("a subscriber that stops reading stops nobody, and gets the newest states when it reads again", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B, { limits: { offersPerPeerMax: 5000, offersMax: 5000 } });
  const stalled = await b.host.openStream({ peerId: B }, port.name);
  await stalled.write(encode(requestSchema(port), { command: "listenOffers", filter: FILTERS.all }));
  const quick = b.client.listenOffers("incoming");
  const first = quick.next();
  await subscribed(b.service.offers, 2);
  const sender = warpdriveClient({ host: await nodes.host(A), peer: { peerId: B } });
  // Ten times as much as the stream to the stalled subscriber takes.
  await b.service.peers.setAlias(A, "a");
  const files = Array.from({ length: 40 }, (_, n) => {
    return { Uri: `${n}${"x".repeat(200)}`, Path: "", Size: 0, IsDir: false, Perm: 0, Mime: "", Name: "a" };
  });
  const count = 330;
  for (let n = 0; n < count; n++) await sender.sendOffer(`offer ${n}`, files);
  const ids = new Set([(await first).value!.Id]);
  for await (const { Id } of quick) if (ids.add(Id).size === count) break;
  assert.is(b.service.offers.list("incoming").length, count);
  const reader = new SessionReader(stalled, b.host.clock);
  const { events } = port.commands.find(({ name }) => name === "listenOffers")!;
  const { offer } = await reader.message(events!, { bytesMax: 1e6 }) as { offer: { Id: string } };
  assert.is(offer.Id, "offer 0");
  await stalled.close();
});

test("a subscription is ended by any byte, and the session goes on", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "a.txt": "a" });
  const stream = await b.host.openStream({ peerId: B }, port.name);
  const reader = new SessionReader(stream, b.host.clock);
  await stream.write(encode(requestSchema(port), { command: "listenStatus", filter: FILTERS.incoming }));
  const { offerId } = await a.client.createOffer(B, `${a.sources}/a.txt`);
  await stage(b, "incoming", offerId, "awaiting");
  await stream.write(Uint8Array.of(0x2a, 0xc8, 9));
  let last: number | null = 0;
  // Reports that were on their way come first.
  for (let byte = await reader.byte(); byte !== null; byte = await reader.byte()) {
    last = byte;
    if (byte === 9) break;
  }
  assert.is(last, 9);
  await stream.write(Uint8Array.of(0));
  assert.is(await reader.byte(), 0);
  assert.is(await reader.byte(), null);
});

/** Waits until a service has so many subscribers. */
async function subscribed(offers: ServiceOffers, count: number): Promise<void> {
  for (let turn = 0; turn < 100_000 && offers.subscribers < count; turn++) {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  assert.is(offers.subscribers, count);
}

test.run();
