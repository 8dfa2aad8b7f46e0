import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Contact } from "../../src/kademlia/contact.ts";
import { DIVERSITY, diversityLimits } from "../../src/kademlia/diversity.ts";
import { extensionsOf, isRpcudp, strikesOf, tripOf } from "../../src/kademlia/record.ts";
import { FRESH_MS, RoutingTable } from "../../src/kademlia/routing-table.ts";
import { distance, isCloser, sharedBits, wordsOf } from "../../src/kademlia/words.ts";
import { check } from "../codec/seed.ts";
import { ManualClock } from "../host/manual-clock.ts";
import { contactOf, distanceOf, idOf, sortedByDistance } from "./make.ts";

const test = suite("routing table");

const OWN = idOf([0xa5, 0x3c]);

function makeTable(k = 4, clock = new ManualClock()): { table: RoutingTable; clock: ManualClock } {
  return { table: new RoutingTable(wordsOf(OWN), k, DIVERSITY, clock), clock };
}

function all(table: RoutingTable): Contact[] {
  const contacts: Contact[] = [];
  table.forEach((contact) => contacts.push(contact));
  return contacts;
}

/** Ids that often share many bits with the own one, so that tables get deep. */
const anyId = fc.tuple(fc.integer({ min: 0, max: 160 }), fc.uint8Array({ minLength: 20, maxLength: 20 })).map(
  ([bits, random]) =>
    random.map((byte, at) => {
      const own = Math.min(8, Math.max(0, bits - 8 * at));
      const mask = (0xff00 >> own) & 0xff;
      return (OWN[at] & mask) | (byte & ~mask);
    }),
);

const anyStep = fc.record({
  id: anyId,
  host: fc.integer({ min: 1, max: 60_000 }),
  does: fc.constantFrom("admit", "admit", "admit", "admit", "strike", "remove", "seen"),
});

test("the k closest are those that sorting finds, whatever was done before", () => {
  const cases = fc.record({
    k: fc.integer({ min: 1, max: 8 }),
    steps: fc.array(anyStep, { maxLength: 250 }),
    targets: fc.array(anyId, { minLength: 1, maxLength: 8 }),
    count: fc.integer({ min: 1, max: 30 }),
  });
  check("closest", cases, 400, ({ k, steps, targets, count }) => {
    const { table } = makeTable(k);
    let known: Contact[] = [];
    const same = (id: Uint8Array) => (other: Contact) => distanceOf(other.id, id) === 0n;
    for (const { id, host, does } of steps) {
      const found = known.find(same(id));
      const contact = found ?? contactOf(id, `10.1.${host >> 8}.${host & 255}`);
      if (does === "admit") {
        const admission = table.admit(contact, 1);
        if (admission === "added") known.push(contact);
        else if (found !== undefined) assert.is(admission, "known");
      } else if (does === "strike") {
        if (table.strike(contact)) known = known.filter((other) => other !== found);
      } else if (does === "remove") {
        table.remove(contact);
        known = known.filter((other) => other !== found);
      } else table.seen(contact, false);
    }
    assert.is(table.size, known.length);
    assert.is(all(table).length, known.length);
    for (const id of targets) {
      const expected = sortedByDistance(id, known).slice(0, count);
      assert.equal(table.closest(wordsOf(id), count), expected);
    }
    for (const [bucket, fill] of table.fills.entries()) {
      const shared = known.map((contact) => sharedBits(contact, table.own));
      const isLast = bucket === table.fills.length - 1;
      assert.is(fill, shared.filter((bits) => isLast ? bits >= bucket : bits === bucket).length);
      assert.ok(fill <= k);
    }
  });
});

test("words compare as the bytes do", () => {
  const id = fc.uint8Array({ minLength: 20, maxLength: 20 });
  const near = fc.tuple(id, fc.integer({ min: 0, max: 159 })).map(([bytes, bit]) => {
    const other = bytes.slice();
    other[bit >> 3] ^= 128 >> (bit & 7);
    return { bytes, other, bit };
  });
  check("words", fc.tuple(id, near, id), 1000, ([target, { bytes, other, bit }, third]) => {
    assert.is(sharedBits(wordsOf(bytes), wordsOf(other)), bit);
    assert.is(sharedBits(wordsOf(bytes), wordsOf(bytes)), 160);
    for (const [a, b] of [[bytes, other], [other, third], [bytes, bytes]]) {
      const [toA, toB] = [distanceOf(a, target), distanceOf(b, target)];
      assert.is(isCloser(wordsOf(target), wordsOf(a), wordsOf(b)), toA < toB);
      const part = Number(toA) / 2 ** 160;
      assert.ok(Math.abs(distance(wordsOf(target), wordsOf(a)) - part) <= part * 2 ** -31 + 2 ** -63);
    }
  });
});

