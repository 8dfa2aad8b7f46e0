import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SeededRandom } from "../../../src/host/sim/mod.ts";
import type { Contact } from "../../../src/kademlia/contact.ts";
import { ContactPool } from "../../../src/kademlia/values/contact-pool.ts";
import { spread, type Spreading, type SpreadOptions } from "../../../src/kademlia/values/spread.ts";
import { survey } from "../../../src/kademlia/values/survey.ts";
import { keyText } from "../../../src/kademlia/values/values.ts";
import { type Words, wordsOf } from "../../../src/kademlia/words.ts";
import { check, seed } from "../../codec/seed.ts";
import { contactOf, idOf, sortedByDistance } from "../make.ts";
import { Model } from "./model.ts";

const test = suite("kademlia survey");

/** Ids that share few or many bits. */
const id: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 20, maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 2 }).map((beginning) => idOf(beginning)),
);

test("a pool finds the nearest, each id once and with its latest address", () => {
  const parts = fc.array(fc.array(id, { maxLength: 30 }), { maxLength: 4 });
  check(
    "pool against sorting",
    fc.record({ parts, key: id, count: fc.integer({ min: 1, max: 30 }) }),
    1000,
    (input) => {
      const pool = new ContactPool();
      const latest = new Map<string, Contact>();
      for (const [part, ids] of input.parts.entries()) {
        const contacts = ids.map((one) => contactOf(one, `10.0.0.${part + 1}`));
        pool.add(contacts);
        for (const contact of contacts) latest.set(keyText(contact.id), contact);
        const found = pool.nearest(wordsOf(input.key), input.count);
        const expected = sortedByDistance(input.key, [...latest.values()]).slice(0, input.count);
        assert.equal(found.map(({ id, ip }) => [keyText(id), ip]), expected.map(({ id, ip }) => [keyText(id), ip]));
        assert.is(pool.size, latest.size);
      }
    },
  );
});

/** Surveys keys from one node of a model, and compares what it finds with the truth. */
function surveyed(model: Model, keys: readonly Uint8Array[], parallel: number): { lookups: number; exact: number } {
  const sorted = [...keys].sort((a, b) => keyText(a) < keyText(b) ? -1 : 1);
  const words: Words[] = sorted.map(wordsOf);
  let result: { lookups: number; exact: number } | null = null;
  const [node] = model.nodes;
  survey(node, words, {
    parallel,
    settle: (pool, lookups) => {
      let exact = 0;
      for (const [index, key] of sorted.entries()) {
        const truth = new Set(model.nearest(key, node).map(({ id }) => keyText(id)));
        for (const { id } of pool.nearest(words[index], model.k)) if (truth.has(keyText(id))) exact++;
      }
      result = { lookups, exact: exact / (sorted.length * Math.min(model.k, model.nodes.length - 1)) };
    },
  });
  model.network.runSync();
  assert.ok(result, "the survey has an end");
  return result;
}

test("10,000 keys need 3 lookups for k nodes at most, and their nearest nodes are all found", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  for (const [count, parallel] of [[1000, 1], [1000, 4], [300, 4]]) {
    const model = new Model(seed, count);
    const keys = Array.from({ length: 10_000 }, () => model.network.random.bytes(20));
    const { lookups, exact } = surveyed(model, keys, parallel);
    console.log(
      `  ${count} nodes, ${parallel} lookups at a time: ${lookups} lookups, ${exact} of the nearest nodes found`,
    );
    assert.ok(lookups <= 3 * count / model.k, `${lookups} lookups`);
    assert.is(exact, 1);
  }
});

test("a thousand keys among a thousand nodes are nearly all exact; a few keys need no more than a lookup each", () => {
  const model = new Model(seed, 1000);
  const many = surveyed(model, Array.from({ length: 1000 }, () => model.network.random.bytes(20)), 4);
  assert.ok(many.lookups <= 3 * 1000 / model.k, `${many.lookups} lookups`);
  assert.ok(many.exact > 0.999, `${many.exact} of the nearest nodes were found`);
  const few = surveyed(model, Array.from({ length: 5 }, () => model.network.random.bytes(20)), 4);
  assert.is(few.exact, 1);
  assert.ok(few.lookups <= 5);
});

test("keys of the own region need one lookup, or one more for the region beside it", () => {
  const model = new Model(seed, 1000);
  const random = new SeededRandom(seed);
  const own = model.nodes[0].contact.id;
  const keys = Array.from({ length: 200 }, () => {
    const key = random.bytes(20);
    key[0] = own[0];
    return key;
  });
  const { lookups, exact } = surveyed(model, keys, 1);
  console.log(`  ${lookups} lookups, ${exact} of the nearest nodes found`);
  assert.ok(lookups <= 2);
  assert.ok(exact > 0.98);
});

test("a network of fewer than k nodes needs one lookup", () => {
  const model = new Model(seed, 12);
  const keys = Array.from({ length: 500 }, () => model.network.random.bytes(20));
  assert.equal(surveyed(model, keys, 4), { lookups: 1, exact: 1 });
});

