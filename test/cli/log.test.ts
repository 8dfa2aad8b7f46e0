import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createLog, type LogEvent, type LogLevel } from "../../src/cli/service/log.ts";
import { ManualClock } from "../host/manual-clock.ts";

const test = suite("cli: log");

const ME = `02${"a".repeat(64)}`;
const BEN = `02${"b".repeat(64)}`;

/** Another identity that nobody knows. */
function stranger(number: number): string {
  return `03${String(number).padStart(64, "0")}`;
}

let durationMs = 0;

function query(caller: string, name: string, outcome: "accepted" | "rejected" = "rejected"): LogEvent {
  return { type: "query", origin: "peer", caller, target: ME, name, outcome, durationMs: ++durationMs };
}

function offer(peer: string, id: string, stage: "awaiting" | "failed" | "completed", taken = false): LogEvent {
  const reason = stage === "failed" ? "unsafe-path" : "";
  return { type: "offer", id, peer, incoming: true, stage, reason, taken, name: "a", count: 1, bytes: 1 };
}

/** A log that knows Ben, and its lines. */
function open(level: LogLevel = "info", format: "text" | "json" = "json") {
  const clock = new ManualClock();
  const lines: string[] = [];
  const { log, end } = createLog({ format, level, clock, write: (line) => lines.push(line) })((peer) => peer === BEN);
  const events = () => lines.map((line) => JSON.parse(line));
  return { clock, lines, log, end, events };
}

test("strangers who are refused are summed up once a minute, however many and whoever they are", () => {
  const { clock, log, lines, events } = open();
  for (let n = 0; n < 4812; n++) {
    log(n < 4790 ? query(stranger(n % 37), `name ${n}`) : offer(stranger(n % 37), `${n}`, "failed"));
  }
  assert.equal(lines, []);
  clock.advance(60_000);
  const [{ time: _, ...sum }] = events();
  assert.equal(sum, {
    ...{ level: "info", type: "sum", party: "stranger", seconds: 60, count: 4812, sources: 37 },
    most: { source: stranger(0), count: 131 },
    whats: { "queries refused (rejected)": 4790, "offers failed (unsafe-path)": 22 },
  });
  // Nothing happens, so that nothing is told, and no timer is set.
  clock.advance(600_000);
  assert.equal([lines.length, clock.timers], [1, 0]);
  log(query(stranger(1), "again"));
  clock.advance(60_000);
  assert.is(events()[1].count, 1);
});

test("a sum in words", () => {
  const { clock, log, lines } = open("info", "text");
  for (let n = 0; n < 1200; n++) log(query(stranger(n % 2), "x"));
  log({ type: "connection-refused", source: "192.0.2.7", reason: "over the limit" });
  clock.advance(60_000);
  assert.match(
    lines.join(""),
    /^\S+Z 1,201 more events of 3 strangers in the last 60 s: 1,200 queries refused \(rejected\), 1 connections over the limit; most \(600\) by 03000000…\n$/,
  );
});

test("what is counted has bounds, too", () => {
  const { clock, log, events } = open();
  for (let n = 0; n < 5000; n++) {
    const warning = { type: "warning", message: "x", code: `code-${n}`, peer: stranger(n) } as const;
    log(warning);
  }
  clock.advance(60_000);
  const [{ count, sources, whats }] = events();
  assert.equal([count, sources, Object.keys(whats).length, whats.others], [5000, 1000, 32, 5000 - 31]);
});

test("what peers and programs do is written one by one; the same again, and floods, are summed up", () => {
  const { clock, log, lines, events } = open();
  log(query(BEN, "a"));
  log(query(BEN, "b", "accepted"));
  for (let n = 0; n < 50; n++) log(query(BEN, "a"));
  assert.equal(events().map(({ name }) => name), ["a", "b", "a", "a", "a", "a"]);
  for (let n = 0; n < 5000; n++) log(query(BEN, `flood ${n}`));
  assert.is(lines.length, 100);
  // Another peer still has room, and so have the node's own events.
  log({ type: "query", origin: "guest", caller: ME, target: ME, name: "own", outcome: "accepted", durationMs: 1 });
  log({ type: "warning", message: "The disk is full" });
  assert.equal(events().slice(100).map(({ type, name = "" }) => `${type} ${name}`), ["query own", "warning "]);
  clock.advance(60_000);
  const sum = events().at(-1);
  assert.equal([sum.party, sum.count, sum.most], ["known", 5052 - 100, { source: BEN, count: 4952 }]);
  log(query(BEN, "a"));
  assert.is(events().at(-1).name, "a");
});

test("offers of strangers that wait are written, as far as there are not too many; those that somebody takes always", () => {
  const { log, lines, events } = open();
  for (let n = 0; n < 1000; n++) log(offer(stranger(1), `flood ${n}`, "awaiting"));
  assert.is(lines.length, 10);
  log(offer(stranger(2), "honest", "awaiting"));
  for (let n = 0; n < 1000; n++) log(offer(stranger(n), `many ${n}`, "awaiting"));
  assert.is(lines.length, 20);
  log(offer(stranger(2), "honest", "completed", true));
  assert.equal(events().slice(-1).map(({ id, stage }) => [id, stage]), [["honest", "completed"]]);
  assert.ok(events().some(({ id, stage }) => id === "honest" && stage === "awaiting"));
});

test("levels", () => {
  const all: LogEvent[] = [
    { type: "warning", message: "lost", severe: true },
    { type: "warning", message: "look" },
    { type: "stopped" },
    { type: "guest", guest: 1, transport: "unix" },
    query(stranger(1), "refused"),
  ];
  const seen = (level: LogLevel) => {
    const { log, end, events } = open(level);
    all.forEach(log);
    end();
    return events().map(({ type, level }) => `${level} ${type}`);
  };
  assert.equal(seen("error"), ["error warning"]);
  assert.equal(seen("warn"), ["error warning", "warn warning"]);
  assert.equal(seen("info"), ["error warning", "warn warning", "info stopped", "info sum"]);
  assert.equal(seen("debug"), ["error warning", "warn warning", "info stopped", "debug guest", "info query"]);
});

test("debug has every event", () => {
  const { log, lines } = open("debug");
  for (let n = 0; n < 300; n++) log(query(stranger(n), "same"));
  assert.is(lines.length, 300);
});

test("texts of others are short, and nothing in them can be obeyed", () => {
  for (const format of ["text", "json"] as const) {
    const { log, lines } = open("debug", format);
    log(query(stranger(1), `\x1b[2J\u202e${"x".repeat(60_000)}`));
    log({ type: "warning", message: "y".repeat(60_000), peer: stranger(1) });
    assert.ok(lines.every((line) => line.length < 1000 && !/[\p{Cc}\p{Cf}]/u.test(line.slice(0, -1))), lines.join(""));
  }
});

test("what was counted is told at the end", () => {
  const { clock, log, end, events } = open();
  log(query(stranger(1), "x"));
  clock.advance(1500);
  end();
  assert.equal(events().map(({ type, seconds }) => [type, seconds]), [["sum", 2]]);
  assert.is(clock.timers, 0);
});

test.run();