test("a contact goes at its second strike in a row, and an answer in between takes the first one back", () => {
  const { table } = makeTable();
  const contact = contactOf(idOf([1]), "10.0.0.1");
  assert.is(table.admit(contact, 1), "added");
  assert.is(table.strike(contact), false);
  assert.is(table.admit(contact, 1), "known");
  assert.is(table.strike(contact), false);
  table.seen(contact, false);
  assert.is(table.strike(contact), true, "what it sends of itself is no answer");
  assert.is(table.size, 0);
  assert.is(table.strike(contact), false);
});

test("a full bucket names the contact seen least recently, once that is long ago, and one with a strike at once", () => {
  const { table, clock } = makeTable(2);
  const [first, second, third] = [1, 2, 3].map((last) => contactOf(idOf([last]), `10.0.0.${last}`));
  assert.is(table.admit(first, 1), "added");
  clock.advance(1000);
  assert.is(table.admit(second, 1), "added");
  assert.is(table.admit(third, 1), "full");
  assert.is(table.doubtful(third), null);
  clock.advance(FRESH_MS + 1);
  assert.is(table.doubtful(third), first);
  table.seen(first, false);
  assert.is(table.doubtful(third), second);
  table.admit(second, 1);
  assert.is(table.doubtful(third), null);
  table.strike(first);
  assert.is(table.doubtful(third), first);
});

test("an id with another address, and an address with another id, are told apart", () => {
  const { table } = makeTable();
  table.admit(contactOf(idOf([1]), "10.0.0.1"), 1);
  assert.is(table.admit(contactOf(idOf([1]), "10.0.0.2"), 1), "moved");
  assert.is(table.admit(contactOf(idOf([1]), "10.0.0.1", 5), 1), "moved");
  assert.is(table.admit(contactOf(idOf([2]), "10.0.0.1"), 1), "renamed");
  assert.is(table.admit(contactOf(idOf([2]), "10.0.0.1", 5), 1), "added");
  assert.is(table.admit(contactOf(OWN, "10.0.0.9"), 1), "own");
  assert.is(table.strike(contactOf(idOf([1]), "10.0.0.2")), false);
  assert.is(table.size, 2);
});

test("only the own path is split", () => {
  const { table } = makeTable(2);
  for (let last = 1; last <= 20; last++) table.admit(contactOf(idOf([0x20, last]), `10.0.0.${last}`), 1);
  assert.equal(table.fills, [2, 0]);
  for (let last = 1; last <= 20; last++) table.admit(contactOf(idOf([0xa5, 0x3c, last]), `10.0.1.${last}`), 1);
  assert.ok(table.fills.length > 16);
  assert.is(table.fills[0], 2);
});

test("two of a network in a bucket, but any number of private ones", () => {
  const { table } = makeTable(20);
  let number = 0;
  const far = (host: string) => contactOf(idOf([0x20, ++number]), host);
  for (let host = 1; host <= 10; host++) assert.is(table.admit(far(`192.168.0.${host}`), 1), "added");
  const outcomes = [1, 2, 3].map((host) => table.admit(far(`8.8.8.${host}`), 1));
  assert.equal(outcomes, ["added", "added", "crowded"]);
  assert.is(table.admit(far("8.8.9.1"), 1), "added");
  assert.is(table.admit(far("2001:db8:1:2::1"), 1), "added");
  assert.is(table.admit(far("2001:db8:1:ffff::2"), 1), "added");
  assert.is(table.admit(far("2001:db8:1::3"), 1), "crowded");
  assert.is(table.admit(far("2001:db8:2::3"), 1), "added");
  const open = new RoutingTable(wordsOf(OWN), 20, diversityLimits(false), new ManualClock());
  for (let host = 1; host <= 20; host++) assert.is(open.admit(far(`8.8.8.${host}`), 1), "added");
});

