import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { arbitraryText } from "../../../codec/arbitrary/random.ts";
import { CodecError, formatHex, parseHex } from "../../../codec/mod.ts";
import { formatBase64, parseBase64 } from "../../../codec/protocols/astral/base64.ts";
import {
  createFilter,
  createFilters,
  decodeDatagram,
  type Filter,
  filterBits,
  filterHas,
  type FilterKey,
  filterKeyBytes,
  type FilterLayout,
  filterParams,
  filterPositions,
  type Filters,
  FILTERS_DEPTH_MAX,
  FILTERS_TEXT_MAX,
  filterUnion,
  filterWith,
  formatFilters,
  type IncomingRequest,
  isFilterKey,
  layoutOf,
  parseFilters,
  sameFilter,
  sameSizes,
} from "../../../codec/protocols/storj/mod.ts";
import { pick } from "../../../codec/arbitrary/random.ts";
import { check } from "../../codec/seed.ts";
import { assertRefused } from "../../codec/table.ts";
import { fixture } from "../../fixture.ts";
import { recordedCases, recordedFilters } from "./recorded.ts";

interface Vectors {
  params: [layout: FilterLayout, capacity: number, errorRate: string, sliceCount: number, sliceBits: number][];
  positions: {
    layout: FilterLayout;
    capacity: number;
    errorRate: string;
    kind: "text" | "bytes" | "int" | "big" | "none" | "bool" | "float";
    key: string;
    positions: number[];
  }[];
  texts: {
    layout: FilterLayout;
    capacity: number;
    errorRate: string;
    levels: string[][];
    text: string;
    union: string;
  }[];
}

const vectors = fixture("storj-filter-vectors.json") as Vectors;

function float(hex: string): number {
  return new DataView(parseHex(hex).buffer).getFloat64(0);
}

function keyOf(kind: Vectors["positions"][number]["kind"], key: string): FilterKey {
  switch (kind) {
    case "text":
      return key;
    case "bytes":
      return parseHex(key);
    case "int":
      return Number(key);
    case "big":
      return BigInt(key);
    case "none":
      return null;
    case "bool":
      return key === "True";
    case "float":
      return float(key);
  }
}

const test = suite("storj: filters");

test("sizes are pybloom's in both layouts", () => {
  assert.ok(vectors.params.length > 1500);
  for (const [layout, capacity, rate, sliceCount, sliceBits] of vectors.params) {
    const params = filterParams({ capacity, errorRate: float(rate), layout });
    assert.equal(
      [params.sliceCount, params.sliceBits],
      [sliceCount, sliceBits],
      `${layout} ${capacity} ${float(rate)}`,
    );
    const found = layoutOf(params)!;
    const alike = filterParams({ capacity, errorRate: float(rate), layout: found }).sliceBits === sliceBits;
    assert.ok(found === layout || alike, "the layout is found, or one that is the same here");
  }
});

test("keys have the bits that pybloom gives them", () => {
  assert.ok(vectors.positions.length > 500);
  for (const { layout, capacity, errorRate, kind, key, positions } of vectors.positions) {
    const params = filterParams({ capacity, errorRate: float(errorRate), layout });
    assert.equal(filterPositions(params, keyOf(kind, key)), positions, `${kind} ${key} of ${capacity}`);
  }
});

test("recorded sizes and bits of the original program", () => {
  assert.is(recordedFilters.length, 10);
  for (const { name, bps, slices, hashes, bits } of recordedFilters) {
    const capacity = Number(/cap(?:acity|=)(\d+)/.exec(name)?.[1] ?? 512);
    const errorRate = Number(/er=(.+)/.exec(name)?.[1] ?? 0.001);
    const params = filterParams({ capacity, errorRate });
    assert.equal([params.sliceCount, params.sliceBits], [slices, bps], name);
    if (bits !== undefined) assert.is(filterBits(params), bits);
    assert.equal(filterPositions(params, "hello"), hashes, name);
  }
});

