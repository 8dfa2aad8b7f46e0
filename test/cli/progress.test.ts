/**
 * Bars, speeds, and lines that are drawn again and again.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { contentsOf, contentsText } from "../../src/cli/terminal/contents.ts";
import { clipText, columns, padText, textWidth } from "../../src/cli/terminal/columns.ts";
import { LiveLines } from "../../src/cli/terminal/live-lines.ts";
import { terminalAbilities } from "../../src/cli/run-process.ts";
import {
  formatBytes,
  formatMoved,
  formatSpan,
  pace,
  percentOf,
  progressBar,
  SpeedMeter,
} from "../../src/cli/terminal/progress.ts";
import { TransferReport } from "../../src/cli/terminal/transfer-report.ts";
import type { Clock } from "../../src/host/mod.ts";

const test = suite("program: progress");

/** A clock that goes on only when it is told to. */
class HandClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void) {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return { clear: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  }

  get timers(): number {
    return this.#timers.length;
  }

  go(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== due);
      this.#nowMs = due.atMs;
      due.run();
    }
    this.#nowMs = endMs;
  }
}

test("bytes and spans, as people read them", () => {
  const bytes = [0, 1, 999, 1000, 9994, 9995, 99_949, 999_499, 999_500, 1_300_000_000, 2 ** 53];
  assert.equal(
    bytes.map(formatBytes),
    [
      "0 bytes",
      "1 byte",
      "999 bytes",
      "1.00 kB",
      "9.99 kB",
      "10.0 kB",
      "99.9 kB",
      "999 kB",
      "1.00 MB",
      "1.30 GB",
      "9.01 PB",
    ],
  );
  const seconds = [0, 0.2, 59, 60, 3599, 3600, 359_999, 360_000, Infinity, NaN];
  assert.equal(
    seconds.map(formatSpan),
    ["0:00", "0:01", "0:59", "1:00", "59:59", "1:00:00", "99:59:59", "over 99 hours", "over 99 hours", "over 99 hours"],
  );
  assert.is(formatMoved(1000, 0.5), "1.00 kB in 0:01 (2.00 kB/s)");
  assert.is(formatMoved(0, 0), "0 bytes in 0:00");
});

test("speed is that of the last seconds", () => {
  const meter = new SpeedMeter();
  assert.is(meter.perSecond(0), null);
  assert.is(meter.secondsLeft(10, 0), null);
  for (let ms = 0; ms <= 10_000; ms += 10) meter.note(ms, ms);
  assert.is(meter.perSecond(10_000), 1000);
  assert.is(meter.secondsLeft(15_000, 10_000), 5);
  for (let ms = 10_010; ms <= 20_000; ms += 10) meter.note(10_000 + 2 * (ms - 10_000), ms);
  assert.is(meter.perSecond(20_000), 2000);
  // It stands still: slower and slower.
  const [soon, later] = [meter.perSecond(25_000)!, meter.perSecond(60_000)!];
  assert.ok(soon < 1100 && later < soon, `${soon} ${later}`);
  meter.note(5, 60_000);
  assert.is(meter.perSecond(60_000), null, "it was begun anew");
});

test("text takes columns", () => {
  assert.equal(["abc", "é", "e\u0301", "日本", "😀", "ﾊﾝｶｸ", "한글"].map(textWidth), [3, 1, 1, 4, 2, 4, 4]);
  assert.equal(["👩‍👩‍👧", "👍🏽", "🇩🇪", "❤️", "☎", "⌚", "1️⃣"].map(textWidth), [2, 2, 2, 2, 1, 2, 2]);
  assert.equal([clipText("abcdef", 6), clipText("abcdef", 4), clipText("日本語", 4), clipText("ab", 0)], [
    "abcdef",
    "abc…",
    "日…",
    "",
  ]);
  assert.equal([padText("日本", 6), padText("abcdef", 3)], ["日本  ", "ab…"]);
  assert.is(clipText("👩‍👩‍👧👍🏽e\u0301x", 4), "👩‍👩‍👧…", "what is drawn as one is cut as one");
  assert.is(
    columns([["NAME", "SIZE"], ["写真", "1"], ["e\u0301👍🏽", "2"]]),
    "  NAME  SIZE\n  写真  1\n  e\u0301👍🏽   2\n",
  );
});

