/**
 * The program as a process of its own: its real outputs, its input and its exit status.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tasks/project.ts";

const test = suite("program: process");

/** Only Deno runs the sources; what Node runs is built when the package is, and tried out there. */
const processTest = "Deno" in globalThis ? test : test.skip;

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the program. */
function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const args = ["run", "-A", "--no-check", join(root, "src/cli/main.ts"), ...argv];
  return spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
}

/** Waits for the program's end. */
function ended(child: ReturnType<typeof start>): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

processTest("bytes from the standard input, value to the standard output", async () => {
  const child = start(["decode", "warpdrive.unified.request", "-"]);
  child.stdin.end("0302\n6869\n");
  assert.equal(await ended(child), { status: 0, out: '{"command":"acceptOffer","offerId":"hi"}\n', err: "" });
});

processTest("errors go to the standard error output, with their status", async () => {
  const wrong = start(["decode", "warpdrive.unified.request", "03"]);
  wrong.stdin.end();
  const line = "error: truncated: Needs 1 byte, 0 left (at offerId, offset 1)\n";
  assert.equal(await ended(wrong), { status: 1, out: "", err: line });
  const usage = start(["nothing"]);
  usage.stdin.end();
  const { status, out } = await ended(usage);
  assert.equal([status, out], [2, ""]);
});

processTest("a pipe is no terminal, and a reader that has seen enough ends the program quietly", async () => {
  const child = start(["demo", "session"]);
  child.stdin.end();
  const result = ended(child);
  const first = new Promise<string>((resolve) => child.stdout.once("data", resolve));
  const shown = await Promise.race([first, result.then(({ err }) => `ended with ${err}`)]);
  assert.match(shown, /^\nA offers B a file/);
  assert.not.ok(shown.includes("\x1b"));
  child.stdout.destroy();
  const { status, err } = await result;
  assert.equal([status, err], [0, ""]);
});

test.run();
