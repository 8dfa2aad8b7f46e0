/**
 * Several ways at once, by a clock that the test moves.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dialFailuresText, OtherPeerError } from "../../src/host/connect/dial-failure.ts";
import { firstOf, STAGGER_MS } from "../../src/host/timing/first-of.ts";

const test = suite("several addresses at once");

interface Timing {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock, and attempts that end when the test says so. */
function lab(ways: readonly string[]) {
  let nowMs = 0;
  let timers: Timing[] = [];
  const begun: string[] = [];
  const late: string[] = [];
  const aborted: string[] = [];
  const ends = new Map<string, { resolve(value: string): void; reject(error: unknown): void }>();
  const controller = new AbortController();
  const outcome = firstOf<string, string>(ways, {
    clock: {
      now: () => nowMs,
      setTimer: (delayMs, run) => {
        const timing = { atMs: nowMs + delayMs, run };
        timers.push(timing);
        return { clear: () => void (timers = timers.filter((each) => each !== timing)) };
      },
    },
    signal: controller.signal,
    attempt: (way, signal) => {
      begun.push(way);
      signal.addEventListener("abort", () => aborted.push(way));
      return new Promise((resolve, reject) => ends.set(way, { resolve, reject }));
    },
    discard: (value) => late.push(value),
  });
  const pass = (ms: number) => {
    nowMs += ms;
    for (const { run } of timers.filter(({ atMs }) => atMs <= nowMs)) run();
    timers = timers.filter(({ atMs }) => atMs > nowMs);
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { begun, late, aborted, ends, controller, outcome, pass, settled, pending: () => timers.length };
}

test("an address that swallows holds the next one up for a moment only; the first wins, others are given up", async () => {
  const { begun, late, aborted, ends, outcome, pass, settled, pending } = lab(["a", "b", "c"]);
  assert.equal(begun, ["a"]);
  pass(STAGGER_MS - 1);
  assert.equal(begun, ["a"]);
  pass(1);
  assert.equal(begun, ["a", "b"]);
  ends.get("b")!.resolve("by b");
  assert.equal(await outcome, { value: "by b" });
  assert.ok(aborted.includes("a"));
  assert.is(pending(), 0);
  ends.get("a")!.resolve("by a");
  await settled();
  assert.equal([begun, late], [["a", "b"], ["by a"]]);
});

test("a failure begins the next at once; if all fail, all reasons are there in the order of the addresses", async () => {
  const { begun, ends, outcome, pass, settled } = lab(["a", "b"]);
  ends.get("a")!.reject("no a");
  await settled();
  assert.equal(begun, ["a", "b"]);
  pass(STAGGER_MS);
  ends.get("b")!.reject("no b");
  assert.equal(await outcome, { errors: ["no a", "no b"] });
  assert.equal(await lab([]).outcome, { errors: [] });
});

test("reasons of failures are told apart, in words", () => {
  const refused = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
  const failures = [
    { address: "tcp:192.0.2.1:1", error: new Error("wrapped", { cause: refused }) },
    { address: "tcp:192.0.2.2:1", error: Object.assign(new Error("x"), { code: "EHOSTUNREACH" }) },
    { address: "tcp:192.0.2.3:1", error: new OtherPeerError("a", "b") },
    { address: "tcp:192.0.2.4:1", error: Object.assign(new Error("x"), { name: "TimeoutError" }) },
    { address: "tcp:192.0.2.5:1", error: refused },
  ];
  assert.is(
    dialFailuresText(failures),
    "connection refused at tcp:192.0.2.1:1, tcp:192.0.2.5:1; no route to tcp:192.0.2.2:1; " +
      "somebody else, with another identity, answers at tcp:192.0.2.3:1; no answer in time from tcp:192.0.2.4:1",
  );
});

test.run();
