import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runHostile } from "../../tasks/faults-hostile.ts";
import { systemClock } from "../../src/host/mod.ts";
import { memoryStore } from "../../src/store/mod.ts";
import { EventHub } from "../../src/event-hub.ts";
import { OfferBook } from "../../src/warpdrive/offers/offer-book.ts";
import { OFFER_LIMITS } from "../../src/warpdrive/offers/offer-room.ts";
import { seed } from "../codec/seed.ts";

const test = suite("warpdrive hostile offers");

/** `npm run faults -- hostile` sends 10,000. */
const OFFERS = 600;

test("hostile offers change nothing outside of the download folder, and the service works on", async () => {
  console.log(`  hostile offers: WARPWIRE_SEED=${seed}`);
  const { answers, stored } = await runHostile({ seed, offers: OFFERS, onCollision: "rename" });
  assert.ok(answers["0"] > 0 && answers.closed > 0, JSON.stringify(answers));
  assert.ok(stored.awaiting > 0 && stored.failed > 0, JSON.stringify(stored));
});

test("offers that come and go while nobody reads the events take no memory", async () => {
  const book = new OfferBook(await memoryStore(), systemClock, OFFER_LIMITS);
  const events = book.events.subscribe();
  for (let n = 0; n < 100; n++) {
    const offer = { incoming: true, peer: "mallory", id: `${n}`, addresses: [], files: [] };
    const { key } = await book.add(offer);
    if (n < 99) await book.remove(key);
  }
  const { value } = await events.next();
  assert.equal([value!.kind, value!.offer.id], ["added", "99"]);
  events.end();
});

test("subscriptions that have ended leave nothing with the signal that could have ended them", () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  const feed = new EventHub<string>();
  for (let n = 0; n < 100; n++) feed.subscribe(signal).end();
  assert.equal([listeners, feed.size], [0, 0]);
  feed.subscribe(signal);
  assert.equal([listeners, feed.size], [1, 1]);
});

test.run();