test("ten of a network in the table", () => {
  const { table } = makeTable(20);
  // 21 contacts in each bucket split off the next one.
  for (let bits = 0; bits < 8; bits++) {
    for (let host = 0; host < 3; host++) {
      const id = OWN.slice();
      id[bits >> 3] ^= 128 >> (bits & 7);
      id[19] = host + 1;
      table.admit(contactOf(id, `10.${bits}.0.${host + 1}`), 1);
    }
  }
  for (let host = 1; host <= 20; host++) {
    table.admit(contactOf(idOf([...OWN.subarray(0, 2), 0, host]), `10.99.0.${host}`), 1);
  }
  assert.ok(table.fills.length >= 9, `${table.fills}`);
  let added = 0;
  for (let bits = 0; bits < 8; bits++) {
    for (let host = 0; host < 2; host++) {
      const id = OWN.slice();
      id[bits >> 3] ^= 128 >> (bits & 7);
      id[18] = host + 1;
      if (table.admit(contactOf(id, `9.9.9.${2 * bits + host + 1}`), 1) === "added") added += 1;
    }
  }
  assert.is(added, 10);
});

test("what is known of a contact stays with it while others come and go", () => {
  const { table, clock } = makeTable(4);
  const contacts = [1, 2, 3].map((last) => contactOf(idOf([last]), `10.0.0.${last}`));
  for (const [index, contact] of contacts.entries()) table.admit(contact, 10 * (index + 1));
  for (const [index, contact] of contacts.entries()) {
    table.seen(contact, index === 2);
    table.setExtensions(contact, 0x80 | index);
    clock.advance(1000);
  }
  table.strike(contacts[2]);
  table.remove(contacts[0]);
  for (let last = 1; last <= 8; last++) table.admit(contactOf(idOf([0xa0, last]), `10.0.1.${last}`), 1);
  const seen = new Map<Contact, unknown>();
  table.forEach((contact, record) =>
    seen.set(contact, {
      ageMs: table.ageMs(contact),
      strikes: strikesOf(record),
      trip: tripOf(record),
      rpcudp: isRpcudp(record),
      extensions: extensionsOf(record),
    })
  );
  assert.equal(seen.get(contacts[1]), {
    ageMs: 2000,
    strikes: 0,
    trip: { meanMs: 20, deviationMs: 10 },
    rpcudp: false,
    extensions: 0x81,
  });
  assert.equal(seen.get(contacts[2]), {
    ageMs: 1000,
    strikes: 1,
    trip: { meanMs: 30, deviationMs: 15 },
    rpcudp: true,
    extensions: 0x82,
  });
  assert.is(table.record(contacts[0]), 0);
  assert.is(table.ageMs(contacts[0]), Infinity);
  assert.is(tripOf(table.record(contacts[1]))?.meanMs, 20);
});

test("ages stay right for months", () => {
  const { table, clock } = makeTable();
  table.admit(contactOf(idOf([1]), "10.0.0.1"), 1);
  let ageMs = 0;
  for (let day = 0; day < 100; day++) {
    clock.advance(24 * 3_600_000);
    table.holdAges();
    table.forEach((contact) => ageMs = table.ageMs(contact));
    assert.is(ageMs, Math.min((day + 1) * 24 * 3_600_000, 2 ** 31));
  }
});

test("contacts that found their bucket full wait, a few for each bucket, and the last one comes first", () => {
  const { table } = makeTable(2);
  const far = (last: number) => contactOf(idOf([0x01, last]), `10.0.0.${last}`);
  table.admit(far(1), 1);
  table.admit(far(2), 1);
  for (let last = 3; last <= 9; last++) {
    assert.is(table.admit(far(last), 1), "full");
    table.keepWaiting(far(last));
  }
  table.keepWaiting(far(8));
  const order = Array.from({ length: 5 }, () => table.nextWaiting(far(1))?.id[1]);
  assert.equal(order, [8, 9, 7, 6, undefined]);
  assert.is(table.nextWaiting(contactOf(idOf([0xa5, 1]), "10.0.0.1")), null);
  for (let bits = 1; bits < 60; bits++) {
    const id = OWN.slice();
    id[bits >> 3] ^= 128 >> (bits & 7);
    table.keepWaiting(contactOf(id, `10.1.0.${bits}`));
  }
  let left = 0;
  for (let bits = 1; bits < 60; bits++) {
    const id = OWN.slice();
    id[bits >> 3] ^= 128 >> (bits & 7);
    if (table.nextWaiting(contactOf(id, "10.2.0.1")) !== null) left += 1;
  }
  assert.ok(left >= 32, `${left}`);
});

test.run();
