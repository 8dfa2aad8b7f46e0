import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeMsgpack, Packed, str } from "../../../codec/msgpack/mod.ts";
import {
  isStored,
  type StoreOutcome,
  VALUE_LIMITS,
  type ValueLimits,
} from "../../../src/kademlia/values/value-limits.ts";
import { keyOf, keyText, sourceOf, ValueMap, type ValueMapOptions } from "../../../src/kademlia/values/values.ts";
import { check } from "../../codec/seed.ts";
import { ManualClock } from "../../host/manual-clock.ts";

const test = suite("kademlia values");
const HOUR_MS = 3_600_000;
const LIFE_MS = 604_800_000;

function keyNumber(number: number): Uint8Array {
  const key = new Uint8Array(20);
  new DataView(key.buffer).setUint32(16, number);
  return key;
}

function text(value: string): Packed {
  return new Packed(encodeMsgpack(str, value));
}

function make(options: Omit<ValueMapOptions, "now"> = {}): { clock: ManualClock; values: ValueMap } {
  const clock = new ManualClock();
  return { clock, values: new ValueMap({ now: () => clock.now(), ...options }) };
}

const stranger = { source: "10.0.0.1" };

test("a value is there until its last millisecond", () => {
  const { clock, values } = make();
  assert.is(values.store(keyNumber(1), text("a"), stranger), "new");
  clock.advance(LIFE_MS - 1);
  assert.equal(values.get(keyNumber(1)), text("a"));
  clock.advance(1);
  assert.is(values.get(keyNumber(1)), null);
  assert.equal([values.count, values.bytes, values.stats().expired, values.stats().sources], [0, 0, 1, 0]);
});

test("what is kept is a copy of what came in a datagram", () => {
  const { values } = make();
  for (const each of [text("a"), text("x".repeat(200))]) {
    const wanted = each.bytes.slice();
    const datagram = Uint8Array.of(9, 9, ...wanted, 9);
    values.store(keyNumber(1), new Packed(datagram.subarray(2, 2 + wanted.length)), stranger);
    datagram.fill(0);
    const { bytes } = values.get(keyNumber(1))!;
    assert.equal(bytes, wanted);
    assert.is(bytes.buffer.byteLength, wanted.length);
  }
});

test("a text of 8,116 bytes is kept, one of 8,117 is not", () => {
  const { values } = make();
  assert.is(values.store(keyNumber(1), text("x".repeat(8116)), stranger), "new");
  assert.is(values.store(keyNumber(1), text("x".repeat(8117)), stranger), "too-large");
  assert.is(values.get(keyNumber(1))!.bytes.length, VALUE_LIMITS.valueBytesMax);
});

test("nil counts as no value, and takes the place of one", () => {
  const { values } = make();
  values.store(keyNumber(1), text("a"), stranger);
  assert.is(values.store(keyNumber(1), new Packed(Uint8Array.of(0xc0)), stranger), "replaced");
  assert.is(values.get(keyNumber(1)), null);
});

test("being passed on with its age keeps no value alive, a user's putting it again does", () => {
  const { clock, values } = make();
  values.store(keyNumber(1), text("a"), stranger);
  const endMs = clock.now() + LIFE_MS;
  // Each republisher says an age that is too young by the time a message takes.
  for (let hour = 1; hour < 168; hour++) {
    clock.advance(HOUR_MS);
    const ageMs = clock.now() - values.held(keyText(keyNumber(1)))!.firstMs - 5000;
    assert.is(values.store(keyNumber(1), text("a"), { ...stranger, ageMs }), "kept");
  }
  clock.advance(endMs - clock.now() - 1);
  assert.ok(values.get(keyNumber(1)));
  clock.advance(1);
  assert.is(values.get(keyNumber(1)), null);

  values.store(keyNumber(1), text("a"), stranger);
  clock.advance(LIFE_MS - 1);
  assert.is(values.store(keyNumber(1), text("a"), stranger), "renewed");
  clock.advance(LIFE_MS - 1);
  assert.ok(values.get(keyNumber(1)));
});