test("a bar fits, whatever is in it", () => {
  const meter = new SpeedMeter();
  meter.note(0, 0);
  meter.note(50_000_000, 1000);
  const view = { name: "evil\x1b[2J\u202e name that is longer than there is room for", done: 50_000_000, meter };
  for (const bytes of [50_000_000, 100_000_000, 10 ** 15]) {
    for (let columns = 20; columns < 200; columns++) {
      const line = progressBar({ ...view, bytes }, 1000, columns);
      assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
      // deno-lint-ignore no-control-regex -- this is what must not be there
      assert.not.match(line, /[\x00-\x1f\u202e]/);
    }
  }
  assert.is(
    progressBar({ name: "photos", done: 50_000_000, bytes: 100_000_000, meter }, 1000, 100),
    "photos               ▕████████████            ▏  50%  50.0 MB of 100 MB, 50.0 MB/s, 0:01 left",
  );
  assert.match(
    progressBar({ name: "a", done: 1, bytes: 2, meter, note: "waiting\x07" }, 0, 80),
    /50% {2}waiting\\u0007$/,
  );
  assert.match(progressBar({ name: "a", done: 0, bytes: 0, meter }, 0, 80), /█▏ 100%/);
  assert.equal([percentOf({ done: 999, bytes: 1000 }), percentOf({ done: 0, bytes: 0 })], [99, 100]);
});

test("contents", () => {
  const dir = { size: 0, isDirectory: true };
  const file = { size: 10, isDirectory: false };
  assert.is(contentsText(contentsOf([{ uri: "a", ...dir }, { uri: "a/b", ...file }])), "a (1 file, 10 bytes)");
  const several = [{ uri: "x\u202e", ...file }, { uri: "b", ...file }, { uri: "c", ...dir }];
  assert.is(contentsText(contentsOf(several)), "x\\u202e and 2 more (2 files, 20 bytes)");
  assert.is(contentsText(contentsOf([])), "nothing (0 files, 0 bytes)");
});

test("live lines: drawn at once, then not too often, above them what stays", () => {
  const clock = new HandClock();
  let out = "";
  let lines = ["one", "two"];
  const live = new LiveLines({ out: (text) => void (out += text), clock, render: () => lines });
  const printed = () => {
    const text = out;
    out = "";
    return text;
  };
  live.change();
  assert.is(printed(), "one\ntwo\n");
  lines = ["three"];
  for (let n = 0; n < 10; n++) live.change();
  assert.is(printed(), "");
  clock.go(100);
  assert.is(printed(), "\x1b[2A\r\x1b[Jthree\n");
  live.print("stays");
  assert.is(printed(), "\x1b[1A\r\x1b[Jstays\nthree\n");
  clock.go(1000);
  assert.is(printed(), "\x1b[1A\r\x1b[Jthree\n", "without news the time is told");
  live.pause();
  live.change();
  clock.go(5000);
  assert.is(printed(), "\x1b[1A\r\x1b[J");
  lines = [];
  live.resume();
  clock.go(5000);
  assert.equal([printed(), clock.timers], ["", 0]);
  live[Symbol.dispose]();
});

/** A report whose output is caught. */
function caught(form: "live" | "plain" | "json", columns = 80) {
  const clock = new HandClock();
  let out = "";
  const streams = {
    out: (text: string) => void (out += text),
    err: () => {},
    write: () => Promise.resolve(),
    input: (async function* () {})(),
    terminal: form === "live",
    columns,
  };
  const report = new TransferReport({ streams, clock, json: form === "json" });
  return { clock, report, text: () => out };
}

test("no bar is wider than its terminal, and each says how far it is", () => {
  for (const columns of [6, 10, 19, 20, 21, 22, 23, 24, 40]) {
    const { report, text } = caught("live", columns);
    report.show("a", { name: "写真 family.bin", done: 400, bytes: 1000 });
    report[Symbol.dispose]();
    const [line] = text().split("\n");
    assert.ok(textWidth(line) < columns, `${columns}: ${line}`);
    assert.match(line, / 40%/, `${columns}`);
  }
  // A terminal that does not know its width.
  const { report, text } = caught("live", 0);
  report.show("a", { name: "a", done: 400, bytes: 1000 });
  report[Symbol.dispose]();
  assert.match(text(), /▏ {2}40% {2}400 bytes of 1\.00 kB/);
});

