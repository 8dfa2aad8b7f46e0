import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dataFolder } from "../../src/cli/service/data-folder.ts";
import { claimFolder, findService } from "../../src/cli/service/service-file.ts";
import { isAlive, putAside } from "../../src/held-file.ts";

const test = suite("program: service file");

async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => "ok", (error) => error.code);
}

test("a process that began at another time has only the same number", async () => {
  const path = mkdtempSync(join(tmpdir(), "warpwire-service-file-"));
  try {
    const folder = dataFolder(path);
    const put = (began: string) =>
      writeFileSync(
        folder.service,
        JSON.stringify({ pid: process.pid, began, addresses: ["tcp:127.0.0.1:1"] }),
        { mode: 0o600 },
      );
    // Where the system does not say when a process began, its number has to do.
    put("");
    assert.equal([await outcome(findService(folder)), await outcome(claimFolder(folder))], ["ok", "running"]);
    if (process.platform !== "linux") return;
    put("1");
    assert.is(await outcome(findService(folder)), "not-running");
    const claim = await claimFolder(folder);
    assert.equal([await outcome(claimFolder(folder)), await outcome(findService(folder))], ["running", "not-running"]);
    await claim.publish(["tcp:127.0.0.1:2"]);
    const { pid } = process;
    assert.equal(await findService(folder), { pid, addresses: ["tcp:127.0.0.1:2"], guest: undefined });
    const guest = { token: "secret", protocol: "2026" };
    await claim.publish(["tcp:127.0.0.1:3"], guest);
    assert.equal(await findService(folder), { pid, addresses: ["tcp:127.0.0.1:3"], guest });
    assert.is(statSync(folder.service).mode & 0o777, 0o600);
    await claim.release();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});

test("no process has the number of a group of them", async () => {
  assert.equal([await isAlive({ pid: 0, began: "" }), await isAlive({ pid: -1, began: "" })], [false, false]);
});

test("what took the place of a stale file meanwhile stays there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-service-file-"));
  try {
    const [path, aside] = [join(folder, "file"), join(folder, "aside")];
    writeFileSync(path, "of somebody else");
    await putAside(path, aside, "stale");
    assert.is(readFileSync(path, "utf8"), "of somebody else");
    await putAside(path, aside, "of somebody else");
    assert.equal(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
