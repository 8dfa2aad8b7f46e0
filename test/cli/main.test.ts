/**
 * The program as a process of its own: its real outputs, its input and its exit status.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { complete, ENTRY, RUNTIME, start } from "./program-process.ts";

const test = suite("program: process");

test("bytes from the standard input, value to the standard output", async () => {
  const ended = await complete(["decode", "warpdrive.unified.request", "-"], { input: "0302\n6869\n" });
  assert.equal(ended, { status: 0, out: '{"command":"acceptOffer","offerId":"hi"}\n', err: "" });
});

test("errors go to the standard error output, with their status", async () => {
  const wrong = await complete(["decode", "warpdrive.unified.request", "03"]);
  const line = "error: truncated: Needs 1 byte, 0 left (at offerId, offset 1)\n";
  assert.equal(wrong, { status: 1, out: "", err: line });
  const { status, out } = await complete(["nothing"]);
  assert.equal([status, out], [2, ""]);
});

test("a pipe is no terminal, and a reader that has seen enough ends the program quietly", async () => {
  const { child, ended } = start(["demo", "session"]);
  const first = new Promise<string>((resolve) => child.stdout!.once("data", (bytes) => resolve(String(bytes))));
  const shown = await Promise.race([first, ended.then(({ err }) => `ended with ${err}`)]);
  assert.match(shown, /^\nA offers B a file/);
  assert.not.ok(shown.includes("\x1b"));
  child.stdout!.destroy();
  const { status, err } = await ended;
  assert.equal([status, err], [0, ""]);
});

test("a disk without room for the output is told in one line, with a status", () => {
  if (!existsSync("/dev/full")) return;
  const full = openSync("/dev/full", "w");
  try {
    const [command, ...args] = [...RUNTIME, ENTRY];
    for (const argv of [["schemas"], ["--help"], ["describe", "warpdrive.unified.request"]]) {
      const { status, stderr } = spawnSync(command, [...args, ...argv], { stdio: ["ignore", full, "pipe"] });
      assert.is(String(stderr), "error: output: Cannot write to standard output: ENOSPC\n");
      assert.is(status, 1);
    }
  } finally {
    closeSync(full);
  }
});

test.run();
