import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeRoom, OFFER_LIMITS } from "../../src/warpdrive/offers/offer-room.ts";

const test = suite("warpdrive room for offers");

type Offers = Parameters<typeof makeRoom>[1];
type Offer = Offers[number];

let made = 0;
/** An offer of a peer; those whose names begin with an s are strangers. */
function offer(peer: string, more: Partial<Offer>): Offer {
  const number = ++made;
  const plain = {
    incoming: true,
    stage: "awaiting",
    index: -1,
    count: 1,
    listBytes: 1,
    createdMs: number,
    updatedMs: number,
  };
  return { ...plain, id: String(number), key: `${peer} ${number}`, peer, ...more } as Offer;
}
const isStranger = (peer: string) => peer.startsWith("s");

/** What makes room, by peer. */
function room(next: Offer, there: Offers, limits: Partial<typeof OFFER_LIMITS>): string[] {
  return makeRoom(next, there, { ...OFFER_LIMITS, ...limits }, isStranger).map(({ peer }) => peer);
}

test("the entries of all offers have a sum, beyond which those that are over make room", () => {
  const there = [offer("a", { stage: "completed", count: 3 }), offer("b", { stage: "completed", count: 3 })];
  assert.equal(room(offer("c", { count: 4 }), there, { entriesTotalMax: 10 }), []);
  assert.is(room(offer("c", { count: 5 }), there, { entriesTotalMax: 10 }).length, 1);
});

test("the lists of all strangers have a sum, beyond which they make room for each other", () => {
  const there = [offer("s1", { listBytes: 4 }), offer("s2", { listBytes: 4 }), offer("a", { listBytes: 100 })];
  assert.equal(room(offer("s3", { listBytes: 2 }), there, { strangersBytesMax: 10 }), []);
  const removed = room(offer("s3", { listBytes: 4 }), there, { strangersBytesMax: 10 });
  assert.ok(removed.length === 1 && removed[0] !== "a", `${removed}`);
});

test.run();