test("a value that comes with its age has only the rest of its life", () => {
  const { clock, values } = make();
  assert.is(values.store(keyNumber(1), text("a"), { ...stranger, ageMs: LIFE_MS - HOUR_MS }), "new");
  assert.is(values.store(keyNumber(2), text("a"), { ...stranger, ageMs: LIFE_MS }), "expired");
  assert.is(values.store(keyNumber(2), text("a"), { ...stranger, ageMs: NaN }), "expired");
  assert.is(values.store(keyNumber(3), text("a"), { ...stranger, ageMs: -HOUR_MS }), "new");
  clock.advance(HOUR_MS);
  assert.is(values.get(keyNumber(1)), null);
  clock.advance(LIFE_MS - HOUR_MS);
  assert.is(values.get(keyNumber(3)), null, "an age below zero makes it live no longer");
});

test("an older value does not take the place of a newer one, and a newer age spreads", () => {
  const { clock, values } = make();
  clock.advance(10 * HOUR_MS);
  values.store(keyNumber(1), text("new"), { ...stranger, ageMs: HOUR_MS });
  assert.is(values.store(keyNumber(1), text("old"), { ...stranger, ageMs: 2 * HOUR_MS }), "older");
  assert.is(values.store(keyNumber(1), text("newer"), { ...stranger, ageMs: HOUR_MS / 2 }), "replaced");
  assert.is(values.store(keyNumber(1), text("newer"), { ...stranger, ageMs: 0 }), "renewed");
  assert.is(values.held(keyText(keyNumber(1)))!.firstMs, clock.now());
});

test("full means no, and nothing that is kept is lost", () => {
  const { values } = make({ limits: { valuesMax: 10, bytesMax: 1000 } });
  for (let index = 0; index < 10; index++) {
    assert.is(values.store(keyNumber(1000 + index), text("a"), { source: `10.0.0.${index}` }), "new");
  }
  assert.is(values.store(keyNumber(0), text("a"), { source: "10.0.1.0" }), "full");
  assert.is(values.store(keyNumber(1000), text("b"), { source: "10.0.1.0" }), "replaced");
  assert.is(values.store(keyNumber(1001), text("a".repeat(990)), { source: "10.0.1.0" }), "full");
  assert.equal(values.get(keyNumber(1001)), text("a"));
  assert.is(values.count, 10);
  assert.not(isStored("full"));
});

test("what nearer nodes keep makes room, oldest first, and only as much as is needed", () => {
  const { values } = make({ limits: { valuesMax: 3 } });
  for (const number of [1, 2, 3]) values.store(keyNumber(number), text("a"), stranger);
  values.giveUp(keyText(keyNumber(3)), true);
  values.giveUp(keyText(keyNumber(1)), true);
  values.giveUp(keyText(keyNumber(1)), false);
  assert.is(values.store(keyNumber(4), text("a"), { source: "" }), "new");
  assert.equal([1, 2, 3, 4].filter((number) => values.get(keyNumber(number)) !== null), [1, 2, 4]);
  assert.is(values.store(keyNumber(5), text("a"), { source: "" }), "full");
  values.giveUp(keyText(keyNumber(2)), true);
  values.store(keyNumber(2), text("a"), stranger);
  assert.is(values.store(keyNumber(5), text("a"), { source: "" }), "full", "stored anew, it counts as needed again");
  assert.is(values.stats().dropped, 1);
});

test("values that have ended make room before anything else does", () => {
  const { clock, values } = make({ limits: { valuesMax: 2 } });
  values.store(keyNumber(1), text("a"), stranger);
  clock.advance(HOUR_MS);
  values.store(keyNumber(2), text("a"), stranger);
  values.giveUp(keyText(keyNumber(2)), true);
  clock.advance(LIFE_MS - HOUR_MS);
  assert.is(values.store(keyNumber(3), text("a"), stranger), "new");
  assert.ok(values.get(keyNumber(2)));
});

test("one source fills a quarter, and what it has overwritten counts for it", () => {
  const { values } = make({ limits: { sourceValuesMax: 2, sourceBytesMax: 10 } });
  assert.is(values.store(keyNumber(1), text("abc"), stranger), "new");
  assert.is(values.store(keyNumber(2), text("abc"), { source: "10.0.0.2" }), "new");
  assert.is(values.store(keyNumber(2), text("xyz"), stranger), "replaced");
  assert.is(values.store(keyNumber(3), text(""), stranger), "source-full");
  assert.is(values.store(keyNumber(1), text("abcdef"), stranger), "source-full", "4 + 7 bytes are more than 10");
  assert.is(values.store(keyNumber(1), text("abcde"), stranger), "replaced");
  assert.is(values.store(keyNumber(3), text("abc"), { source: "" }), "new", "the node itself");
  assert.is(values.store(keyNumber(4), text("abcdefghijkl"), { source: "" }), "new", "the node itself");
  assert.equal(values.stats().sources, 2);
  assert.is(VALUE_LIMITS.sourceValuesMax * 4, VALUE_LIMITS.valuesMax);
});

