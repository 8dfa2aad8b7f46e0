/**
 * Whom the data folder, what is in it, and sockets are for: their owner.
 *
 * @module
 */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { preparePath, protectPath } from "../../src/unix-socket.ts";
import { dataFolder, loadOrMakeToken, loadToken, prepareFolder } from "../../src/cli/service/data-folder.ts";
import { Identity } from "../../src/identity/identity.ts";
import { fail } from "./program-run.ts";

const test = suite("program: data folder");

/** Runs something with a folder that is removed afterwards. Windows has other rules for who may use a file. */
async function within(run: (folder: string) => Promise<void>): Promise<void> {
  if (process.platform === "win32") return;
  const umask = process.umask(0);
  const folder = mkdtempSync(join(tmpdir(), "warpwire-data-folder-"));
  try {
    await run(folder);
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  }
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const codeOf = (work: Promise<unknown>) => work.then(() => "ok", ({ code }) => code);

test("what is made is its owner's alone", () =>
  within(async (folder) => {
    const data = dataFolder(join(folder, "data"));
    await prepareFolder(data);
    const token = await loadOrMakeToken(data);
    assert.equal([modeOf(data.path), modeOf(data.token)], ["700", "600"]);
    assert.is(await loadToken(data), token);
  }));

test("what others may use is refused", () =>
  within(async (folder) => {
    const data = dataFolder(join(folder, "data"));
    for (const mode of [0o755, 0o710, 0o701]) {
      mkdirSync(data.path, { recursive: true });
      chmodSync(data.path, mode);
      assert.is(await codeOf(prepareFolder(data)), "folder", mode.toString(8));
    }
    writeFileSync(data.token, "0123456789abcdef\n");
    for (const mode of [0o644, 0o620, 0o602]) {
      chmodSync(data.token, mode);
      assert.is(await codeOf(loadToken(data)), "folder", mode.toString(8));
    }
    chmodSync(data.path, 0o700);
    chmodSync(data.token, 0o600);
    assert.equal([await codeOf(prepareFolder(data)), await codeOf(loadToken(data))], ["ok", "ok"]);
  }));

test("a service has no two peers of one name", () =>
  within(async (folder) => {
    // Where it cannot begin, so that it ends in any case.
    const data = join(folder, "file");
    writeFileSync(data, "");
    const [one, two] = [Identity.generate().astralIdentity, Identity.generate().astralIdentity];
    const serve = (
      name: string,
    ) => ["serve", "--data", data, "--peer", `ben=${one}@tcp:127.0.0.1:1`, "--peer", `${name}=${two}@tcp:127.0.0.1:1`];
    assert.match(await fail(serve("ben"), 2), /Duplicate peer name "ben"/);
    assert.match(await fail(serve("ann"), 1), /^error: folder: /);
  }));

test("a socket is in a folder that only its owner may enter, and lets only the owner connect", () =>
  within(async (folder) => {
    const path = join(folder, "sockets", "a.sock");
    await preparePath(path);
    assert.is(modeOf(join(folder, "sockets")), "700");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await protectPath(path);
    assert.is(modeOf(path), "600");
    assert.is(await codeOf(preparePath(path)), "address", "somebody answers there");
    await new Promise((resolve) => server.close(resolve));
    await preparePath(path);
    chmodSync(join(folder, "sockets"), 0o750);
    assert.is(await codeOf(preparePath(path)), "address", "others may enter the folder");
  }));

test.run();
