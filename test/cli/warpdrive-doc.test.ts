/**
 * Holds docs/warpdrive.md to the codes and the commands that there are.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loaded } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { FILES_ERROR_CODES, WARPDRIVE_ERROR_CODES } from "../../src/warpdrive/mod.ts";
import { root } from "../../tasks/project.ts";

const test = suite("warpdrive: documentation");

const text = readFileSync(join(root, "docs", "warpdrive.md"), "utf8");

test("every code is told, and no other", () => {
  for (const [name, codes] of Object.entries({ WARPDRIVE_ERROR_CODES, FILES_ERROR_CODES })) {
    const table = text.split(`Codes of \`${name}\`:`)[1].split("\n\n")[1];
    const told = Array.from(table.matchAll(/^\| `([a-z-]+)`/gm), ([, code]) => code);
    assert.equal(told.sort(), Object.keys(codes).sort());
  }
});

test("every option of warpdrive is one of serve, every command is there", async () => {
  const serve = await loaded(COMMANDS.find(({ name }) => name === "serve")!);
  const options = Array.from(text.matchAll(/^\| `--([a-z-]+)/gm), ([, option]) => option);
  assert.is(options.length, 5);
  for (const option of options) assert.ok(Object.hasOwn(serve.options!, option), option);
  const used = new Set(Array.from(text.matchAll(/^warpwire (\w+)/gm), ([, name]) => name));
  assert.ok(used.size > 7);
  for (const name of used) assert.ok(COMMANDS.some((command) => command.name === name), name);
});

test.run();
