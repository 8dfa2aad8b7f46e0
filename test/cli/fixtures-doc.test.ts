/**
 * The example of docs/fixtures.md, in a folder as `npm init -y` makes it.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tasks/project.ts";
import { ENTRY, RUNTIME, start } from "./program-process.ts";

const test = suite("example of fixtures");

const doc = readFileSync(join(root, "docs/fixtures.md"), "utf8");
/** The first code block of a language. */
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(doc)![1];

/** The codec, as the tests have it. */
const CODEC = pathToFileURL(join(root, RUNTIME.length > 1 ? "codec/mod.ts" : ".build/codec/mod.js")).href;

for (const type of [undefined, "commonjs", "module"]) {
  test(`package.json of type ${type}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "warpwire-doc-"));
    const put = (name: string, text: string) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    };
    try {
      const [, command, output] = /^\$ warpwire (.*)\n([^]*)$/.exec(block("console"))!;
      const [, module] = /^\/\/ (\S+)\n/.exec(block("js"))!;
      put(
        "package.json",
        JSON.stringify({ name: "drawing", version: "1.0.0", main: "index.js", ...(type && { type }) }),
      );
      put(
        "node_modules/warpwire/package.json",
        JSON.stringify({ type: "module", exports: { "./codec": "./codec.js" } }),
      );
      put("node_modules/warpwire/codec.js", `export * from ${JSON.stringify(CODEC)};\n`);
      put(output.split(":", 1)[0], block("json"));
      put(module, block("js"));
      const { status, out, err } = await start(command.split(" "), {}, ENTRY, folder).ended;
      assert.equal([status, new TextDecoder().decode(out), err], [0, output, ""]);
      put("broken.js", "export const = 5;\n");
      const broken = await start(["fixtures", "check", "points", "--schemas", "broken.js"], {}, ENTRY, folder).ended;
      assert.is(broken.status, 1);
      // Deno says in its own words what it cannot read; Node warns as well.
      if (RUNTIME.length === 1) assert.match(broken.err, /^error: schema: Module "broken\.js" .*/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
