/**
 * The examples print what they should, from source on Deno and compiled on Node.
 *
 * @module
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tasks/project.ts";
import { complete } from "../cli/program-process.ts";

const test = suite("examples");

const PEERS = "Giving nodes some time to find peers.\n";
const ALICE = "aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081";

/** What each example prints: in place of ids, ports and times that differ each time there are words. */
const PRINTED: Readonly<Record<string, string>> = {
  "usage": `${PEERS}examplekey => examplevalue\n`,
  "multinode": `${PEERS}examplekey => examplevalue\n`,
  "direct-message": `${PEERS}hi bob from ${ALICE}\nSuccessfully sent!\n`,
  "relay-message": `${PEERS}Queued relay message.\nhi alice from unknown\n`,
  "map-network":
    `${PEERS}${ALICE} 127.0.0.1:<port> answered\n<id> 127.0.0.1:<port> answered\nWrote <home>/graphs/network map <time>.png\n`,
  "monitor": `${PEERS}Dataset 0 of 1GWixQNKetwUzbwD2bzzuBEHwaNxJzLhDt: 2 nodes\nIts hash is in the hash table: true\n`,
  "content": `${PEERS}Sanditon costs 12.5\n`,
  "topics": `${PEERS}Bob hears of 4.5 °C in Riga\nCarol hears of 4.5 °C in Riga\nEvents that wait for Alice: 1\n`,
  "streams": `${PEERS}Bob has a stream of ${ALICE}\nAlice has got back: hi bob\nStreams that are open: 0\n`,
};

for (const [name, printed] of Object.entries(PRINTED)) {
  test(`${name} prints what it should`, async () => {
    const home = mkdtempSync(join(tmpdir(), "warpwire-example-"));
    try {
      const { status, out, err } = await complete([], { env: { STORJ_HOME: home }, script: scriptOf(name) });
      assert.is(err, "");
      assert.is(shape(out, home), printed);
      assert.is(status, 0);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
}

test("every example is among them, and uses nothing but what everybody can import", () => {
  // Those in other languages have a test of their own, `clients.test.ts`.
  const files = readdirSync(join(root, "examples")).filter((name) => name !== "clients").sort();
  assert.equal(files, Object.keys(PRINTED).map((name) => `${name}.ts`).sort());
  for (const file of files) {
    const source = readFileSync(join(root, "examples", file), "utf8");
    const specifiers = Array.from(source.matchAll(/ from "([^"]+)"/g), ([, specifier]) => specifier);
    for (const specifier of specifiers) assert.match(specifier, /^(warpwire\/|node:)/);
  }
});

/** The file to run. Compiled ones would import the package as it was last built: they get the sources of the tests. */
function scriptOf(name: string): string {
  if ("Deno" in globalThis) return join(root, "examples", `${name}.ts`);
  const compiled = readFileSync(join(root, ".build", "examples", `${name}.js`), "utf8");
  const file = join(root, ".build", "examples", `${name}.run.js`);
  writeFileSync(file, compiled.replace(/ from "warpwire\/(\w+)"/g, ' from "../src/$1/mod.js"'));
  return file;
}

/** What differs from run to run, each thing in place of itself. */
function shape(text: string, home: string): string {
  return text.replaceAll(home, "<home>").replace(/(?<=:)\d+/g, "<port>").replace(
    /\d{4}-[\d-]+ [\d.]+(?=\.png)/,
    "<time>",
  )
    .replace(/\b(?!aa28f8db|c7093099)[0-9a-f]{40}\b/g, "<id>");
}

test.run();