test("another one decides what may be kept, and sees what it would replace", () => {
  const seen: unknown[] = [];
  const { values } = make({
    admit: (key, value, held) => {
      seen.push([key[19], value.bytes.length, held?.bytes.length ?? null]);
      return value.bytes.length > (held?.bytes.length ?? 1);
    },
  });
  assert.is(values.store(keyNumber(7), text(""), stranger), "refused");
  assert.is(values.store(keyNumber(7), text("ab"), stranger), "new");
  assert.is(values.store(keyNumber(7), text("c"), stranger), "refused");
  assert.is(values.store(keyNumber(7), text("ab"), stranger), "kept", "the same bytes were admitted before");
  assert.equal(seen, [[7, 1, null], [7, 3, null], [7, 2, 3]]);
  assert.is(values.stats().stores.refused, 2);
});

test("what is admitted for good comes in place of younger values, the rest by its age", () => {
  let verdict: boolean | undefined;
  let asked = 0;
  const { values } = make({ admit: () => (asked++, verdict) });
  assert.is(values.store(keyNumber(1), text("a"), stranger), "new");
  verdict = undefined;
  assert.is(values.store(keyNumber(1), text("b"), { ...stranger, ageMs: 5000 }), "older");
  verdict = true;
  assert.is(values.store(keyNumber(1), text("b"), { ...stranger, ageMs: 5000 }), "replaced");
  verdict = false;
  assert.is(values.store(keyNumber(1), text("c"), stranger), "refused");
  assert.is(asked, 4);
  assert.is(values.store(keyNumber(2), text("c"), { ...stranger, checked: true }), "new", "as it comes from disk");
  assert.is(asked, 4);
});

test("a source is a network that one may own, or an address of a private one", () => {
  assert.is(sourceOf("udp:10.0.0.1:4653"), sourceOf("udp:10.0.0.1:1"));
  assert.is.not(sourceOf("udp:10.0.0.1:4653"), sourceOf("udp:10.0.0.2:4653"));
  assert.is(sourceOf("udp:8.8.8.1:4653"), sourceOf("udp:8.8.8.2:1"));
  assert.is.not(sourceOf("udp:8.8.8.1:4653"), sourceOf("udp:8.8.9.1:4653"));
  assert.is(sourceOf("udp:[2a00:1450:1::1]:4653"), sourceOf("udp:[2a00:1450:1:ffff::9]:1"));
  assert.is.not(sourceOf("udp:[2a00:1450:1::1]:4653"), sourceOf("udp:[2a00:1450:2::1]:4653"));
  assert.is.not(sourceOf("udp:[::1]:4653"), sourceOf("udp:127.0.0.1:4653"));
  assert.ok(["udp:10.0.0.1:4653", "udp:8.8.8.8:4653", "udp:[::1]:4653", "?"].every((one) => sourceOf(one) !== ""));
});

test("a key survives being a text", () => {
  const key = Uint8Array.from({ length: 20 }, (_, index) => index * 13);
  assert.equal(keyOf(keyText(key)), key);
  assert.is(keyText(key).length, 20);
});

type Limits = Pick<ValueLimits, "valuesMax" | "bytesMax" | "sourceValuesMax" | "sourceBytesMax">;

interface Step {
  readonly key: number;
  readonly length: number;
  readonly fill: number;
  readonly source: number;
  readonly ageMs: number | undefined;
  readonly passMs: number;
  readonly giveUp: boolean;
}

/** The same rules, written down as directly as possible: a list that is searched. */
class PlainValues {
  kept: { key: number; bytes: string; source: string; firstMs: number; spare: number }[] = [];
  #spares = 0;

  readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  end(now: number): void {
    this.kept = this.kept.filter(({ firstMs }) => now - firstMs < LIFE_MS);
  }

  giveUp(key: number): void {
    const entry = this.kept.find((one) => one.key === key);
    if (entry !== undefined && entry.spare === 0) entry.spare = ++this.#spares;
  }

