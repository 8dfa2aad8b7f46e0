/**
 * The console text of the documentation is what both programs print, started as people start them.
 *
 * @module
 */

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Identity } from "../../../src/identity/mod.ts";
import { saveKey } from "../../../src/identity/key-file.ts";
import { root } from "../../../tasks/project.ts";
import { kill, type Program, stop } from "../program-process.ts";
import { ALICE, BOB, BOB_ID, freePort, Places, PROGRAMS } from "./storj-programs.ts";

const test = suite("storj program: console");

const text = readFileSync(join(root, "docs/storj-cli.md"), "utf8");
const [, fence] = /^```console\n([^]*?)^```$/m.exec(text)!;
/** Commands with the lines that they print. */
const steps = fence.split(/^\$ storjnode /m).slice(1).map((step) => {
  const [line, ...printed] = step.trimEnd().split("\n");
  return { words: Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain), printed };
});
const [versionStep, showidStep, runStep, ...others] = steps;

test("the text has what it should have", () => {
  assert.is(others.map(({ words }) => words[1]).join(" "), "put get direct_message relay_message publish showtype");
  assert.is(runStep.words.join(" "), "--udp_port=4653 run");
});

for (const program of PROGRAMS) {
  test(`${program.name} prints it`, async () => {
    const places = new Places();
    let running: Program | undefined;
    try {
      for (const [name, key] of [["bob", BOB], ["alice", ALICE]]) {
        mkdirSync(places.path(name), { mode: 0o700 });
        await saveKey(join(places.path(name), "key"), Identity.parse(key));
      }
      for (const { words, printed } of [versionStep, showidStep]) {
        const ended = await program.complete(words, places.env("nobody"));
        assert.equal(ended, { status: 0, out: `${printed.join("\n")}\n`, err: "" });
      }
      const port = String(await freePort());
      const withPort = (line: string) => line.replaceAll("4653", port);
      running = program.start(runStep.words.map(withPort), places.env("bob"));
      await running.line(/^Running node /);
      for (const { words, printed } of others) {
        const ended = await program.complete(words.map(withPort), places.env("alice"));
        assert.equal(ended, { status: 0, out: `${printed.join("\n")}\n`, err: "" }, words.join(" "));
      }
      assert.is(await running.line(/^Received relayed /), "Received relayed message: hi bob");
      await program.complete(
        withPort(`--bootstrap=127.0.0.1:4653 relay ${BOB_ID} hi|alice`).split(/[ ]/).map((word) => {
          return word.replace("|", " ");
        }),
        places.env("alice"),
      );
      await running.line(/^Received relayed message: hi alice$/);
      kill(running, "SIGINT");
      const { status, out, err } = await running.ended;
      // The terminal shows ^C by itself.
      const shown = runStep.printed.map((line) => withPort(line).replace("^C", ""));
      const got = new TextDecoder().decode(out).trimEnd().split("\n");
      assert.equal([status, got.filter((line) => line !== "Received relayed message: hi bob"), err], [0, shown, ""]);
    } finally {
      if (running !== undefined) await stop(running);
      await places.end();
    }
  });
}

test.run();