test("chunks of eight bytes for slices of 2^31 bits and more", () => {
  const params = { errorRate: 0.001, sliceCount: 10, sliceBits: 2 ** 31, capacity: 1 };
  // SHA-512 has eight numbers of eight bytes; the remainder of 2^31 is what is left of their lowest four.
  const wide = filterPositions(params, "hello");
  const narrow = filterPositions({ ...params, sliceBits: 2 ** 31 - 1, sliceCount: 20 }, "hello");
  assert.is(wide.length, 10);
  assert.ok(wide.every((position) => position >= 0 && position < 2 ** 31));
  assert.is(narrow.length, 20);
  const other = filterPositions({ ...params, sliceBits: 2 ** 31 + 1 }, "hello");
  assert.ok(other.some((position, index) => position !== wide[index]));
});

test("texts are pybloom's to the byte, and so are unions", () => {
  assert.is(vectors.texts[0].text.length, 7623);
  for (const { layout, capacity, errorRate, levels, text, union } of vectors.texts) {
    const empty = createFilter({ capacity, errorRate: float(errorRate), layout });
    const filters = levels.map((keys) => filterWith(empty, keys));
    assert.is(formatFilters(filters), text);
    const parsed = parseFilters(text);
    assert.is(formatFilters(parsed), text);
    assert.ok(
      parsed.every((filter, level) => sameFilter(filter, filters[level]) && filter.count === filters[level].count),
    );
    for (const [level, keys] of levels.entries()) for (const key of keys) assert.ok(filterHas(parsed[level], key));
    const united = filters.reduce((left, right) => filterUnion(left, right), empty);
    assert.is(united.count, 0);
    assert.is(formatFilters([united]), union);
    assert.is(layoutOf(parsed[0]), layoutOf(empty));
  }
});

test("the recorded filters and the recorded update", () => {
  const small = recordedFilters.find(({ json }) => json !== undefined)!;
  const [filter] = parseFilters(small.json!);
  assert.equal([filter.capacity, filter.sliceBits, filter.count], [1, 3, 1]);
  assert.is(formatFilters([filter]), small.json);
  assert.equal(filterPositions(filter, "hello"), small.hashes);
  assert.ok(filterHas(filter, "hello"));
  assert.ok(sameFilter(filter, filterWith(createFilter({ capacity: 1 }), ["hello"])));
  const { request } = recordedCases.find(({ name }) => name.startsWith("quasar_update"))!;
  const { args } = decodeDatagram(parseHex(request!)) as IncomingRequest<"quasar_update">;
  const filters = parseFilters(args.filters);
  assert.is(filters.length, 1);
  assert.is(filters[0].count, 1);
  assert.is(formatFilters(filters), args.filters);
  assert.ok(sameSizes(filters[0], filterParams()));
});

test("keys as Python 2 has them", () => {
  const text = (key: FilterKey) => new TextDecoder().decode(filterKeyBytes(key));
  assert.equal([5, -7, 2 ** 53, 1e21, 0.1 + 0.2, -0, 1.5, true, null].map(text), [
    "5",
    "-7",
    "9.00719925474e+15",
    "1e+21",
    "0.3",
    "-0.0",
    "1.5",
    "True",
    "None",
  ]);
  assert.throws(() => filterKeyBytes("\ud800"), TypeError);
  assert.throws(() => filterKeyBytes([1] as unknown as FilterKey), TypeError);
  assert.throws(() => filterKeyBytes(undefined as unknown as FilterKey), TypeError);
  assert.equal([[1], {}, "a", "\udc00", 1n, new Uint8Array()].map((key) => isFilterKey(key)), [
    false,
    false,
    true,
    false,
    true,
    true,
  ]);
});