test("without a terminal there is a line every five seconds at most, for programs one now and then", () => {
  const plain = caught("plain");
  const json = caught("json");
  for (const { report, clock } of [plain, json]) {
    for (let done = 0; done <= 1000; done += 5) {
      report.show("key", { name: "x\x1b", done, bytes: 1000 });
      clock.go(60);
    }
    report.hide("key");
    report.say("done", { type: "done", name: "\x1b" });
    clock.go(60_000);
    assert.is(clock.timers, 0);
  }
  const lines = plain.text().trimEnd().split("\n");
  assert.equal(lines.map((line) => line.split(",")[0]), ["x\\u001b: 41%", "x\\u001b: 83%", "done"]);
  assert.match(lines[0], /^x\\u001b: 41%, 415 bytes of 1\.00 kB, 83 bytes\/s, 0:08 left$/);
  const values = json.text().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(values.slice(0, 2), [
    { type: "progress", key: "key", done: 45, bytes: 1000, bytesPerSecond: 83 },
    { type: "progress", key: "key", done: 90, bytes: 1000, bytesPerSecond: 83 },
  ]);
  assert.equal(values.at(-1), { type: "done", name: "\x1b" });
  assert.not.ok(json.text().includes("\x1b"));
});

test("without a terminal, several transfers take turns, and none of them speaks without news", () => {
  const { clock, report, text } = caught("plain");
  for (let second = 0; second < 30; second++) {
    for (const name of ["a", "b", "c"]) report.show(name, { name, done: name === "c" ? 0 : second, bytes: 100 });
    clock.go(1000);
  }
  const lines = text().trimEnd().split("\n").map((line) => line.split(",")[0]);
  assert.equal(lines, ["a: 4%", "b: 9%", "a: 14%", "b: 19%", "a: 24%", "b: 29%"]);
  // What came last is told although nothing follows it.
  clock.go(60_000);
  assert.equal(text().trimEnd().split("\n").slice(6).map((line) => line.split(",")[0]), ["a: 29%"]);
  report[Symbol.dispose]();
  assert.is(clock.timers, 0);
});

test("files count as well as bytes", () => {
  const { clock, report, text } = caught("live");
  const files = (done: number, of: number) => ({ entries: { done: done + 1, of: of + 1 }, files: { done, of } });
  for (let done = 0; done <= 15_000; done += 300) {
    report.show("a", { name: "a", done: 0, bytes: 0, ...files(done, 15_000) });
    clock.go(100);
  }
  report[Symbol.dispose]();
  const percents = Array.from(text().matchAll(/ (\d+)% /g), ([, percent]) => Number(percent));
  assert.is(percents[0], 0);
  assert.ok(percents.filter((percent) => percent > 10 && percent < 90).length > 30, `${percents}`);
  assert.is(percents.at(-1), 100);
  assert.match(text(), /50% {2}7500 of 15000 files, 3000 files\/s, 0:03 left/);

  const meter = new SpeedMeter();
  const line = (done: number, bytes: number, amounts = {}) => pace({ name: "a", done, bytes, meter, ...amounts }, 0);
  assert.is(line(1, 2, files(0, 1)), "0 of 1 files, 1 byte of 2 bytes");
  assert.is(line(10 ** 9, 2 * 10 ** 9, files(4, 8)), "1.00 GB of 2.00 GB, 4 of 8 files");
  assert.is(line(0, 0, { entries: { done: 3, of: 9 }, files: { done: 0, of: 0 } }), "3 of 9 entries");
  const alone = { done: 50, bytes: 100, entries: { done: 0, of: 1 } };
  assert.equal([percentOf(alone), percentOf({ ...alone, bytes: 0, done: 0 })], [50, 0]);
});

test("NO_COLOR takes the colours and nothing else, where it is not empty", () => {
  const plain = { terminal: true, color: false }, all = { terminal: true, color: true };
  assert.equal(["1", "0", "false", "", undefined].map((NO_COLOR) => terminalAbilities(true, { NO_COLOR })), [
    ...[plain, plain, plain],
    ...[all, all],
  ]);
  const none = { terminal: false, color: false };
  assert.equal([terminalAbilities(undefined, {}), terminalAbilities(true, { TERM: "dumb" })], [none, none]);
});

test("what was there before a transfer goes on is not counted as speed", () => {
  const { report, clock, text } = caught("live");
  report.show("a", { name: "a", done: 0, bytes: 1000, note: "waiting" });
  clock.go(1000);
  report.show("a", { name: "a", done: 500, bytes: 1000 });
  clock.go(1000);
  report.show("a", { name: "a", done: 600, bytes: 1000 });
  assert.match(text(), /, 100 bytes\/s, [^\n]+\n$/);
  report[Symbol.dispose]();
});

test("on a terminal bars make room while somebody is asked", async () => {
  const { report, text } = caught("live");
  report.show("a", { name: "a", done: 1, bytes: 2 });
  const before = text();
  await report.during(() => {
    assert.is(text(), `${before}\x1b[1A\r\x1b[J`);
    return Promise.resolve();
  });
  assert.match(text(), /▏ {2}50%.*\n$/);
  report[Symbol.dispose]();
});

test.run();
