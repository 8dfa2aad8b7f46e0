/**
 * The program as a process of its own: its real outputs, its input and its exit status.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { complete, start } from "./program-process.ts";

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

test.run();