test("adding: what is in it is not counted, one more than the capacity fits, and then none", () => {
  const empty = createFilter({ capacity: 8 });
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
  const twice = filterWith(filterWith(empty, ["a"]), ["a", "a"]);
  assert.is(twice.count, 1);
  assert.is(empty.count, 0);
  assert.ok(empty.bits.every((byte) => byte === 0), "the filter itself is left as it is");
  const full = filterWith(empty, keys.slice(0, 9));
  assert.is(full.count, 9);
  assertRefused(() => filterWith(full, ["one more"]), ["limit", "", -1], "a full filter");
  assert.ok(sameFilter(filterWith(full, ["key 3"]), full), "what is in it is no key more");
  assert.ok(sameFilter(filterWith(empty, keys, { full: "leaveOut" }), full));
});

test("filters of other sizes have no union", () => {
  const one = createFilter();
  for (const options of [{ capacity: 511 }, { errorRate: 0.002 }, { layout: "2.0" as const }]) {
    const other = createFilter(options);
    assert.not(sameSizes(one, other));
    assert.not(sameFilter(one, other));
    assertRefused(() => filterUnion(one, other), ["refused", "", -1], JSON.stringify(options));
  }
});

test("options that make no filter", () => {
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 53, 1e9]) assert.throws(() => createFilter({ capacity }), RangeError);
  for (const errorRate of [0, 1, -0.1, NaN, 2]) assert.throws(() => createFilter({ errorRate }), RangeError);
  for (const depth of [0, 17, 1.5]) assert.throws(() => createFilters({ depth }), RangeError);
  assert.is(createFilters().length, 3);
  assert.is(formatFilters(createFilters()).length, 7623);
});

/** The text of one level with its header or bits changed. */
function changed({ header, bits }: { header?: (view: DataView) => void; bits?: Uint8Array }): string {
  const [[head, [order, text, count]]] = JSON.parse(formatFilters([createFilter({ capacity: 1 })]));
  const headerBytes = parseBase64(head);
  header?.(new DataView(headerBytes.buffer));
  return JSON.stringify([[formatBase64(headerBytes), [order, bits === undefined ? text : formatBase64(bits), count]]]);
}

test("texts that are no filters", () => {
  const good = formatFilters(createFilters({ capacity: 1, depth: 2 }));
  assert.is(formatFilters(parseFilters(good.replaceAll(" ", " \n\t"))), good, "white space is JSON's");
  const refused = (text: string, code: CodecError["code"], path: string) =>
    assertRefused(() => parseFilters(text), [code, path, -1], text.slice(0, 80));
  for (const text of ["", "[", "null", "{}", "[]", '"x"', "1", "[".repeat(60_000)]) refused(text, "json", "");
  refused(" ".repeat(FILTERS_TEXT_MAX + 1), "limit", "");
  refused(formatFilters(new Array(FILTERS_DEPTH_MAX + 1).fill(createFilter({ capacity: 1 }))), "limit", "");
  const [level] = JSON.parse(good);
  const withLevel = (wrong: unknown) => JSON.stringify([level, wrong]);
  for (const wrong of [null, {}, [], [level[0]], [level[0], level[1], 1], [1, level[1]], [level[0], "x"]]) {
    refused(withLevel(wrong), "json", "[1]");
  }
  const [, bits] = level;
  for (
    const wrong of [["big", bits[1], 30], ["little", bits[1]], ["little", 5, 30], ["little", bits[1], "30"], [
      ...bits,
      1,
    ]]
  ) {
    refused(withLevel([level[0], wrong]), "json", "[1].bits");
  }
  refused(withLevel([level[0].replace("=", "-"), bits]), "syntax", "[1].header");
  refused(withLevel([level[0].slice(4), bits]), "length", "[1].header");
  refused(withLevel([level[0], ["little", `${bits[1]} `, 30]]), "syntax", "[1].bits");
  refused(withLevel([level[0], ["little", bits[1], 31]]), "length", "[1].bits");
  refused(withLevel([level[0], ["little", bits[1], 30.5]]), "length", "[1].bits");
  refused(changed({ bits: new Uint8Array(5) }), "length", "[0].bits");
  refused(changed({ bits: Uint8Array.of(0, 0, 0, 0x40) }), "refused", "[0].bits");
  refused(changed({ header: (view) => view.setFloat64(0, NaN, true) }), "refused", "[0].header");
  refused(changed({ header: (view) => view.setFloat64(0, 0, true) }), "refused", "[0].header");
  refused(changed({ header: (view) => view.setFloat64(0, 0.002, true) }), "refused", "[0].header");
  for (const offset of [8, 16, 24]) {
    refused(changed({ header: (view) => view.setUint32(offset, 4, true) }), "refused", "[0].header");
    refused(changed({ header: (view) => view.setUint32(offset, 0, true) }), "refused", "[0].header");
    refused(changed({ header: (view) => view.setUint32(offset + 4, 0xffffffff, true) }), "range", "[0].header");
  }
  refused(changed({ header: (view) => view.setUint32(32, 3, true) }), "refused", "[0].header");
  assert.is(parseFilters(changed({ header: (view) => view.setUint32(32, 2, true) }))[0].count, 2);
  const other = formatFilters([createFilter({ capacity: 1 }), createFilter({ capacity: 2 })]);
  refused(other, "refused", "[1]");
});

