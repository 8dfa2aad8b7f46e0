import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nameRules } from "../../../src/warpdrive/files/name-rules.ts";
import { lockTransfer } from "../../../src/warpdrive/files/transfer-lock.ts";
import { withFolder } from "./tree.ts";

const test = suite("warpdrive files: locks of transfers");

test("transfers that begin while others end have their locks, and the last one leaves nothing", async () => {
  await withFolder(async (folder) => {
    const notes = join(folder, ".warpwire");
    const cycles = async (name: string) => {
      for (let n = 0; n < 300; n++) await (await lockTransfer(join(notes, `${name}.lock`)))();
    };
    await Promise.all(["a", "b", "c", "d"].map(cycles));
    assert.is(existsSync(notes), false);
  });
});

test("what processes left that were killed while they took a lock or tried names goes with the next transfer", async () => {
  await withFolder(async (folder) => {
    const notes = join(folder, ".warpwire");
    const lock = join(notes, "a.lock");
    // Above the greatest process id of Linux.
    const pid = 2 ** 22 + 1;
    mkdirSync(join(notes, `names-${pid}-abcdef`), { recursive: true });
    writeFileSync(`${lock}.${pid}`, JSON.stringify({ pid, began: "1", host: hostname() }));
    writeFileSync(`${lock}.${pid + 1}`, "");
    utimesSync(`${lock}.${pid + 1}`, 0, 0);
    await nameRules(folder);
    await (await lockTransfer(lock))();
    assert.is(existsSync(notes), false);
  });
});

test("drafts of processes that live stay", async () => {
  await withFolder(async (folder) => {
    const lock = join(folder, "a.lock");
    const elsewhere = `${lock}.5`;
    writeFileSync(elsewhere, JSON.stringify({ pid: 5, began: "1", host: `not-${hostname()}` }));
    await (await lockTransfer(lock))();
    assert.ok(existsSync(elsewhere));
  });
});

test.run();
