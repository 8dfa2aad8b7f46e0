import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Clock } from "../../src/host/mod.ts";
import { memoryStore } from "../../src/store/mod.ts";
import { WarpdriveError } from "../../src/warpdrive/mod.ts";
import { offerKey, statusDocument } from "../../src/warpdrive/offers/offer.ts";
import type { StoredFile } from "../../src/warpdrive/offers/offered-file.ts";
import { OfferBook, type OfferEvent } from "../../src/warpdrive/offers/offer-book.ts";
import { OFFER_LIMITS } from "../../src/warpdrive/offers/offer-room.ts";
import { PeerBook } from "../../src/warpdrive/peer-book.ts";

const test = suite("warpdrive books");

/** A clock that is set by hand. */
class HandClock implements Clock {
  nowMs = 1000;
  readonly timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  now(): number {
    return this.nowMs;
  }

  setTimer(delayMs: number, run: () => void) {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.timers.add(timer);
    return { clear: () => void this.timers.delete(timer) };
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const timer of [...this.timers]) {
      if (timer.atMs > this.nowMs) continue;
      this.timers.delete(timer);
      timer.run();
    }
  }
}

const FILE: StoredFile = { Uri: "a", Path: "a", Size: 10, IsDir: false, Perm: 420, Mime: "", Name: "a" };

async function bookOf(store = memoryStore()) {
  const clock = new HandClock();
  const book = new OfferBook(await store, clock, OFFER_LIMITS);
  await book.open();
  return { clock, book, store: await store };
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WarpdriveError) return error.code;
    throw error;
  }
  return "nothing";
}

test("keys of different offers differ, whatever stands in them", () => {
  const keys = [
    offerKey(true, "a", "b c"),
    offerKey(true, "a b", "c"),
    offerKey(false, "a", "b c"),
    offerKey(true, "a", ""),
  ];
  assert.is(new Set(keys).size, keys.length);
});

test("the entries of an offer that is accepted at once are the same whenever they are asked for", async () => {
  const { book } = await bookOf();
  for (const files of [[FILE, { ...FILE, Uri: "b" }], [], null]) {
    const id = String(files?.length);
    const { key } = await book.add({ incoming: true, peer: "p", id, addresses: [], files, stage: "accepted" });
    for (let time = 0; time < 3; time++) assert.equal(await book.files(key), files);
    await book.remove(key);
    assert.is(await book.files(key), null);
  }
  const { key } = await book.add({
    incoming: true,
    peer: "p",
    id: "1",
    addresses: [],
    files: [FILE],
    stage: "accepted",
  });
  await book.remove(key);
  assert.is(await book.files(key), null);
});

test("offers are the same when they are read again, and interrupted uploads have failed", async () => {
  const { book, clock, store } = await bookOf();
  const [incoming, outgoing] = [
    await book.add({ incoming: true, peer: "p", id: "1", addresses: ["tcp:x"], files: [FILE] }),
    await book.add({ incoming: false, peer: "p", id: "1", addresses: [], files: null }),
  ];
  clock.pass(5);
  await book.update(incoming.key, { stage: "completed", index: 1, done: 10 }, ["a (2)"]);
  await book.update(outgoing.key, { stage: "accepted" });
  const again = new OfferBook(store, clock, OFFER_LIMITS);
  await again.open();
  assert.equal(again.list(true), book.list(true));
  assert.equal([again.get(outgoing.key)!.stage, again.get(outgoing.key)!.reason], ["failed", "interrupted"]);
  assert.equal(await again.files(incoming.key), [FILE]);
  assert.is(await again.files(outgoing.key), null);
  assert.equal(await again.targets(incoming.key), ["a (2)"]);
});

