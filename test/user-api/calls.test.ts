/**
 * Every call of the user API, asked by a session and over a unix socket.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serveUnix } from "../../src/user-api/mod.ts";
import { type Answer, callsWithoutRow, checkRows, errorsWithoutRow } from "./rows.ts";
import { type Scene, startScene } from "./scene.ts";

const test = suite("user API: calls");

let scene: Scene;
test.before(async () => {
  scene = await startScene();
});
test.after(async () => await scene[Symbol.asyncDispose]());

/** Calls that are tested elsewhere: they do not end, or need what the scene has not. */
const ELSEWHERE = ["monitor"];
const ERRORS_ELSEWHERE = [
  "pubsub_publish NoPeers",
  "pubsub_subscribe Limit",
  "publish NoPeers",
  "subscribe Limit",
  "message_send Busy",
  "message Busy",
  "peer_info Timeout",
  "listen Limit",
  "listen InvalidSchema",
];

test("every call and every error has a row", () => {
  assert.equal(callsWithoutRow(), ELSEWHERE);
  assert.equal(errorsWithoutRow(), ERRORS_ELSEWHERE);
});

test("every row, by a session", async () => {
  const session = scene.api.connect({ notify: () => {} });
  const count = await checkRows(
    scene,
    async (request) => JSON.parse((await session.answer(JSON.stringify(request)))!) as Answer,
    { told: true },
  );
  session.close();
  console.log(`  ${count} requests`);
});

test("every row, over a unix socket", async () => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "warpwire-calls-"));
  const path = join(folder, "s");
  try {
    await using _ = await serveUnix(path, scene.api);
    const socket = connect({ path });
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const next = async (): Promise<Answer> => {
      const answer = JSON.parse((await lines.next()).value);
      return "method" in answer ? await next() : answer;
    };
    await checkRows(scene, (request) => {
      socket.write(`${JSON.stringify(request)}\n`);
      return next();
    }, { told: true });
    socket.destroy();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
