import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { lockTransfer } from "../../src/warpdrive/files/transfer-lock.ts";
import { withFolder } from "./files-tree.ts";

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

test.run();