test("sizes that would take much memory are refused before anything is made", () => {
  const huge = { errorRate: 0.001, ...{ capacity: 100_000_000, sliceCount: 10, sliceBits: 287_551_752, count: 0 } };
  const params = {
    ...huge,
    sliceBits: Math.ceil(2 * huge.capacity * Math.abs(Math.log(0.001)) / (10 * Math.log(2) ** 2)),
  };
  const text = formatFilters([{ ...params, bits: new Uint8Array(4) } as Filter]);
  assertRefused(() => parseFilters(text), ["limit", "[0].header", -1], "a filter of 360 MB");
});

test("whatever is added is found, through text and union", () => {
  const cases = chosen((choose) => ({
    options: {
      capacity: 1 + choose(60),
      errorRate: pick(choose, [0.001, 0.1, 0.5, 1e-6, 1e-9]),
      layout: pick(choose, ["1.1", "2.0"] as const),
      depth: 1 + choose(3),
    },
    keys: Array.from({ length: choose(30) }, () => arbitraryText(choose, choose(12))),
  }));
  check("filters", cases, 150, ({ options, keys }) => {
    const empty = createFilters(options);
    const half = keys.length >> 1;
    const [left, right] = [keys.slice(0, half), keys.slice(half)]
      .map((some) => filterWith(empty[0], some, { full: "leaveOut" }));
    const united = filterUnion(left, right);
    const filters: Filters = parseFilters(formatFilters([left, right, united]));
    for (const key of keys.slice(0, options.capacity + 1).slice(0, half)) assert.ok(filterHas(filters[0], key));
    for (const key of keys) {
      if (filterHas(left, key) || filterHas(right, key)) assert.ok(filterHas(filters[2], key));
    }
    assert.ok(sameFilter(filterUnion(united, left), united));
    assert.is(formatHex(filterUnion(right, left).bits), formatHex(united.bits));
  });
});

test("broken texts are refused with a CodecError, or read as they are", () => {
  const text = formatFilters(filterWithLevels());
  const cases = chosen((choose) => {
    const at = choose(text.length - 1);
    const inserted = pick(choose, ["", "A", "=", '"', "[", "]", "9", ",", "\\", "\ud800", " "]);
    return text.slice(0, at) + inserted + text.slice(at + choose(2));
  });
  check("broken filters", cases, 2000, (broken) => {
    let filters;
    try {
      filters = parseFilters(broken);
    } catch (error) {
      assert.instance(error, CodecError);
      return;
    }
    assert.equal(JSON.parse(formatFilters(filters)), JSON.parse(broken));
  });
});

function filterWithLevels(): Filters {
  const empty = createFilter({ capacity: 3, errorRate: 0.1 });
  return [filterWith(empty, ["a", "b"]), filterWith(empty, ["c"])];
}

test.run();