test("a survey that is given up begins nothing more and says nothing", () => {
  const model = new Model(seed, 200);
  const keys = Array.from({ length: 500 }, () => model.network.random.bytes(20));
  keys.sort((a, b) => keyText(a) < keyText(b) ? -1 : 1);
  const cancel = survey(model.nodes[0], keys.map(wordsOf), { parallel: 4, settle: () => assert.unreachable() });
  model.pass(1000);
  const { lookups } = model;
  assert.ok(lookups > 1);
  cancel();
  model.network.runSync();
  assert.is(model.lookups, lookups);
});

interface Sent {
  readonly index: number;
  readonly to: Contact;
  readonly settle: (stored: boolean | null) => void;
  cancelled: boolean;
}

/** Spreads values by hand. */
function spreading(options: Partial<SpreadOptions> & Pick<SpreadOptions, "count" | "targets">) {
  const sent: Sent[] = [];
  const done: [number, Spreading | null][] = [];
  let ends = 0;
  const { start, cancel } = spread({
    inFlight: 4,
    send: (index, to, settle) => {
      const request: Sent = { index, to, settle, cancelled: false };
      sent.push(request);
      return () => request.cancelled = true;
    },
    done: (index, result) => done.push([index, result && { ...result }]),
    end: () => ends++,
    ...options,
  });
  start();
  return { sent, done, cancel, ends: () => ends };
}

const contacts = Array.from({ length: 30 }, (_, index) => contactOf(idOf([index]), `10.0.0.${index + 1}`));

test("silent nodes are replaced by the next nearest, those that refuse are not", () => {
  const { sent, done, ends } = spreading({ count: 1, targets: () => ({ want: 3, nearest: contacts.slice(0, 5) }) });
  assert.equal(sent.map(({ to }) => to.ip), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  sent[0].settle(null);
  assert.equal(sent.map(({ to }) => to.ip).slice(3), ["10.0.0.4"]);
  sent[1].settle(false);
  sent[2].settle(true);
  assert.is(sent.length, 4);
  sent[3].settle(null);
  sent[4].settle(null);
  assert.is(sent.length, 5, "there is nobody left");
  const [[index, result]] = done;
  assert.equal([done.length, index, result?.stored, result?.refused, result?.silent], [1, 0, 1, 1, 3]);
  assert.is(ends(), 1);
});

test("no more requests are under way than may be, and a value whose turn comes late may need none", () => {
  const needless = new Set([2, 3]);
  const { sent, done, ends } = spreading({
    count: 5,
    targets: (index) => needless.has(index) ? null : { want: 3, nearest: contacts },
  });
  for (let at = 0; at < 9; at++) {
    assert.ok(sent.length - at <= 4, `${sent.length - at} under way`);
    sent[at].settle(true);
  }
  assert.equal(sent.map(({ index }) => index), [0, 0, 0, 1, 1, 1, 4, 4, 4]);
  assert.equal(done.map(([index, result]) => [index, result?.stored]).sort(), [[0, 3], [1, 3], [2, undefined], [
    3,
    undefined,
  ], [4, 3]]);
  assert.is(ends(), 1);
});

test("with nobody to store at, nothing is stored and nothing waits", () => {
  const { done, ends } = spreading({ count: 2, targets: () => ({ want: 20, nearest: [] }) });
  assert.equal(done, [[0, { stored: 0, refused: 0, silent: 0 }], [1, { stored: 0, refused: 0, silent: 0 }]]);
  assert.is(ends(), 1);
});

test("what is given up sends nothing more", () => {
  const { sent, done, cancel, ends } = spreading({ count: 5, targets: () => ({ want: 3, nearest: contacts }) });
  sent[0].settle(true);
  cancel();
  assert.is(sent.filter(({ cancelled }) => cancelled).length, 4);
  assert.is(sent.length, 5);
  assert.equal([done.length, ends()], [0, 0]);
});

test("every value gets as many nodes as it wants, whoever is silent", () => {
  const run = fc.record({
    want: fc.integer({ min: 1, max: 5 }),
    answers: fc.array(fc.constantFrom(true, false, null), { maxLength: 200 }),
    inFlight: fc.integer({ min: 1, max: 7 }),
  });
  check("spreading", run, 500, ({ want, answers, inFlight }) => {
    const { sent, done, ends } = spreading({
      count: 8,
      inFlight,
      targets: () => ({ want, nearest: contacts.slice(0, want + 3) }),
    });
    const given: (boolean | null)[] = [];
    for (let at = 0; at < sent.length; at++) {
      assert.ok(sent.length - at <= inFlight);
      sent[at].settle(given[at] = answers[at] === undefined ? true : answers[at]);
    }
    assert.is(ends(), 1);
    assert.equal(done.map(([index]) => index).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [index, result] of done) {
      const own = given.filter((_, at) => sent[at].index === index);
      const silent = own.filter((answer) => answer === null).length;
      assert.is(own.length, want + Math.min(silent, 3));
      assert.equal([result!.stored, result!.silent], [own.filter((answer) => answer === true).length, silent]);
    }
  });
});

test.run();
