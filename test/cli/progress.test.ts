/**
 * Bars, speeds, and lines that are drawn again and again.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { contentsOf, contentsText } from "../../src/cli/contents-text.ts";
import { LiveLines } from "../../src/cli/live-lines.ts";
import { percentOf, progressBar } from "../../src/cli/progress-bar.ts";
import { formatBytes, formatMoved, formatSpan } from "../../src/cli/quantities.ts";
import { SpeedMeter } from "../../src/cli/speed-meter.ts";
import { clipText, padText, textWidth } from "../../src/cli/text-width.ts";
import { TransferReport } from "../../src/cli/transfer-report.ts";
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
  assert.is(meter.bytesPerSecond(0), null);
  assert.is(meter.secondsLeft(10, 0), null);
  for (let ms = 0; ms <= 10_000; ms += 10) meter.note(ms, ms);
  assert.is(meter.bytesPerSecond(10_000), 1000);
  assert.is(meter.secondsLeft(15_000, 10_000), 5);
  for (let ms = 10_010; ms <= 20_000; ms += 10) meter.note(10_000 + 2 * (ms - 10_000), ms);
  assert.is(meter.bytesPerSecond(20_000), 2000);
  // It stands still: slower and slower.
  const [soon, later] = [meter.bytesPerSecond(25_000)!, meter.bytesPerSecond(60_000)!];
  assert.ok(soon < 1100 && later < soon, `${soon} ${later}`);
  meter.note(5, 60_000);
  assert.is(meter.bytesPerSecond(60_000), null, "it was begun anew");
});

test("text takes columns", () => {
  assert.equal(["abc", "é", "e\u0301", "日本", "😀"].map(textWidth), [3, 1, 1, 4, 2]);
  assert.equal([clipText("abcdef", 6), clipText("abcdef", 4), clipText("日本語", 4), clipText("ab", 0)], [
    "abcdef",
    "abc…",
    "日…",
    "",
  ]);
  assert.equal([padText("日本", 6), padText("abcdef", 3)], ["日本  ", "ab…"]);
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
function caught(form: "live" | "plain" | "json") {
  const clock = new HandClock();
  let out = "";
  const streams = {
    out: (text: string) => void (out += text),
    err: () => {},
    write: () => Promise.resolve(),
    input: (async function* () {})(),
    terminal: form === "live",
    columns: 80,
  };
  const report = new TransferReport({ streams, clock, json: form === "json" });
  return { clock, report, text: () => out };
}

test("without a terminal a transfer has a line for every tenth, for programs one now and then", () => {
  const plain = caught("plain");
  const json = caught("json");
  for (const { report, clock } of [plain, json]) {
    for (let done = 0; done <= 1000; done += 5) {
      report.show("key", { name: "x\x1b", done, bytes: 1000 });
      clock.go(10);
    }
    report.hide("key");
    report.say("done", { type: "done", name: "\x1b" });
  }
  const lines = plain.text().trimEnd().split("\n");
  assert.equal(lines.map((line) => line.split(",")[0]), [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => `x\\u001b: ${tenth}0%`),
    "done",
  ]);
  assert.match(lines[4], /^x\\u001b: 50%, 500 bytes of 1\.00 kB, 500 bytes\/s, 0:01 left$/);
  const values = json.text().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(values.slice(0, 2), [
    { type: "progress", key: "key", done: 250, bytes: 1000, bytesPerSecond: 500 },
    { type: "progress", key: "key", done: 500, bytes: 1000, bytesPerSecond: 500 },
  ]);
  assert.equal(values.at(-1), { type: "done", name: "\x1b" });
  assert.not.ok(json.text().includes("\x1b"));
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