test("progress is told at once, then at most once a second, and the newest in the end", async () => {
  const { book, clock } = await bookOf();
  const { key } = await book.add({ incoming: true, peer: "p", id: "1", addresses: [], files: [FILE] });
  const told: number[] = [];
  const events = book.events.subscribe();
  const drain = async () => {
    book.events.publish("end", { kind: "removed", offer: { ...book.get(key)!, id: "end" } });
    for (let item = (await events.next()).value as OfferEvent; item.offer.id !== "end";) {
      told.push(item.offer.done);
      item = (await events.next()).value as OfferEvent;
    }
  };
  const fail = (error: unknown) => assert.unreachable(String(error));
  for (let done = 1; done <= 50; done++) {
    book.progress(key, { index: 0, progress: done, done }, fail);
    await drain();
    clock.pass(100);
    await drain();
  }
  clock.pass(1000);
  await drain();
  assert.equal(told, [1, 10, 20, 30, 40, 50]);
  assert.is(clock.timers.size, 0);
  book.progress(key, { index: 0, progress: 51, done: 51 }, fail);
  book.progress(key, { index: 0, progress: 52, done: 52 }, fail);
  book.close();
  assert.is(clock.timers.size, 0);
  assert.equal([statusDocument(book.get(key)!).Status, book.get(key)!.done], ["updated", 52]);
});

test("an id may be shortened, unless more than one offer is meant", async () => {
  const { book } = await bookOf();
  for (const [peer, id] of [["p", "abcd1"], ["p", "abcd2"], ["q", "abcd1"], ["p", "xyz123"], ["p", "abcd"]]) {
    await book.add({ incoming: true, peer, id, addresses: [], files: [] });
  }
  assert.is(book.find(true, "xyz1").id, "xyz123");
  assert.is(book.find(true, "abcd").id, "abcd");
  assert.is(book.find(true, "abcd1", "q").peer, "q");
  assert.is(code(() => book.find(true, "abcd1")), "ambiguous");
  assert.is(code(() => book.find(true, "xyz")), "unknown-offer");
  assert.is(code(() => book.find(false, "xyz123")), "unknown-offer");
});

test("an offer that is hidden does not show until it is revealed", async () => {
  const { book } = await bookOf();
  const { key } = await book.add({ incoming: false, peer: "p", id: "1", addresses: [], files: [] }, true);
  assert.equal([book.list().length, book.get(key)!.id], [0, "1"]);
  book.reveal(key);
  assert.is(book.list().length, 1);
  await book.remove(key);
  assert.equal([book.list(), book.get(key)], [[], undefined]);
});

test("peers are kept, and found by alias and beginning", async () => {
  const store = await memoryStore();
  const peers = new PeerBook(store);
  await peers.update("02aaaa", { alias: "anna", mod: "trust" });
  await peers.update("02aabb", { alias: "anne" });
  await peers.update("02cccc", { mod: "whatever", addresses: ["tcp:192.0.2.7:4001"] });
  const again = new PeerBook(store);
  await again.open();
  assert.equal(again.list(), peers.list());
  assert.equal(["02aaaa", "02aabb", "02cccc", "?"].map((id) => again.rule(id)), ["trust", "ask", "ask", "ask"]);
  assert.equal(["anna", "02aab", "02cccc", "02dddd", "unheard"].map((text) => again.resolve(text, ["02ddddee"])), [
    "02aaaa",
    "02aabb",
    "02cccc",
    "02ddddee",
    "unheard",
  ]);
  assert.is(code(() => again.resolve("ann")), "ambiguous");
  assert.is(code(() => again.resolve("02aa")), "ambiguous");
  assert.is(code(() => again.resolve("")), "unknown-peer");
  const long = await again.update("x".repeat(256), {}).catch((error) => error);
  assert.is(long.code, "limit");
  const many = await again.update("02cccc", { addresses: Array(9).fill("tcp:192.0.2.7:4001") }).catch((error) => error);
  assert.is(many.code, "limit");
});

test("a name that two peers have means neither", async () => {
  const peers = new PeerBook(await memoryStore());
  await peers.update("02aaaa", { alias: "anna" });
  assert.equal([peers.named("anna"), peers.named(""), peers.named("ann")], ["02aaaa", null, null]);
  await peers.update("02bbbb", { alias: "anna" });
  assert.is(peers.named("anna"), null);
});

test.run();