  store(key: number, bytes: string, source: string, ageMs: number | undefined, now: number): StoreOutcome {
    if (bytes.length > 12) return "too-large";
    if (ageMs !== undefined && ageMs >= LIFE_MS) return "expired";
    const firstMs = now - (ageMs ?? 0);
    const held = this.kept.find((one) => one.key === key);
    if (held?.bytes === bytes) {
      held.spare = 0;
      if (firstMs - held.firstMs <= (ageMs === undefined ? 0 : 60_000)) return "kept";
      held.firstMs = firstMs;
      return "renewed";
    }
    if (held !== undefined && held.firstMs > firstMs) return "older";
    let others = this.kept.filter((one) => one !== held);
    const bytesOf = (list: readonly { bytes: string }[]) => list.reduce((sum, one) => sum + one.bytes.length, 0);
    const own = others.filter((one) => one.source === source);
    const { valuesMax, bytesMax, sourceValuesMax, sourceBytesMax } = this.limits;
    if (source !== "" && (own.length >= sourceValuesMax || bytesOf(own) + bytes.length > sourceBytesMax)) {
      return "source-full";
    }
    const fits = () => others.length < valuesMax && bytesOf(others) + bytes.length <= bytesMax;
    for (const spare of others.filter((one) => one.spare > 0).sort((a, b) => a.spare - b.spare)) {
      if (!fits()) others = others.filter((one) => one !== spare);
    }
    const all = held === undefined || fits() ? others : [...others, held];
    this.kept = all;
    if (!fits()) return "full";
    this.kept.push({ key, bytes, source, firstMs, spare: 0 });
    return held === undefined ? "new" : "replaced";
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  key: fc.integer({ min: 0, max: 8 }),
  length: fc.integer({ min: 1, max: 13 }),
  fill: fc.integer({ min: 0, max: 2 }),
  source: fc.integer({ min: 0, max: 3 }),
  ageMs: fc.option(fc.integer({ min: 0, max: LIFE_MS + 10 }), { nil: undefined }),
  passMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1000, max: 100_000 }),
    fc.integer({ min: 1000, max: LIFE_MS / 3 }),
  ),
  giveUp: fc.boolean(),
});

test("whatever is stored, it does what a plain list would do, and its sums are right", () => {
  const limits = { valuesMax: 5, bytesMax: 40, sourceValuesMax: 3, sourceBytesMax: 20 };
  check("values against a list", fc.array(step, { maxLength: 60 }), 2000, (steps) => {
    const { clock, values } = make({ limits: { ...limits, valueBytesMax: 12 } });
    const plain = new PlainValues(limits);
    for (const { key, length, fill, source, ageMs, passMs, giveUp } of steps) {
      clock.advance(passMs);
      plain.end(clock.now());
      const value = text(String(fill).repeat(length - 1));
      const name = source === 0 ? "" : `10.0.0.${source}`;
      const expected = plain.store(key, keyText(value.bytes), name, ageMs, clock.now());
      assert.is(values.store(keyNumber(key), value, { source: name, ageMs }), expected);
      if (giveUp) {
        plain.giveUp(key);
        values.giveUp(keyText(keyNumber(key)), true);
      }
      const state = (list: Iterable<readonly [number, string, number]>) => [...list].sort((a, b) => a[0] - b[0]);
      assert.equal(
        state([...values.entries()].map((one) => [one.text.charCodeAt(19), keyText(one.value.bytes), one.firstMs])),
        state(plain.kept.map((one) => [one.key, one.bytes, one.firstMs])),
      );
    }
    values.expire();
    assert.is(values.count, plain.kept.length);
    assert.is(values.bytes, plain.kept.reduce((sum, one) => sum + one.bytes.length, 0));
    assert.is(values.stats().sources, new Set(plain.kept.map((one) => one.source)).size);
  });
});

test("a node full of values that nobody needs to look at takes a store in no time", () => {
  let looked = 0;
  const clock = new ManualClock();
  const values = new ValueMap({
    now: () => (looked++, clock.now()),
    limits: { valuesMax: 20_000, sourceValuesMax: 20_000 },
  });
  for (let index = 0; index < 20_000; index++) values.store(keyNumber(index), text("a"), stranger);
  looked = 0;
  for (let index = 0; index < 1000; index++) {
    assert.is(values.store(keyNumber(20_000 + index), text("a"), { source: `10.1.0.${index}` }), "full");
  }
  assert.ok(looked <= 3000, `asked for the time ${looked} times`);
});

test.run();
