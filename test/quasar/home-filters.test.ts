import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  createFilter,
  createFilters,
  type Filter,
  filterHas,
  type FilterKey,
  filterParams,
  type Filters,
  FilterSum,
  filterUnion,
  filterWith,
  formatFilters,
  parseFilters,
} from "../../codec/protocols/storj/mod.ts";
import { HomeFilters, type Told } from "../../src/quasar/home-filters.ts";
import { NeighbourFilters } from "../../src/quasar/neighbour-filters.ts";
import { check } from "../codec/seed.ts";

const test = suite("quasar: own filters and those of neighbours");

const params = filterParams();
const id = (byte: number) => new Uint8Array(20).fill(byte);
const options = { capacity: 512, errorRate: 0.001 };

/** Filters with keys in each level. */
function filtersOf(levels: readonly (readonly FilterKey[])[], layout: "1.1" | "2.0" = "1.1"): Filters {
  return levels.map((keys) => filterWith(createFilter({ ...options, layout }), keys));
}

/** What the own filters have to be, by the functions that change nothing. */
function byHand(keys: readonly FilterKey[], neighbours: readonly Filters[], depth = 3): Filters {
  const levels: Filter[] = [filterWith(createFilter(options), keys)];
  for (let level = 1; level < depth; level++) {
    levels.push(neighbours.reduce((union, other) => {
      return other[level - 1] === undefined ? union : filterUnion(union, other[level - 1]);
    }, createFilter(options)));
  }
  return levels;
}

function sameAll(a: Filters, b: Filters): void {
  assert.is(formatFilters(a), formatFilters(b));
}

test("levels are what the functions of the codec make of the same", () => {
  const home = new HomeFilters(params, 3, id(1));
  sameAll(home.filters, byHand([id(1)], []));
  for (const topic of ["news", 5, "weather"]) home.add(String(topic), topic);
  const near = [filtersOf([[id(2), "a"], [id(3), "b"], ["c"]]), filtersOf([[id(4)]]), filtersOf([["d"], [id(5)]])];
  assert.equal(home.rebuild(near.map((filters) => NeighbourFilters.of(filters)), -1), ["none", "set", "set"]);
  sameAll(home.filters, byHand([id(1), "news", 5, "weather"], near));
  assert.is(home.text(), formatFilters(home.filters));
  assert.is(home.text().length, 7623, "the standard three levels");
  sameAll(parseFilters(home.text()), home.filters);
  home.delete("5");
  assert.not(filterHas(home.filters[0], 5));
  assert.is(home.text(), formatFilters(home.filters));
  assert.equal(home.rebuild([NeighbourFilters.of(near[1])], -1), ["none", "cleared", "cleared"]);
  assert.equal(home.rebuild([], 2), ["none", "cleared", "none"], "only the level that was asked for");
  sameAll(home.filters, byHand([id(1), "news", "weather"], []));
});

test("the own id stays, also when somebody subscribes to it and ends that", () => {
  const home = new HomeFilters(params, 3, id(1));
  home.add("own", id(1));
  assert.is(home.filters[0].count, 1);
  home.delete("own");
  assert.ok(filterHas(home.filters[0], id(1)));
});

test("a level that would be full leaves out, and says how many", () => {
  const small = filterParams({ capacity: 16 });
  const home = new HomeFilters(small, 3, id(1));
  for (let topic = 0; topic < 20; topic++) home.add(`${topic}`, `topic ${topic}`);
  assert.equal([home.filters[0].count, home.leftOut], [17, 4], "as pybloom, one key more than the capacity");
  for (let topic = 0; topic < 20; topic++) home.delete(`${topic}`);
  assert.is(home.leftOut, 0);
  const crowd = Array.from({ length: 12 }, (_, index) => {
    const keys = Array.from({ length: 6 }, (_, key) => `${index} ${key}`);
    return NeighbourFilters.of([filterWith(createFilter({ capacity: 16 }), keys)]);
  });
  home.rebuild(crowd, -1);
  const bitCount = small.sliceCount * small.sliceBits;
  const ones = (filter: Filter) =>
    filter.bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  assert.ok(ones(home.filters[1]) <= bitCount / 2, "half of the bits is what the error rate is made for");
  assert.ok(ones(home.filters[1]) > bitCount / 3);
  assert.ok(home.leftOut > 3 && home.leftOut < 9, `${home.leftOut} of 12 are left out`);
  const isIn = (index: number) => filterHas(home.filters[1], `${index} 0`) && filterHas(home.filters[1], `${index} 5`);
  assert.ok(isIn(0) && isIn(1), "the first ones are in");
  home.rebuild(crowd.slice(0, 2), -1);
  assert.is(home.leftOut, 0);
});

test("changes and all bits lead to the same copy, whatever is lost, comes twice or late", () => {
  const steps = fc.array(
    fc.record({
      own: fc.option(fc.integer({ min: 0, max: 40 })),
      near: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 4 }),
      fate: fc.constantFrom("arrives", "arrives", "arrives", "lost", "unanswered", "twice", "late"),
    }),
    { minLength: 1, maxLength: 30 },
  );
  check("updates", fc.tuple(steps, fc.constantFrom(Infinity, 0, 7)), 300, ([sequence, lastMax]) => {
    const home = new HomeFilters(params, 3, id(1));
    const own = new Set<number>();
    let copy: NeighbourFilters | null = null;
    let told: Told | null = null;
    let late: (() => void)[] = [];
    for (const { own: topic, near, fate } of sequence) {
      if (topic !== null) {
        if (own.delete(topic)) home.delete(`${topic}`);
        else home.add(`${topic}`, own.add(topic) && topic);
      }
      home.rebuild(near.map((key) => NeighbourFilters.of(filtersOf([[key], [`far ${key}`]]))), -1);
      for (let tries = 0; tries < 4; tries++) {
        const { told: version, ...telling } = home.telling(told, lastMax);
        const update = { nodeId: id(1), wanted: true, ...telling, sizes: telling.from === null ? params : null };
        const deliver = (): boolean => {
          if (update.from === null) copy = NeighbourFilters.whole(update, params);
          else if (copy === null || copy.apply(update) === null) return false;
          return copy !== null;
        };
        if (fate === "lost") break;
        if (fate === "late") {
          late.push(deliver);
          break;
        }
        const isTaken = deliver();
        if (fate === "twice") deliver();
        if (fate === "unanswered") break;
        told = isTaken ? version : null;
        if (isTaken) break;
      }
      if (fate === "arrives") sameBits(copy!, home, lastMax === Infinity ? 3 : 2);
      if (fate === "arrives" || fate === "twice") {
        // What was under way comes after that; it cannot make the copy anything that the home has not been.
        const before: NeighbourFilters | null = copy;
        for (const deliver of late) deliver();
        late = [];
        if (copy !== before) told = null;
      }
    }
  });
});

test("who was told too long ago gets all bits", () => {
  const home = new HomeFilters(params, 3, id(1));
  const { everything } = home;
  const lengths = (told: Told) => home.telling(told, Infinity).levels.map(({ length }) => length);
  assert.equal(lengths(everything), [0, 0, 0]);
  for (let topic = 0; topic < 700; topic++) {
    home.add("one", topic);
    home.delete("one");
  }
  assert.is(home.telling(everything, Infinity).from, null);
  const later = home.everything;
  home.add("one", "news");
  assert.ok(home.hasMoreThan(later));
  home.delete("one");
  assert.ok(home.telling(later, Infinity).from !== null);
  assert.equal(lengths(later), [0, 0, 0], "nothing is left of it");
});

test("of the last level only so much goes along as there is room for, and the rest comes in its order", () => {
  const home = new HomeFilters(params, 3, id(1));
  const whole = home.telling(null, 0);
  const copy = NeighbourFilters.whole({ nodeId: id(1), wanted: true, ...whole, sizes: params }, params)!;
  home.rebuild([NeighbourFilters.of(filtersOf([["a"], ["b", "c", "d", "e"]]))], -1);
  let { told } = whole;
  for (const expected of [12, 24, 36, 40]) {
    assert.ok(home.hasMoreThan(told));
    const telling = home.telling(told, 12);
    assert.is(copy.apply({ nodeId: id(1), wanted: true, ...telling, sizes: null }), told === whole.told ? 6 : 4);
    told = telling.told;
    assert.equal(told.counts.slice(1), [10, expected]);
  }
  assert.not(home.hasMoreThan(told));
  sameBits(copy, home);
});

test("updates that contradict themselves are not taken", () => {
  const home = new HomeFilters(params, 3, id(1));
  const whole = { nodeId: id(1), wanted: true, ...home.telling(null, 0), sizes: params };
  const none = (levels: number) => ({
    to: new FilterSum().bytes(),
    levels: Array.from({ length: levels }, () => new Uint8Array(0)),
  });
  assert.is(NeighbourFilters.whole({ ...whole, ...none(16) }, params)?.levels.length, 16);
  assert.is(NeighbourFilters.whole({ ...whole, ...none(17) }, params), null, "more levels than any text may have");
  const copy = NeighbourFilters.whole(whole, params)!;
  assert.is(NeighbourFilters.whole({ ...whole, to: new Uint8Array(8) }, params), null);
  assert.is(NeighbourFilters.whole({ ...whole, levels: [] }, params), null);
  assert.is(
    NeighbourFilters.whole({ ...whole, levels: new Array<Uint8Array>(17).fill(new Uint8Array(0)) }, params),
    null,
  );
  home.add("news", "news");
  const update = { ...whole, ...home.telling(whole.told, Infinity) };
  assert.is(copy.apply({ ...update, to: new Uint8Array(8).fill(1) }), null, "another end");
  assert.is(copy.apply({ ...update, from: new Uint8Array(8).fill(1) }), null, "of something else");
  assert.is(copy.apply({ ...update, levels: update.levels.slice(0, 2) }), null, "of fewer levels");
  assert.is(NeighbourFilters.of(createFilters()).apply(update), null, "of filters that came as a text");
  assert.not(filterHas(copy.filters[0], "news"), "and nothing was changed");
  assert.is(copy.apply(update), 1);
  assert.is(copy.apply(update), 0, "it is there already");
  sameBits(copy, home);
});

function sameBits(copy: NeighbourFilters, home: HomeFilters, depth = 3): void {
  for (let level = 0; level < depth; level++) {
    assert.equal(copy.filters[level].bits, home.filters[level].bits, `level ${level}`);
  }
}

test.run();
